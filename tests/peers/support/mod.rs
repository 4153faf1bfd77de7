//! What every story needs: an engine, Chromium, tones, a line that can be cut.

mod browser;
mod engine;
mod line;
mod tone;

pub use browser::{Driver, Page, node};
pub use engine::Server;
pub use line::Line;
pub use tone::Tone;
