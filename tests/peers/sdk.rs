//! The SDK by itself: its unit tests, its types, what is generated from it.

use std::path::Path;
use std::process::Command;

use crate::support::node;

/// Unit tests in `browser/unit/`. A test that is not run is not a test: their number is checked.
const UNIT_TESTS: usize = 64;

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn the_unit_tests_pass() {
    let told = succeeds(node().args(["--test", "--test-reporter=tap", "unit/"]));
    let passed = format!("# pass {UNIT_TESTS}");
    assert!(told.contains(&passed), "{passed} expected:\n{told}");
}

#[test]
fn the_types_hold_and_the_declarations_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sdk = root.join("static/sdk");
    let fresh = std::env::temp_dir().join(format!("rtc-sdk-types-{}", std::process::id()));
    let tsc = root.join("tests/peers/node_modules/.bin/tsc");
    succeeds(Command::new(&tsc).arg("-p").arg(&sdk));
    succeeds(Command::new(&tsc).arg("-p").arg(sdk.join("tsconfig.types.json")).arg("--outDir").arg(&fresh));
    for entry in std::fs::read_dir(&fresh).expect("declarations") {
        let name = entry.expect("readable").file_name();
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        let same = read(&fresh.join(&name)) == read(&sdk.join("types").join(&name));
        assert!(same, "static/sdk/types is out of date: run tsc -p static/sdk/tsconfig.types.json ({name:?})");
    }
    std::fs::remove_dir_all(&fresh).ok();
}

#[test]
fn the_classic_script_is_up_to_date() {
    let told = succeeds(node().args(["../../../static/classic/build.mjs", "--check"]));
    assert_eq!(told, "");
}
