//! Names of files, what index files hold, and words that do not belong in the code.

use crate::rust;
use crate::tree::{File, Finding, Tree, finding, finding_on};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] = ["common", "helper", "helpers", "manager", "misc", "util", "utils", "stuff", "shared"];

/// What may never be committed, in code.
const WORDS: [(&str, &str); 4] = [
    ("todo!(", "write it or leave it out"),
    ("unimplemented!(", "write it or leave it out"),
    ("dbg!(", "remove it"),
    ("#[ignore", "a test runs or is deleted"),
];

/// What may not stand in tests.
const TEST_WORDS: [(&str, &str); 4] = [
    ("sleep(", "wait for what is expected, or use virtual time"),
    ("sleep_until(", "wait for what is expected, or use virtual time"),
    (".skip(true", "a test runs or is deleted"),
    ("test.skip(", "a test runs or is deleted"),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.0 {
        let stem = file.name().split('.').next().unwrap_or_default();
        if EMPTY_NAMES.contains(&stem) {
            found.push(finding(&file.path, "a name that says nothing"));
        }
    }
    for file in tree.ending(&["/lib.rs", "/mod.rs"]).filter(|file| !file.is_test()) {
        found.extend(not_index(file));
    }
    for file in tree.ending(&[".rs", ".js", ".mjs"]).filter(|file| !file.path.starts_with("tests/tidy")) {
        found.extend(words(file));
    }
    for file in tree.ending(&["Cargo.toml"]) {
        if file.text.lines().any(|line| line.replace(' ', "").starts_with("panic=\"abort\"")) {
            found.push(finding(&file.path, "a panic must end one actor, not the process"));
        }
    }
    found
}

/// `lib.rs` and `mod.rs` hold docs, `mod` and `pub use` only.
fn not_index(file: &File) -> Option<Finding> {
    let code = without_attributes(&rust::code(&file.text));
    let visible = |statement: &str| {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let public = ["pub", "pub(crate)", "pub(super)"];
        match words.as_slice() {
            [] | ["mod", _] => true,
            [first, "mod", _] | [first, "use", ..] => public.contains(first),
            _ => false,
        }
    };
    let odd = code.split(';').map(str::trim).find(|statement| !visible(statement))?;
    let line = odd.lines().next().unwrap_or_default();
    Some(finding(&file.path, format!("holds more than docs, `mod` and `pub use`: `{line}`")))
}

fn without_attributes(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[").into_iter().chain(rest.find("#![")).min() {
        out.push_str(&rest[..at]);
        let mut depth = 0;
        let end = rest[at..].char_indices().find(|(_, c)| {
            depth += i32::from(*c == '[') - i32::from(*c == ']');
            *c == ']' && depth == 0
        });
        rest = end.map_or("", |(end, _)| &rest[at + end + 1..]);
    }
    out + rest
}

fn words(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    let code = rust::code(&file.text);
    let tests = rust::test_lines(&code);
    for (line, text) in code.lines().enumerate() {
        let in_test = file.is_test() || tests.iter().any(|range| range.contains(&line));
        let words = WORDS.iter().chain(TEST_WORDS.iter().filter(|_| in_test));
        for (word, advice) in words.filter(|(word, _)| text.contains(word)) {
            found.push(finding_on(file, line, format!("`{word}`: {advice}")));
        }
    }
    found
}

#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<String> {
    check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.what).collect()
}

#[test]
fn names_that_say_nothing_are_found() {
    assert_eq!(found("src/utils.rs", "").len(), 1);
    assert_eq!(found("static/sdk/helpers.js", "").len(), 1);
    assert!(found("src/router.rs", "").is_empty());
}

#[test]
fn index_files_hold_nothing_else() {
    let index =
        "//! Docs; with words.\n#![deny(a)]\n#[cfg(test)]\nmod a;\npub mod b;\npub use a::{\n    B,\n    C,\n};\n";
    assert!(found("src/lib.rs", index).is_empty());
    assert_eq!(found("actors/src/x/mod.rs", "mod a;\nfn f() {}").len(), 1);
    assert_eq!(found("src/lib.rs", "mod a { mod b; }").len(), 1);
    assert_eq!(found("src/lib.rs", "use std::fmt;").len(), 1);
}

#[test]
fn words_that_do_not_belong_are_found_in_code_only() {
    assert_eq!(found("src/a.rs", "fn f() { todo!() }").len(), 1);
    assert_eq!(found("src/a.rs", "#[ignore]\nfn f() {}").len(), 1);
    assert!(found("src/a.rs", "// todo!()\nconst A: &str = \"todo!()\";").is_empty());
    assert_eq!(found("Cargo.toml", "[profile.release]\npanic = \"abort\"").len(), 1);
}

#[test]
fn tests_do_not_sleep_but_programs_may() {
    assert_eq!(found("tests/engine/a.rs", "fn f() { tokio::time::sleep(x).await }").len(), 1);
    assert_eq!(found("src/a.rs", "#[cfg(test)]\nmod tests {\n fn f() { sleep(x) }\n}").len(), 1);
    assert!(found("tests/load/src/main.rs", "fn f() { sleep(x) }").is_empty());
}
