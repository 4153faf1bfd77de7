//! The vectors of RFC 5769, a phone's checks, and what must not be believed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sdp::plain::Ice;

use super::agent::Agent;
use super::stun::{self, Request};

const PRIORITY: u32 = 0x6e7f_00ff;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// RFC 5769 section 2.1.
fn sample() -> Vec<u8> {
    hex("00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74 00240004 6e0001ff
        80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
        00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf")
}

fn credentials(ufrag: &str, pwd: &str) -> Ice {
    Ice { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() }
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn the_request_of_rfc_5769_verifies_and_no_other() {
    let bytes = sample();
    let request = Request::parse(&bytes).unwrap();
    assert_eq!((request.username, request.priority), ("evtj:h6vY", 0x6e00_01ff));
    assert!(request.is_controlled && !request.use_candidate && request.unknown.is_empty());
    assert!(request.is_by(&stun::key("VOkJxbRl1RmTxUk/WvJxBt")));
    assert!(!request.is_by(&stun::key("VOkJxbRl1RmTxUk/WvJxBu")));
    for bit in 0..bytes.len() * 8 {
        let mut wrong = bytes.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert!(Request::parse(&wrong).is_none(), "bit {bit}");
    }
    assert!((0..bytes.len()).all(|length| Request::parse(&bytes[..length]).is_none()));
}

/// Section 2.2, without its SOFTWARE: the mapped address.
#[test]
fn the_address_of_rfc_5769_is_written_so() {
    let transaction: [u8; 12] = hex("b7e7a701bc34d686fa87dfae").try_into().unwrap();
    assert_eq!(stun::mapped(address("192.0.2.1:32853"), &transaction), hex("0001a147 e112a643"));
    let v6 = stun::mapped(address("[2001:db8:1234:5678:11:2233:4455:6677]:32853"), &transaction);
    assert_eq!(v6, hex("0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9"));
}

/// A phone's check, in that order and with those attributes.
fn check(username: &str, key: &str, extra: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = hex("0001 0000 2112a442 000102030405060708090a0b");
    stun::push(&mut message, 0x0006, username.as_bytes());
    stun::push(&mut message, 0x0024, &PRIORITY.to_be_bytes());
    extra.iter().for_each(|(kind, value)| stun::push(&mut message, *kind, value));
    stun::sealed(message, &stun::key(key))
}

/// The same of a controlling phone, with USE-CANDIDATE where it `nominates`.
pub fn check_of(username: &str, key: &str, nominates: bool) -> Vec<u8> {
    check(username, key, if nominates { &[CONTROLLING, USE] } else { &[CONTROLLING] })
}

const OURS: (&str, &str) = ("ours", "0123456789abcdef012345");
const CONTROLLING: (u16, &[u8]) = (0x802a, &[7; 8]);
const USE: (u16, &[u8]) = (0x0025, &[]);

fn agent() -> Agent {
    Agent::new(&credentials(OURS.0, OURS.1))
}

#[test]
fn a_check_is_answered_with_the_address_it_came_from_and_nominates_when_it_says_so() {
    let (now, mut agent) = (Instant::now(), agent());
    let phone = address("203.0.113.9:61000");
    assert!(!agent.admits(now, phone));
    let request = check("ours:thei", OURS.1, &[CONTROLLING]);
    let answer = agent.handle(now, phone, &request).unwrap();
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(answer[8..20], request[8..20]);
    assert_eq!(answer[24..32], stun::mapped(phone, answer[8..20].try_into().unwrap()));
    assert!(answer.len() <= request.len(), "no amplifier");
    assert!(agent.admits(now, phone), "checked");
    assert_eq!(agent.destination(), None, "not nominated");
    agent.handle(now, phone, &check("ours:thei", OURS.1, &[CONTROLLING, USE])).unwrap();
    assert_eq!(agent.destination(), Some(phone));
}

#[test]
fn what_is_forged_is_not_answered_and_changes_nothing() {
    let (now, mut agent) = (Instant::now(), agent());
    let stranger = address("198.51.100.1:9");
    let mut unsigned = hex("0001 0000 2112a442 000102030405060708090a0b");
    stun::push(&mut unsigned, 0x0006, b"ours:thei");
    for bytes in [
        check("ours:thei", "0123456789abcdef012346", &[CONTROLLING, USE]),
        check("other:thei", OURS.1, &[CONTROLLING, USE]),
        check("ours", OURS.1, &[CONTROLLING, USE]),
        unsigned,
        vec![0; 20],
        vec![],
    ] {
        assert_eq!(agent.handle(now, stranger, &bytes), None);
    }
    assert!(!agent.admits(now, stranger) && agent.destination().is_none());
}

#[test]
fn a_role_conflict_and_an_attribute_unheard_of_are_refused() {
    let (now, mut agent) = (Instant::now(), agent());
    let phone = address("203.0.113.9:61000");
    for (extra, code) in [((0x8029, [7; 8].as_slice()), [4, 87]), ((0x0099, &[1]), [4, 20])] {
        let answer = agent.handle(now, phone, &check("ours:thei", OURS.1, &[extra, USE])).unwrap();
        assert_eq!((answer[..2].to_vec(), answer[26..28].to_vec()), (vec![1, 0x11], code.to_vec()));
    }
    assert!(!agent.admits(now, phone) && agent.destination().is_none());
}

#[test]
fn a_restart_keeps_the_pair_until_another_is_nominated() {
    let (now, mut agent) = (Instant::now(), agent());
    let (old, new) = (address("203.0.113.9:61000"), address("203.0.113.10:62000"));
    agent.handle(now, old, &check("ours:thei", OURS.1, &[CONTROLLING, USE])).unwrap();
    let mut agent = agent.described(&credentials("more", "9876543210abcdef012345"));
    assert!(agent.handle(now, old, &check("ours:thei", OURS.1, &[CONTROLLING])).is_some(), "consent on the old one");
    assert_eq!(agent.destination(), Some(old));
    agent.handle(now, new, &check("more:newe", "9876543210abcdef012345", &[CONTROLLING, USE])).unwrap();
    assert_eq!(agent.destination(), Some(new));
    assert!(!agent.admits(now, old), "the old one is over");
    assert_eq!(agent.handle(now, old, &check("ours:thei", OURS.1, &[CONTROLLING, USE])), None);
}

#[test]
fn of_several_nominated_the_best_counts_while_it_lives() {
    let (now, mut agent) = (Instant::now(), agent());
    let (good, bad) = (address("203.0.113.9:61000"), address("203.0.113.10:62000"));
    agent.handle(now, good, &check("ours:thei", OURS.1, &[CONTROLLING, USE])).unwrap();
    let mut message = hex("0001 0000 2112a442 000102030405060708090a0b");
    stun::push(&mut message, 0x0006, b"ours:thei");
    stun::push(&mut message, 0x0024, &1u32.to_be_bytes());
    stun::push(&mut message, 0x0025, &[]);
    let worse = stun::sealed(message, &stun::key(OURS.1));
    agent.handle(now, bad, &worse).unwrap();
    assert_eq!(agent.destination(), Some(good));
    let later = now + Duration::from_secs(4);
    agent.handle(later, bad, &worse).unwrap();
    assert_eq!(agent.destination(), Some(bad), "the other was not heard any more");
}
