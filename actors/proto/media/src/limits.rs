//! The limits of one peer. Each bounds what a hostile page or network can cost.

use std::time::Duration;

/// Longest offer in bytes. A browser's offer with audio, video and simulcast has about 8 kB.
pub const SDP_BYTES: usize = 64 * 1024;

/// Most `m=` sections in an offer.
pub const MEDIA_SECTIONS: usize = 16;

/// A peer that has not connected this long after its first offer fails.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A peer that stays disconnected this long fails. Longer than `session.resume_grace_ms`.
pub const DISCONNECTED_TIMEOUT: Duration = Duration::from_secs(60);

/// Distance of two [`crate::Event::Stats`].
pub const STATS_INTERVAL: Duration = Duration::from_secs(5);

/// Most events waiting for `poll`; later statistics are dropped, nothing else.
pub const EVENTS: usize = 256;
