//! How long files and functions may be.

use crate::rust;
use crate::tree::{File, Finding, Tree, finding, finding_on};

const FILE: usize = 800;
const ACTOR_FILE: usize = 400;
const TEST_FILE: usize = 350;
const INLINE_TESTS: usize = 250;
const FUNCTION: usize = 70;
/// Only a flat table of a `match` may be longer, and says so.
const EXCEPTION: &str = "clippy::too_many_lines";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.ending(&[".rs"]) {
        let code = rust::code(&file.text);
        let tests: usize = rust::test_lines(&code).iter().map(|lines| lines.len()).sum();
        let lines = file.text.lines().count() - tests;
        if lines > limit(file) {
            found.push(finding(&file.path, format!("{lines} lines, the limit is {}", limit(file))));
        }
        if tests > INLINE_TESTS {
            found.push(finding(&file.path, format!("{tests} lines of inline tests: move them to a file of their own")));
        }
        found.extend(long_functions(file, &code));
    }
    for file in tree.ending(&[".js", ".mjs", ".ts", ".css"]).filter(|file| !is_generated(file)) {
        let (lines, limit) = (file.text.lines().count(), if file.is_test() { TEST_FILE } else { FILE });
        if lines > limit {
            found.push(finding(&file.path, format!("{lines} lines, the limit is {limit}")));
        }
    }
    found
}

fn limit(file: &File) -> usize {
    match () {
        () if file.is_test() => TEST_FILE,
        () if file.path.starts_with("actors/src/") => ACTOR_FILE,
        () => FILE,
    }
}

/// The classic script is put together from its sources; a test holds it to them.
fn is_generated(file: &File) -> bool {
    file.path == "static/classic/cdk-prod.js"
}

fn long_functions(file: &File, code: &str) -> Vec<Finding> {
    let lines: Vec<&str> = file.text.lines().collect();
    let functions = rust::functions(code).into_iter().filter(|function| function.length > FUNCTION);
    let excepted = |line: usize| {
        let above = lines[..line].iter().rev().take_while(|text| !text.trim().is_empty() && text.trim() != "}");
        above.into_iter().any(|text| text.contains(EXCEPTION) && text.contains("expect(") && text.contains("reason"))
    };
    let functions = functions.filter(|function| !excepted(function.line));
    functions
        .map(|function| {
            let what = format!("`{}` has {} lines of code, the limit is {FUNCTION}", function.name, function.length);
            finding_on(file, function.line, what)
        })
        .collect()
}

#[test]
fn long_files_are_found() {
    let long = "// x\n".repeat(801);
    let actor = "// x\n".repeat(401);
    let test = "// x\n".repeat(351);
    let tree = Tree::of(&[
        ("src/a.rs", &long),
        ("src/ok.rs", &actor),
        ("actors/src/a.rs", &actor),
        ("tests/engine/a.rs", &test),
        ("static/sdk/a.js", &long),
        ("static/classic/cdk-prod.js", &long),
    ]);
    let at: Vec<_> = check(&tree).into_iter().map(|finding| finding.at).collect();
    assert_eq!(at, ["src/a.rs", "actors/src/a.rs", "tests/engine/a.rs", "static/sdk/a.js"]);
}

#[test]
fn inline_tests_do_not_count_as_production_but_have_their_own_limit() {
    let text = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(260));
    let found = check(&Tree::of(&[("actors/src/a.rs", &text)]));
    assert!(found.len() == 1 && found[0].what.contains("inline tests"), "{found:?}");
}

#[test]
fn long_functions_are_found_unless_excepted_with_a_reason() {
    let body = "    call();\n".repeat(71);
    let bare = format!("fn a() {{\n{body}}}\n");
    let excepted = format!("#[expect(clippy::too_many_lines, reason = \"a flat table\")]\nfn b() {{\n{body}}}\n");
    let unreasoned = format!("#[expect(clippy::too_many_lines)]\nfn c() {{\n{body}}}\n");
    let found = check(&Tree::of(&[("src/a.rs", &format!("{bare}\n{excepted}\n{unreasoned}"))]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].what.contains("`a` has 71") && found[1].what.contains("`c`"), "{found:?}");
}
