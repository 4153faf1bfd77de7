//! What fuzzers have found worth keeping goes through the same functions in each run of the tests.

use std::fs;
use std::path::Path;

/// Each file of a corpus; how many there are.
fn each(name: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("a file").path());
    let mut count = 0;
    for file in files {
        check(&fs::read(&file).expect("a readable file"));
        count += 1;
    }
    assert!(count > 10, "{} has {count} files", folder.display());
}

/// As libFuzzer gives text: up to the first byte that is none.
fn each_text(name: &str, check: impl Fn(&str)) {
    each(name, |bytes| check(bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())));
}

#[test]
fn addresses() {
    each_text("address", fuzz::address::check);
}

#[test]
fn candidates() {
    each_text("candidate", fuzz::candidate::check);
}

#[test]
fn frames_of_a_socket() {
    each_text("envelope", fuzz::envelope::check);
}

#[test]
fn descriptions() {
    each_text("sdp", fuzz::sdp::check);
}

#[test]
fn offers_and_answers_of_phones() {
    each_text("sdp_plain", fuzz::sdp_plain::check);
}

#[test]
fn challenges() {
    each_text("digest", fuzz::digest::check);
}

#[test]
fn calls() {
    each("sip_call", fuzz::sip_call::check);
}

#[test]
fn datagrams() {
    each("sip_datagram", fuzz::sip_datagram::check);
}

#[test]
fn streams() {
    each("sip_stream", fuzz::sip_stream::check);
}

#[test]
fn packets_of_phones() {
    each("phone", fuzz::phone::check);
}

#[test]
fn payloads_of_sound() {
    each("sound", fuzz::sound::check);
}
