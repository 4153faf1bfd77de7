//! Where a message goes. A [`Lane`] is one worker thread's router, registry and
//! browser connector: all actors of a session live on one lane, so a message
//! between them never leaves the thread.

mod lane;
pub mod registry;
mod routed;
#[expect(clippy::module_inception, reason = "the actor is named as the field names it")]
pub mod router;
mod survive;

pub use lane::Lane;
pub use registry::Registry;
pub use routed::{Content, Routed};
pub use router::Router;
pub use survive::survive;
