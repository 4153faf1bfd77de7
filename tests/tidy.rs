//! The rules of this repository that a machine can check. Each check is tried on
//! samples that break it, beside it.

#![allow(clippy::expect_used, reason = "a test may panic")]

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/keys.rs"]
mod keys;
#[path = "tidy/origin.rs"]
mod origin;
#[path = "tidy/rust.rs"]
mod rust;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/size.rs"]
mod size;
#[path = "tidy/tree.rs"]
mod tree;

use tree::{Finding, Tree};

fn assert_none(found: &[Finding]) {
    let list: String = found.iter().map(|finding| format!("\n  {finding}")).collect();
    assert!(found.is_empty(), "{} findings:{list}", found.len());
}

#[test]
fn crates_know_only_what_lies_below_them_and_cores_are_pure() {
    assert_none(&arrows::check(&Tree::load()));
}

#[test]
fn files_and_functions_are_short() {
    assert_none(&size::check(&Tree::load()));
}

#[test]
fn files_are_named_and_written_as_agreed() {
    assert_none(&shape::check(&Tree::load()));
}

#[test]
fn nothing_names_a_machine_or_a_place_to_download_from() {
    assert_none(&origin::check(&Tree::load()));
}

#[test]
fn dependencies_are_free_and_need_no_more_than_a_c_compiler() {
    assert_none(&origin::packages(&Tree::load()));
}

#[test]
fn every_key_of_the_configuration_is_documented() {
    let tree = Tree::load();
    let keys = rtc_engine::Config::keys().expect("the defaults are good");
    assert_none(&keys::check(tree.get("config.toml").expect("config.toml is there"), &keys));
}
