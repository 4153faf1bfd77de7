//! The vectors of RFC 3711 appendix B, and what must not pass.

use sdp::plain::Suite;

use super::incoming::Incoming;
use super::keys::Master;
use super::outgoing::Outgoing;

const CM_80: Suite = Suite::AesCm128HmacSha1_80;
const CM_32: Suite = Suite::AesCm128HmacSha1_32;
const GCM: Suite = Suite::AeadAes128Gcm;
const GCM_256: Suite = Suite::AeadAes256Gcm;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn master(text: &str) -> Master {
    Master::new(CM_80, &hex(text)).unwrap()
}

/// Appendix B.2: the keystream is the KDF's with label, SSRC and index zero.
#[test]
fn keystream_of_counter_mode() {
    let master = master("2B7E151628AED2A6ABF7158809CF4F3C F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
    let mut stream = [0; 48];
    master.derive(0, &mut stream).unwrap();
    let expected = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream.to_vec(), hex(expected));
}

/// Appendix B.3.
#[test]
fn session_keys_of_a_master_key() {
    let master = master("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let (mut key, mut salt, mut auth) = ([0; 16], [0; 14], [0; 94]);
    master.derive(0, &mut key).unwrap();
    master.derive(1, &mut auth).unwrap();
    master.derive(2, &mut salt).unwrap();
    assert_eq!(key.to_vec(), hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(salt.to_vec(), hex("30CBBC08863D8C85D49DB34A9AE1"));
    let expected = "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098
        6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2";
    assert_eq!(auth.to_vec(), hex(expected));
}

fn pair(suite: Suite) -> (Outgoing, Incoming) {
    let master = Master::new(suite, &vec![7; Master::length(suite)]).unwrap();
    (Outgoing::new(master.clone()).unwrap(), Incoming::new(master, 0).unwrap())
}

fn packet(sequence: u64) -> Vec<u8> {
    let mut packet = hex("8008 0000 00000000 0000cafe 736f756e64");
    packet[2..4].copy_from_slice(&(sequence as u16).to_be_bytes());
    packet
}

#[test]
fn packets_are_opened_once_over_a_roll_over() {
    for (suite, tag) in [(CM_80, 10), (CM_32, 4), (GCM, 16), (GCM_256, 16)] {
        let (mut out, mut incoming) = pair(suite);
        let mut kept = Vec::new();
        for sequence in 0x5_fff0..0x6_0010 {
            let sealed = out.rtp(0xcafe, sequence, packet(sequence)).unwrap();
            assert_eq!(sealed.len(), 17 + tag);
            assert_ne!(sealed[12..17], *b"sound");
            assert_eq!(incoming.rtp(&sealed), Some(packet(sequence)));
            assert_eq!(incoming.rtp(&sealed), None, "replayed");
            kept.push(sealed);
        }
        assert!(kept.iter().all(|sealed| incoming.rtp(sealed).is_none()), "replayed later");
        let late = out.rtp(0xcafe, 0x6_0100, packet(0x6_0100)).unwrap();
        assert!(incoming.rtp(&late).is_some());
        let within = out.rtp(0xcafe, 0x6_00f0, packet(0x6_00f0)).unwrap();
        assert!(incoming.rtp(&within).is_some(), "late but new");
    }
}

#[test]
fn a_flipped_bit_anywhere_and_every_cut_are_refused_and_change_nothing() {
    for suite in [CM_80, CM_32, GCM, GCM_256] {
        refuses_all_but_the_whole(suite);
    }
}

fn refuses_all_but_the_whole(suite: Suite) {
    let (mut out, mut incoming) = pair(suite);
    let sealed = out.rtp(0xcafe, 9, packet(9)).unwrap();
    let report = out.rtcp(0xcafe, hex("80c90001 0000cafe 01020304")).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut wrong = sealed.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(incoming.rtp(&wrong), None, "bit {bit}");
    }
    for bit in 0..report.len() * 8 {
        let mut wrong = report.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(incoming.rtcp(&wrong), None, "bit {bit}");
    }
    assert!((0..sealed.len()).all(|length| incoming.rtp(&sealed[..length]).is_none()));
    assert!((0..report.len()).all(|length| incoming.rtcp(&report[..length]).is_none()));
    assert_eq!(incoming.rtp(&sealed), Some(packet(9)));
    assert_eq!(incoming.rtcp(&report), Some(hex("80c90001 0000cafe 01020304")));
    assert_eq!(incoming.rtcp(&report), None, "replayed");
}

#[test]
fn a_master_key_identifier_is_passed_over() {
    let (mut out, _) = pair(CM_80);
    let mut incoming = Incoming::new(out.master().clone(), 4).unwrap();
    let mut sealed = out.rtp(0xcafe, 1, packet(1)).unwrap();
    let at = sealed.len() - 10;
    sealed.splice(at..at, [0, 0, 0, 1]);
    assert_eq!(incoming.rtp(&sealed), Some(packet(1)));
}

/// Whole packets of libsrtp's own driver (`test/srtp_driver.c`, `srtp_validate`).
#[test]
fn packets_of_libsrtp() {
    let master = master("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
    let plain = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let sealed = hex("800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb");
    let mut out = Outgoing::new(master.clone()).unwrap();
    assert_eq!(out.rtp(0xcafe_babe, 0x1234, plain.clone()), Some(sealed.clone()));
    let short = Master::new(CM_32, &master.to_bytes()).unwrap();
    let mut out = Outgoing::new(short).unwrap();
    assert_eq!(out.rtp(0xcafe_babe, 0x1234, plain.clone()).as_deref(), Some(&sealed[..32]));
    let mut incoming = Incoming::new(master, 0).unwrap();
    assert_eq!(incoming.rtp(&sealed), Some(plain));
    let plain = hex("81c8000b cafebabe abababab abababab abababab abababab");
    let sealed = hex("81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798");
    assert_eq!(incoming.rtcp(&sealed), Some(plain));
}

/// `srtp_validate_gcm` of the same driver.
#[test]
fn gcm_packets_of_libsrtp() {
    let master = Master::new(GCM, &hex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab")).unwrap();
    let plain = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let sealed =
        hex("800f1234 decafbad cafebabe c5002ede 04cfdd2e b91159e0 880aa06e d2976826 f796b201 df3131a1 27e8a392");
    let mut out = Outgoing::new(master.clone()).unwrap();
    assert_eq!(out.rtp(0xcafe_babe, 0x1234, plain.clone()), Some(sealed.clone()));
    let mut incoming = Incoming::new(master, 0).unwrap();
    assert_eq!(incoming.rtp(&sealed), Some(plain));
    let plain = hex("81c8000b cafebabe abababab abababab abababab abababab");
    let sealed =
        hex("81c8000b cafebabe c98b8b5d f0392a55 852b6c21 ac8e7025 c52c6fbe a2b3b446 ea31123b a88ce61e 80000001");
    assert_eq!(incoming.rtcp(&sealed), Some(plain.clone()));
    out.rtcp(0xcafe_babe, plain.clone()).unwrap();
    assert_eq!(out.rtcp(0xcafe_babe, plain), Some(sealed));
}
