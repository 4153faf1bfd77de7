//! A TCP stream from anyone: the pieces it comes in change nothing, and no more than one message waits.

use sip::message::{Incoming, StreamParser, limits};

/// Panics on a finding.
pub fn check(input: &[u8]) {
    let Some((seed, bytes)) = input.split_first() else { return };
    let whole = read(std::iter::once(bytes));
    assert_eq!(whole, read(pieces(*seed, bytes)));
    assert_eq!(whole, read(bytes.chunks(1)));
}

/// Lengths of 1 to 64 by chance.
fn pieces(seed: u8, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut state, mut rest) = (u32::from(seed), bytes);
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (1 + (state >> 26) as usize).min(rest.len());
        let (piece, left) = rest.split_at_checked(length).filter(|(piece, _)| !piece.is_empty())?;
        rest = left;
        Some(piece)
    })
}

/// Everything but a lone CRLF, which may be the half of a ping; and whether it broke.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<String>, bool) {
    let (mut parser, mut out) = (StreamParser::new(), Vec::new());
    for piece in pieces {
        parser.push(piece);
        while let Some(result) = parser.poll() {
            match result {
                Ok(Incoming::Pong) => {}
                other => out.push(format!("{other:?}")),
            }
        }
        assert!(parser.pending() <= limits::MESSAGE_BYTES, "{} bytes wait", parser.pending());
        assert!(!parser.is_broken() || parser.pending() == 0, "nothing is kept after the break");
    }
    (out, parser.is_broken())
}
