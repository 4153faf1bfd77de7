//! Sound as phones and browsers code it: G.711, G.722 and Opus, between which calls are
//! transcoded.
//!
//! - [`Codec`]: what RTP says of each of them; [`Decoder`], [`Encoder`]: to and from samples.
//! - [`Jitter`]: puts packets back in order and decides when each is played.
//! - [`Transcoder`]: packets of one codec in, a steady stream of another out.
//! - [`Silence`]: what is sent while nobody speaks.
//! - [`Recorder`]: both sides of a call into one WAV or Ogg Opus file.
//!
//! Samples are 16 bit, mono. Nothing here knows a packet's address, a call or a clock.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod codec;
mod conceal;
mod decoder;
mod encoder;
mod error;
mod g711;
mod g722;
mod half_band;
mod jitter;
pub mod limits;
mod noise;
mod opus;
mod player;
pub mod record;
mod sample;
mod silence;
mod transcoder;

pub use codec::{Codec, Rate};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::Error;
pub use jitter::{Jitter, Packet, Played};
pub use record::Recorder;
pub use silence::Silence;
pub use transcoder::{Frame, Setup, Transcoder};
