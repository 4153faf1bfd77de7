//! Both sides of a call into one stereo file, as bytes to append.

mod ogg;
mod recorder;
mod wav;

pub use recorder::{Container, Recorder, Side};
