//! What a shell needs to write recordings: both sides of a call as one stereo WAV file.

pub use audio::record::{Recorder, Side};
pub use audio::{Codec, Packet};
