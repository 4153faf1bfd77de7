//! STUN messages (RFC 8489) of connectivity checks (RFC 8445 section 7).

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::hmac;

use super::crc::crc32;

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const MAGIC_COOKIE: u32 = 0x2112_a442;
const HEADER_BYTES: usize = 20;
/// What is XORed with a fingerprint (section 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;

const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
/// Attributes from here on may be passed over (section 14).
const OPTIONAL: u16 = 0x8000;

/// Bytes of an HMAC-SHA1.
const INTEGRITY_BYTES: usize = 20;

/// A Binding request whose FINGERPRINT is right. Nobody is authenticated yet.
#[derive(Debug)]
pub struct Request<'a> {
    bytes: &'a [u8],
    pub transaction: [u8; 12],
    /// `ours:theirs`.
    pub username: &'a str,
    /// Of the candidate that it makes known (RFC 8445 section 7.1.1).
    pub priority: u32,
    /// The sender controls and wants this pair.
    pub use_candidate: bool,
    /// The sender believes that we control.
    pub is_controlled: bool,
    /// Attributes that must be understood and are not.
    pub unknown: Vec<u16>,
    /// Where MESSAGE-INTEGRITY begins, and its value.
    integrity: (usize, &'a [u8]),
}

/// An answer that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// 420.
    Unknown,
    /// 487 (RFC 8445 section 7.3.1.1).
    RoleConflict,
}

impl<'a> Request<'a> {
    /// Reads a request; `None` for anything else, and for one without FINGERPRINT, MESSAGE-INTEGRITY, USERNAME or
    /// PRIORITY.
    pub fn parse(bytes: &'a [u8]) -> Option<Request<'a>> {
        let (header, attributes) = bytes.split_at_checked(HEADER_BYTES)?;
        let is_binding = header.get(..2)? == BINDING_REQUEST.to_be_bytes();
        let is_whole = usize::from(number(header.get(2..4)?)?) == attributes.len();
        if !is_binding || !is_whole || header.get(4..8)? != MAGIC_COOKIE.to_be_bytes() {
            return None;
        }
        let (body, print) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
        let expected = (crc32(&[body]) ^ FINGERPRINT_XOR).to_be_bytes();
        if print.get(..4)? != [FINGERPRINT.to_be_bytes(), [0, 4]].concat() || print.get(4..)? != expected {
            return None;
        }
        Request::read(bytes, header.get(8..20)?.try_into().ok()?, body)
    }

    /// Reads the attributes of `body`; what stands behind MESSAGE-INTEGRITY is passed over (section 14.5).
    fn read(bytes: &'a [u8], transaction: [u8; 12], body: &'a [u8]) -> Option<Request<'a>> {
        let (mut username, mut priority, mut use_candidate, mut is_controlled) = (None, None, false, false);
        let (mut unknown, mut at) = (Vec::new(), HEADER_BYTES);
        loop {
            let [k0, k1, l0, l1, rest @ ..] = body.get(at..)? else { return None };
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            let value = rest.get(..length)?;
            match u16::from_be_bytes([*k0, *k1]) {
                MESSAGE_INTEGRITY => {
                    let integrity = (at, Some(value).filter(|value| value.len() == INTEGRITY_BYTES)?);
                    let (username, priority) = (username?, priority?);
                    return Some(Request {
                        bytes,
                        transaction,
                        username,
                        priority,
                        use_candidate,
                        is_controlled,
                        unknown,
                        integrity,
                    });
                }
                USERNAME => username = Some(std::str::from_utf8(value).ok()?),
                PRIORITY => priority = Some(u32::from_be_bytes(value.try_into().ok()?)),
                USE_CANDIDATE => use_candidate = true,
                ICE_CONTROLLED => is_controlled = true,
                kind if kind < OPTIONAL => unknown.push(kind),
                _ => {}
            }
            at = at.checked_add(4 + length.next_multiple_of(4))?;
        }
    }

    /// Whether its MESSAGE-INTEGRITY is of that key (section 14.5).
    pub fn is_by(&self, key: &hmac::Key) -> bool {
        let (at, value) = self.integrity;
        let Some(before) = self.bytes.get(..at) else { return false };
        let Some(signed) = signed(before) else { return false };
        hmac::verify(key, &signed, value).is_ok()
    }

    /// The answer to it.
    pub fn success(&self, source: SocketAddr, key: &hmac::Key) -> Vec<u8> {
        let mut message = self.answer(BINDING_SUCCESS);
        push(&mut message, XOR_MAPPED_ADDRESS, &mapped(source, &self.transaction));
        sealed(message, key)
    }

    /// The answer where it is not taken.
    pub fn refused(&self, why: Refused, key: &hmac::Key) -> Vec<u8> {
        let mut message = self.answer(BINDING_ERROR);
        match why {
            Refused::Unknown => {
                push(&mut message, ERROR_CODE, b"\0\0\x04\x14Unknown Attribute");
                // No more than were sent, so that the answer is not the longer one.
                let kinds: Vec<u8> = self.unknown.iter().take(4).flat_map(|kind| kind.to_be_bytes()).collect();
                push(&mut message, UNKNOWN_ATTRIBUTES, &kinds);
            }
            Refused::RoleConflict => push(&mut message, ERROR_CODE, b"\0\0\x04\x57Role Conflict"),
        }
        sealed(message, key)
    }

    fn answer(&self, kind: u16) -> Vec<u8> {
        let mut message = Vec::with_capacity(96);
        message.extend(kind.to_be_bytes());
        message.extend([0, 0]);
        message.extend(MAGIC_COOKIE.to_be_bytes());
        message.extend(self.transaction);
        message
    }
}

/// The key of short-term credentials (section 9.1.1).
pub fn key(password: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
}

/// What MESSAGE-INTEGRITY is the HMAC of: all before it, with a length that ends behind it.
fn signed(before: &[u8]) -> Option<Vec<u8>> {
    let mut signed = before.to_vec();
    let length = u16::try_from(before.len().checked_sub(HEADER_BYTES)? + 4 + INTEGRITY_BYTES).ok()?;
    signed.get_mut(2..4)?.copy_from_slice(&length.to_be_bytes());
    Some(signed)
}

/// `message` with MESSAGE-INTEGRITY and FINGERPRINT.
pub fn sealed(mut message: Vec<u8>, key: &hmac::Key) -> Vec<u8> {
    let Some(signed) = signed(&message) else { return Vec::new() };
    let tag = hmac::sign(key, &signed);
    push(&mut message, MESSAGE_INTEGRITY, tag.as_ref());
    // Eight bytes of FINGERPRINT are counted before it is made.
    set_length(&mut message, 8);
    let print = crc32(&[&message]) ^ FINGERPRINT_XOR;
    push(&mut message, FINGERPRINT, &print.to_be_bytes());
    message
}

/// Adds an attribute, padded with zeros.
pub fn push(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend((value.len() as u16).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
    set_length(message, 0);
}

fn set_length(message: &mut [u8], more: usize) {
    let length = message.len().saturating_sub(HEADER_BYTES) + more;
    if let Some(place) = message.get_mut(2..4) {
        place.copy_from_slice(&(length as u16).to_be_bytes());
    }
}

/// XOR-MAPPED-ADDRESS (section 14.2).
pub fn mapped(source: SocketAddr, transaction: &[u8; 12]) -> Vec<u8> {
    let mask = [MAGIC_COOKIE.to_be_bytes().as_slice(), transaction].concat();
    let port = source.port() ^ (MAGIC_COOKIE >> 16) as u16;
    let (family, address) = match source.ip() {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (2, v6.octets().to_vec()),
    };
    let address = address.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
    [0, family].into_iter().chain(port.to_be_bytes()).chain(address).collect()
}

fn number(bytes: &[u8]) -> Option<u16> {
    bytes.try_into().ok().map(u16::from_be_bytes)
}
