//! A connectivity check (RFC 8445 section 7.2) as one who knows the password makes it, whatever else it says.

use aws_lc_rs::hmac;

const USERNAME: u16 = 0x0006;
const PRIORITY: u16 = 0x0024;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const FINGERPRINT: u16 = 0x8028;

/// What a description says of ICE.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
}

impl Credentials {
    pub fn of(sdp: &str) -> Credentials {
        let said = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        Credentials { ufrag: said("a=ice-ufrag:"), password: said("a=ice-pwd:") }
    }
}

/// A Binding request for the owner of `credentials`, with `more` before its integrity.
pub fn check(credentials: &Credentials, more: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    push(&mut message, USERNAME, format!("{}:them", credentials.ufrag).as_bytes());
    push(&mut message, PRIORITY, &[0x6e, 0, 1, 0xff]);
    message.extend_from_slice(more);
    count(&mut message, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, credentials.password.as_bytes());
    let tag = hmac::sign(&key, &message);
    push(&mut message, MESSAGE_INTEGRITY, tag.as_ref());
    count(&mut message, 8);
    let print = crc32(&message) ^ 0x5354_554e;
    push(&mut message, FINGERPRINT, &print.to_be_bytes());
    message
}

fn push(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend((value.len() as u16).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
    count(message, 0);
}

/// Writes the length, with `more` bytes to come.
fn count(message: &mut [u8], more: usize) {
    let length = (message.len() - 20 + more) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}
