//! The limits of one peer. Each bounds what a hostile page or network can cost.

use std::time::Duration;

/// Longest offer in bytes. A browser's offer with audio, video and simulcast has about 8 kB.
pub const SDP_BYTES: usize = 64 * 1024;

/// Most `m=` sections in an offer.
pub const MEDIA_SECTIONS: usize = 16;

/// A peer without an offer, and one that has not connected this long after its first offer, fails.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A peer that stays disconnected this long fails. Longer than `session.resume_grace_ms`.
pub const DISCONNECTED_TIMEOUT: Duration = Duration::from_secs(60);

/// A phone that should send and is not heard this long, neither RTP nor RTCP, is reported silent.
pub const SILENCE: Duration = Duration::from_secs(30);

/// Distance of two [`crate::Event::Stats`].
pub const STATS_INTERVAL: Duration = Duration::from_secs(5);

/// Most events waiting for `poll`; later statistics are dropped, nothing else.
pub const EVENTS: usize = 256;

/// Addresses that a peer may have validated at one time; the oldest gives way.
pub const ADDRESSES: usize = 8;

/// Sent packets kept for retransmission, for an audio stream.
pub const AUDIO_CACHE: usize = 50;

/// Sent packets kept for retransmission, for a video stream: about 1.5 s at 2.5 Mbit/s.
pub const VIDEO_CACHE: usize = 400;

/// A peer is not woken oftener than this by its own timers.
pub const SHORTEST_TIMER: Duration = Duration::from_millis(1);
