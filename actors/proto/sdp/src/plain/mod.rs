//! Descriptions of RTP sessions as phones write them (RFC 8866 with RFC 3551), typed, and
//! the rules of offer and answer (RFC 3264) that need no transport.
//!
//! - [`Session`] and [`Media`]: read from a [`Description`](crate::Description) and written again.
//! - [`Format`]: what a payload type carries, static ones (RFC 3551 section 6) included.
//! - [`Crypto`]: one `a=crypto` line (RFC 4568).
//! - [`formats`](mod@formats): which formats two sides share.
//! - [`Versions`]: the `o=` line over the life of a dialog.
//!
//! What is not understood is dropped when a description is written: towards a phone we say
//! only what we do. An `m=` line we cannot do is refused in place by [`Media::refused`].

mod crypto;
mod format;
pub mod formats;
mod h264;
mod media;
mod profile;
mod session;
mod versions;

pub use crypto::{Crypto, CryptoError, Lifetime, Suite};
pub use format::Format;
pub use media::{Ice, Media, Rtcp};
pub use profile::Profile;
pub use session::Session;
pub use versions::Versions;
