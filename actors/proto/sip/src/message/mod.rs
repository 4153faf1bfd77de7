//! The message layer (RFC 3261 sections 7, 18.3, 19, 20 and 25), with types of our own.
//!
//! - [`parse_datagram`] and [`StreamParser`]: bytes to [`Message`]s, or a [`Refused`] with its answer.
//! - [`Request`], [`Response`]: start line, [`Headers`], body. They are written from typed values only, so
//!   CR and LF cannot pass; what came from the wire and was not changed is written byte for byte.
//! - Headers are read when asked for: `headers.from()`, `headers.session_expires()`, … Each error names the header.
//! - [`Uri`], [`Host`], [`NameAddr`], [`Via`], [`Method`], [`Status`], [`Name`]: the words they are made of.
//!
//! rsip stands behind [`Status::reason`] (what a code is called) and, in tests, as a second reader. Its parser
//! cannot read folded lines, compact names, IPv6, tel or extension methods, so reading and writing is done
//! here. No type of rsip is seen outside.

mod address;
mod auth;
mod check;
mod equality;
mod error;
mod extension;
mod grammar;
mod headers;
mod host;
pub mod limits;
mod method;
mod multipart;
pub mod name;
mod params;
mod parse;
mod read;
mod status;
mod stream;
mod uri;
mod value;
mod via;
mod whole;

pub use address::NameAddr;
pub use auth::{Authorization, Challenge};
pub use check::stateless_tag;
pub use error::{Error, FieldError};
pub use extension::{Reason, Refresher, Replaces, SessionExpires};
pub use headers::{Header, Headers};
pub use host::Host;
pub use method::{Extension, Method};
pub use multipart::{Part, description, parts};
pub use name::Name;
pub use params::Params;
pub use parse::{Incoming, Refused, parse_datagram};
pub use read::Contacts;
pub use status::Status;
pub use stream::StreamParser;
pub use uri::{OtherUri, SipUri, TelUri, Uri};
pub use value::{CSeq, MediaType, RAck, Valued};
pub use via::{COOKIE, Via};
pub use whole::{Message, Request, Response};
