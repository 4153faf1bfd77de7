//! What every story needs: an engine, Chromium, phones, tones, a line that can be cut.

mod baresip;
mod browser;
mod engine;
mod kamailio;
mod line;
mod linphone;
mod ports;
mod process;
mod provision;
mod rtp;
mod sipp;
mod sound;
mod tone;
mod wire;

pub use baresip::{Baresip, Options};
pub use browser::{Driver, Page, node};
pub use engine::Server;
pub use kamailio::Kamailio;
pub use line::Line;
pub use linphone::Linphone;
pub use provision::Provision;
pub use rtp::Rtp;
pub use sipp::{Scenario, Side};
pub use tone::Tone;
pub use wire::Wire;
