//! What a shell needs to write recordings: both sides of a call as one stereo file, WAV or Ogg Opus.

pub use audio::record::{Container, Recorder, Side};
pub use audio::{Codec, Packet};
