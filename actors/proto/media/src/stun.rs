//! Just enough STUN to find the owner of a connectivity check before any key is known.

/// Magic cookie of RFC 8489 5, at offset 4.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: u16 = 0x0006;
const HEADER_BYTES: usize = 20;

/// The ICE user name fragment of the receiver in a Binding request: the part of USERNAME
/// before the colon (RFC 8445 7.2.2). `None` for anything else. Nothing is authenticated.
pub fn binding_request_ufrag(datagram: &[u8]) -> Option<&[u8]> {
    let (header, mut attributes) = datagram.split_at_checked(HEADER_BYTES)?;
    if header.get(0..2)? != BINDING_REQUEST || header.get(4..8)? != MAGIC_COOKIE {
        return None;
    }
    while let [t0, t1, l0, l1, rest @ ..] = attributes {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = rest.get(..length)?;
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let colon = value.iter().position(|byte| *byte == b':')?;
            return value.get(..colon);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// Whether RFC 7983 3 gives a datagram to STUN, by its first byte.
pub fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut datagram = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xA4, 0x42];
        datagram.extend([7; 12]);
        datagram.extend(attributes);
        datagram
    }

    #[test]
    fn the_fragment_before_the_colon_is_found_behind_other_attributes() {
        let attributes = b"\x80\x22\x00\x01x\0\0\0\x00\x06\x00\x07ab12:zz\0";
        assert_eq!(binding_request_ufrag(&request(attributes)), Some(&b"ab12"[..]));
    }

    #[test]
    fn a_truncated_or_foreign_datagram_has_none() {
        let whole = request(b"\x00\x06\x00\x07ab12:zz\0");
        for length in 0..whole.len() - 1 {
            assert_eq!(binding_request_ufrag(&whole[..length]), None, "cut at {length}");
        }
        let mut response = whole;
        response[0] = 1;
        assert_eq!(binding_request_ufrag(&response), None);
        assert_eq!(binding_request_ufrag(&request(b"\x00\x06\x00\x04ab12")), None, "no colon");
    }
}
