//! Bounds on everything that grows.

use std::time::Duration;

use crate::Error;

/// Packet times that all codecs here can send, in milliseconds (Opus has no 30 ms frame).
pub const PTIMES_MS: [u32; 4] = [10, 20, 40, 60];

/// Longest payload that is looked at, in milliseconds of sound: Opus allows 120 (RFC 6716 2.1.4),
/// G.711 in a full Ethernet frame holds 180.
pub const PAYLOAD_MAX: Duration = Duration::from_millis(200);

/// Bytes of the longest payload that is looked at.
pub const PAYLOAD_BYTES: usize = 1500;

/// Packets that wait in a jitter buffer; more throw out the oldest.
pub const JITTER_PACKETS: usize = 64;

/// Least delay a jitter buffer adds.
pub const DELAY_MIN: Duration = Duration::from_millis(20);

/// Greatest delay a jitter buffer adds.
pub const DELAY_MAX: Duration = Duration::from_millis(200);

/// Bytes of a recording that wait to be written: about a minute of WAV.
pub const RECORDING_BYTES: usize = 4 << 20;

/// `ptime` when it is one of [`PTIMES_MS`].
pub(crate) fn checked_ptime(ptime: Duration) -> Result<Duration, Error> {
    let ptime_ms = u32::try_from(ptime.as_millis()).unwrap_or(u32::MAX);
    let whole = Duration::from_millis(u64::from(ptime_ms)) == ptime;
    if whole && PTIMES_MS.contains(&ptime_ms) { Ok(ptime) } else { Err(Error::PacketTime { ptime_ms }) }
}
