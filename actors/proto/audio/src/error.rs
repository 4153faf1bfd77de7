//! What can be wrong with coded sound.

use crate::Codec;

/// Why a payload or a setting was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The payload is not what the codec writes.
    #[error("malformed {} payload of {length} bytes", .codec.encoding_name())]
    Payload {
        /// Codec it should be of.
        codec: Codec,
        /// Bytes received.
        length: usize,
    },
    /// A number of samples that the codec cannot put into one packet.
    #[error("{} cannot code {samples} samples at {rate_hz} Hz as one frame", .codec.encoding_name())]
    FrameLength {
        /// Codec asked for.
        codec: Codec,
        /// Samples offered.
        samples: usize,
        /// Sampling rate in Hz.
        rate_hz: u32,
    },
    /// A packet time outside of [`crate::limits::PTIMES_MS`].
    #[error("a packet time of {ptime_ms} ms cannot be sent")]
    PacketTime {
        /// Milliseconds asked for.
        ptime_ms: u32,
    },
}
