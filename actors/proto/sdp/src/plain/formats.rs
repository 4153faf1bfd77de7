//! Which formats two sides share (RFC 3264 section 6.1).

use crate::Direction;
use crate::plain::{Format, h264};

/// The formats of `theirs` that `ours` can do, in their order and with their payload
/// types, each codec once. Key presses (RFC 4733) come last: those with the clock of a
/// codec taken, or, where a phone offers another clock only, the first there are.
/// Empty when no codec is shared.
pub fn common(theirs: &[Format], ours: &[Format]) -> Vec<Format> {
    let mut taken: Vec<(Format, &Format)> = Vec::new();
    for format in theirs.iter().filter(|format| format.is_codec()) {
        let Some(known) = ours.iter().find(|known| known.is_codec() && matches(format, known)) else { continue };
        if !taken.iter().any(|(_, by)| by.payload_type == known.payload_type) {
            taken.push((format.clone(), known));
        }
    }
    let mut formats: Vec<Format> = taken.into_iter().map(|(format, known)| answered(format, known)).collect();
    if formats.is_empty() || !ours.iter().any(Format::is_telephone_event) {
        return formats;
    }
    let events = telephone_events(theirs, &formats);
    formats.extend(events);
    formats
}

/// What we write for a format of the offer: our own parameters where theirs are only
/// about their receiving (Opus, RFC 7587), theirs where both must agree (H.264, RFC 6184).
fn answered(format: Format, known: &Format) -> Format {
    let fmtp = if format.is("H264") { format.fmtp } else { known.fmtp.clone() };
    Format { fmtp, ..format }
}

fn telephone_events(theirs: &[Format], codecs: &[Format]) -> Vec<Format> {
    let mut events: Vec<Format> = Vec::new();
    for event in theirs.iter().filter(|format| format.is_telephone_event()) {
        let wanted = codecs.iter().any(|codec| codec.clock_hz == event.clock_hz);
        if wanted && !events.iter().any(|known| known.clock_hz == event.clock_hz) {
            events.push(event.clone());
        }
    }
    if events.is_empty() {
        events.extend(theirs.iter().find(|format| format.is_telephone_event()).cloned());
    }
    for event in &mut events {
        event.fmtp = Some("0-15".to_owned());
    }
    events
}

/// Whether both name the same codec: name without case, clock, channels, and for H.264
/// profile and packetization mode (RFC 6184 section 8.2.2).
pub fn matches(a: &Format, b: &Format) -> bool {
    is_one_codec(a, b) && (!a.is("H264") || h264::is_same(a, b))
}

/// Whether packets made for `stream` may be sent to who takes `receiver`: the same codec, for H.264 of no more than its
/// profile and packetization mode.
pub fn carries(receiver: &Format, stream: &Format) -> bool {
    is_one_codec(receiver, stream) && (!stream.is("H264") || h264::carries(receiver, stream))
}

fn is_one_codec(a: &Format, b: &Format) -> bool {
    a.is(&b.name) && a.clock_hz == b.clock_hz && a.channels.max(1) == b.channels.max(1)
}

/// The direction to answer with: what we `allow` and the `offered` one lets us
/// (RFC 3264 section 6.1), both as their writer sees them.
pub fn direction(offered: Direction, allow: Direction) -> Direction {
    let (they_send, they_receive) = ways(offered);
    let (we_send, we_receive) = ways(allow);
    match (we_send && they_receive, we_receive && they_send) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// The same direction as the other side sees it.
pub fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::SendRecv | Direction::Inactive => direction,
        Direction::SendOnly => Direction::RecvOnly,
        Direction::RecvOnly => Direction::SendOnly,
    }
}

/// Whether the writer sends, and whether it receives.
pub fn ways(direction: Direction) -> (bool, bool) {
    match direction {
        Direction::SendRecv => (true, true),
        Direction::SendOnly => (true, false),
        Direction::RecvOnly => (false, true),
        Direction::Inactive => (false, false),
    }
}
