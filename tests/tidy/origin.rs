//! Where things come from: no host to download from, no path of somebody's machine,
//! one registry, known licences, nothing that needs more than a C compiler.

use std::process::Command;

use toml::Table;

use crate::tree::{Finding, Tree, finding, finding_on, root};

/// The one registry, by its name in a lock file.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Hosts that may be named: documents, name spaces, and names that are reserved for examples.
const HOSTS: [&str; 15] = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    "www.rfc-editor.org",
    "datatracker.ietf.org",
    "www.w3.org",
    "w3c.github.io",
    "xmpp.org",
    "json-schema.org",
    "spdx.org",
    "aomediacodec.github.io",
    "www.apache.org",
    "www.ietf.org",
    "www.webrtc.org",
    "opensource.org",
];
/// Top level names that lead nowhere (RFC 2606, RFC 6761, RFC 6762).
const RESERVED: [&str; 8] =
    [".example", ".example.com", ".example.org", ".example.net", ".invalid", ".local", ".localhost", ".test"];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] = ["/work/", "/root/", "/home/", "/Users/", "C:\\Users"];

/// Packages without a licence in their manifest, by the file they carry.
const LICENCE_FILES: [(&str, &str); 2] = [("rsip", "MIT"), ("rsip-derives", "MIT")];

/// Packages that need a system library or bring a second cryptography.
const UNWANTED: [&str; 4] = ["native-tls", "openssl", "openssl-sys", "ring"];

/// Packages under MIT by their LICENSE file, whose manifest does not say so.
const UNMARKED: [&str; 2] = ["rsip", "rsip-derives"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.0 {
        if file.path.starts_with("tests/tidy") {
            continue;
        }
        let is_lock = file.name() == "Cargo.lock";
        for (line, text) in file.text.lines().enumerate() {
            if let Some(path) = MACHINE_PATHS.iter().find(|path| names_path(text, path)) {
                found.push(finding_on(file, line, format!("a path of one machine: {path}")));
            }
            for host in hosts(text).filter(|host| !is_lock && !may_be_named(host)) {
                found.push(finding_on(file, line, format!("a host outside the list in tests/tidy/origin.rs: {host}")));
            }
        }
    }
    for file in tree.ending(&["package-lock.json", "yarn.lock", "npm-shrinkwrap.json"]) {
        found.push(finding(&file.path, "holds addresses to download from"));
    }
    found.extend(tree.ending(&["Cargo.lock"]).flat_map(|file| lock(&file.path, &file.text)));
    found
}

/// Whether `path` stands in `text` as the beginning of a path, not inside one.
fn names_path(text: &str, path: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "/._-}]*".contains(c));
    text.match_indices(path).any(|(at, _)| begins(at))
}

fn hosts(text: &str) -> impl Iterator<Item = &str> {
    let after = |scheme| text.match_indices(scheme).map(move |(at, scheme)| &text[at + str::len(scheme)..]);
    let urls = after("http://").chain(after("https://"));
    urls.map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-[]:@".contains(c))).unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next().unwrap_or_default();
        if host.starts_with('[') {
            &host[..host.find(']').map_or(host.len(), |at| at + 1)]
        } else {
            host.split(':').next().unwrap_or_default()
        }
    })
    .filter(|host| host.contains('.') || host.starts_with('['))
}

fn may_be_named(host: &str) -> bool {
    // A number is an address of a test or of an example.
    let number = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    number || HOSTS.contains(&host) || RESERVED.iter().any(|name| format!(".{host}").ends_with(name))
}

fn lock(path: &str, text: &str) -> Vec<Finding> {
    let lock: Table = text.parse().expect("a lock file is TOML");
    let packages = lock.get("package").and_then(|packages| packages.as_array()).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for package in &packages {
        let name = package.get("name").and_then(|name| name.as_str()).unwrap_or_default();
        if package.get("source").and_then(|source| source.as_str()).is_some_and(|source| source != REGISTRY) {
            found.push(finding(path, format!("`{name}` comes from elsewhere than {REGISTRY}")));
        }
    }
    found
}

/// Packages that are really built here, with their licences, held against `deny.toml`.
pub fn packages(tree: &Tree) -> Vec<Finding> {
    let deny: Table = tree.get("deny.toml").expect("deny.toml is there").parse().expect("deny.toml is TOML");
    let allowed = deny.get("licenses").and_then(|licenses| licenses.get("allow")?.as_array()).expect("licenses.allow");
    let allowed: Vec<&str> = allowed.iter().filter_map(|licence| licence.as_str()).collect();
    let mut found = Vec::new();
    for line in built().lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.split_once('|').expect("the format asked for");
        let name = package.split(' ').next().unwrap_or_default();
        let licence = licence.trim_end_matches(" (*)");
        if UNWANTED.contains(&name) {
            found.push(finding("Cargo.lock", format!("`{name}` is built: an engine needs Rust and a C compiler only")));
        }
        let licence = if UNMARKED.contains(&name) { "MIT" } else { licence };
        let in_file = LICENCE_FILES.iter().find(|(carrier, _)| licence.is_empty() && *carrier == name);
        let licence = in_file.map_or(licence, |(_, licence)| licence);
        if !is_allowed(licence, &allowed) {
            found.push(finding("deny.toml", format!("`{name}` is under {licence:?}")));
        }
    }
    found
}

/// What cargo builds on this machine, tests included: `name version|licence` a line.
fn built() -> String {
    let arguments = ["tree", "--workspace", "--locked", "--offline", "--prefix", "none", "--format", "{p}|{l}"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output();
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("names are text")
}

/// An SPDX expression without brackets inside brackets: every part joined by AND must have an allowed choice of OR.
fn is_allowed(licence: &str, allowed: &[&str]) -> bool {
    let licence = licence.replace(['(', ')'], "").replace('/', " OR ");
    licence.split(" AND ").all(|part| part.split(" OR ").any(|choice| allowed.contains(&choice.trim())))
}

#[test]
fn hosts_and_machine_paths_are_found() {
    let found = |text: &str| check(&Tree::of(&[("a.md", text)])).len();
    assert_eq!(found("get https://mirror.company.com/crates"), 1);
    assert_eq!(found("http://user:pw@mirror.io:8080/x"), 1);
    assert_eq!(
        found("https://www.rfc-editor.org/rfc/rfc3261 http://127.0.0.1:8080/ http://[::1]:1/ https://a.example.org"),
        0
    );
    assert_eq!(found("see /home/me/x"), 1);
    assert_eq!(found("see docs/home/x and ${A}/work/x"), 0);
}

#[test]
fn other_registries_are_found() {
    let lock = "[[package]]\nname = 'a'\nsource = 'registry+https://other.example/'\n[[package]]\nname = 'own'";
    assert_eq!(check(&Tree::of(&[("Cargo.lock", lock)])).len(), 1);
    assert_eq!(check(&Tree::of(&[("tests/peers/package-lock.json", "{}")])).len(), 1);
}

#[test]
fn licences_are_read_as_choices() {
    let allowed = ["MIT", "Apache-2.0"];
    assert!(is_allowed("MIT OR GPL-3.0-or-later", &allowed) && is_allowed("(MIT OR Apache-2.0) AND MIT", &allowed));
    assert!(is_allowed("GPL-2.0/MIT", &allowed));
    assert!(!is_allowed("MIT AND GPL-3.0-or-later", &allowed) && !is_allowed("none", &allowed));
}
