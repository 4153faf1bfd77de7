//! `config.toml` against the keys the code reads.

use rtc_engine::config::Key;
use toml::Table;

use crate::tree::{Finding, finding};

const FILE: &str = "config.toml";

/// Every key stands in the file under a comment that names its environment variable, and no other does.
pub fn check(text: &str, keys: &[Key]) -> Vec<Finding> {
    let file: Table = text.parse().expect("config.toml is TOML");
    let mut found = Vec::new();
    for key in keys {
        match file.get(key.section).and_then(|section| section.get(key.name)) {
            None => found.push(finding(FILE, format!("`{}.{}` is missing", key.section, key.name))),
            Some(_) if !is_documented(text, key) => {
                let what = format!("no comment above `{}.{}` names {}", key.section, key.name, key.environment());
                found.push(finding(FILE, what));
            }
            Some(_) => {}
        }
    }
    for (section, values) in &file {
        for name in values.as_table().into_iter().flat_map(|table| table.keys()) {
            if !keys.iter().any(|key| key.section == section && key.name == name) {
                found.push(finding(FILE, format!("`{section}.{name}` is read by nobody")));
            }
        }
    }
    found
}

fn is_documented(text: &str, key: &Key) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let section = lines.iter().position(|line| *line == format!("[{}]", key.section));
    let at = section.and_then(|from| (from..lines.len()).find(|at| lines[*at].starts_with(&format!("{} =", key.name))));
    let comment = at.into_iter().flat_map(|at| lines[..at].iter().rev().take_while(|line| line.starts_with('#')));
    let variable = key.environment();
    comment.into_iter().any(|line| line.split_whitespace().any(|word| word == variable))
}

#[test]
fn undocumented_missing_and_dead_keys_are_found() {
    let keys = [Key { section: "a", name: "b_s" }, Key { section: "a", name: "c" }];
    let good = "[a]\n# Seconds. Environment: RTC__A__B_S\nb_s = 1\n# Environment: RTC__A__C\nc = 1\n";
    assert!(check(good, &keys).is_empty());
    assert_eq!(check("[a]\n# Seconds.\nb_s = 1\n# Environment: RTC__A__C\nc = 1", &keys).len(), 1);
    assert_eq!(check("[a]\n# Environment: RTC__A__B_S\nb_s = 1", &keys).len(), 1);
    assert_eq!(check(&format!("{good}d = 1\n[e]\nf = 1"), &keys).len(), 2);
}
