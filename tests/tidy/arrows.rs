//! Which crate may know which, and what the protocol cores may not know at all.

use toml::Table;

use crate::rust;
use crate::tree::{Finding, Tree, finding, finding_on};

/// From a crate to all it may use of the workspace. Downwards only: `actors` never sees `entities`.
const ARROWS: [(&str, &[&str]); 14] = [
    ("rtc-engine", &["actors", "entities", "migration", "signal"]),
    ("entities", &[]),
    ("migration", &["entities"]),
    ("actors", &["gateway", "media", "sdp", "signal", "sip"]),
    ("gateway", &["call", "sip", "xmpp", "sdp", "signal"]),
    ("call", &["signal"]),
    ("sip", &[]),
    ("xmpp", &["sdp"]),
    ("media", &["audio", "sdp"]),
    ("audio", &[]),
    ("sdp", &[]),
    ("signal", &[]),
    ("load", &["audio", "media", "sip"]),
    ("fuzz", &["audio", "media", "sdp", "signal", "sip"]),
];

/// Crates that bring a runtime, a socket, a database or chance.
const IMPURE: [&str; 16] = [
    "actix",
    "actix-web",
    "actix-rt",
    "async-std",
    "getrandom",
    "hyper",
    "libc",
    "mio",
    "nix",
    "quinn-udp",
    "rand",
    "sea-orm",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
];

/// Words no production code of a protocol core holds.
const IMPURE_WORDS: [&str; 17] = [
    "Instant::now",
    ".elapsed()",
    "SystemTime",
    "Uuid::new_v4",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "std::fs",
    "std::thread",
    "std::env",
    "std::process",
    "tokio::",
    "actix",
    "thread_rng",
    "fastrand::u",
    "fastrand::bool",
    "Rng::new()",
];

const PROTO: &str = "actors/proto/";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.ending(&["Cargo.toml"]) {
        let manifest: Table = file.text.parse().expect("a manifest is TOML");
        let Some(name) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            found.push(finding(&file.path, format!("`{name}` stands in no arrow of tests/tidy/arrows.rs")));
            continue;
        };
        for dependency in dependencies(&manifest) {
            // Its own name: tests that need one of its features.
            let ours = dependency != name && ARROWS.iter().any(|(to, _)| *to == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                found.push(finding(&file.path, format!("`{name}` must not know `{dependency}`")));
            }
            if file.path.starts_with(PROTO) && IMPURE.contains(&dependency.as_str()) {
                found.push(finding(&file.path, format!("a protocol core must not use `{dependency}`")));
            }
        }
    }
    found.extend(impure_words(tree));
    found
}

/// The names under `dependencies`, `dev-dependencies` and `build-dependencies`, of every target.
fn dependencies(manifest: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            names.extend(table.keys().cloned());
        } else if key == "target" {
            names.extend(table.values().filter_map(|target| target.as_table()).flat_map(dependencies));
        }
    }
    names
}

fn impure_words(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.ending(&[".rs"]).filter(|file| file.path.starts_with(PROTO) && !file.is_test()) {
        for (line, text) in rust::production(&rust::code(&file.text)).lines().enumerate() {
            for word in IMPURE_WORDS.iter().filter(|word| text.contains(*word)) {
                found.push(finding_on(file, line, format!("`{word}` in a protocol core")));
            }
        }
    }
    found
}

#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<String> {
    check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.what).collect()
}

#[test]
fn an_arrow_upwards_is_found() {
    let manifest = "[package]\nname = 'actors'\n[dependencies]\nentities.workspace = true\nlog = '0.4'";
    assert_eq!(found("actors/Cargo.toml", manifest), ["`actors` must not know `entities`"]);
    let manifest = "[package]\nname = 'sdp'\n[target.'cfg(unix)'.dev-dependencies]\ncall.workspace = true";
    assert_eq!(found("actors/proto/sdp/Cargo.toml", manifest), ["`sdp` must not know `call`"]);
    assert_eq!(found("x/Cargo.toml", "[package]\nname = 'x'").len(), 1);
}

#[test]
fn a_runtime_in_a_core_is_found() {
    let manifest = "[package]\nname = 'call'\n[dependencies]\ntokio.workspace = true\nsignal.workspace = true";
    assert_eq!(found("actors/proto/call/Cargo.toml", manifest), ["a protocol core must not use `tokio`"]);
}

#[test]
fn a_clock_in_a_core_is_found_but_not_in_its_tests() {
    let path = "actors/proto/call/src/a.rs";
    assert_eq!(found(path, "fn a() { let now = Instant::now(); }"), ["`Instant::now` in a protocol core"]);
    assert!(found(path, "// Instant::now\n#[cfg(test)]\nmod tests {\n fn a() { Instant::now(); }\n}").is_empty());
    assert!(found("actors/src/a.rs", "fn a() { Instant::now(); }").is_empty());
}
