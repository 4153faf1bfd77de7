//! SIP (RFC 3261 and its extensions) without sockets, clock or chance.
//!
//! - [`message`]: bytes to typed messages and back.
//! - [`admission`]: what a user agent server looks at before it acts on a request.
//! - [`dialog`]: what two sides agree on between requests.
//! - [`digest`]: who we are, proved to the account's own next hop only.
//! - [`dtmf`]: key presses in INFO.
//! - [`endpoint`]: bytes on one side, requests to act on and responses on the other.
//! - [`identity`]: who calls, and who is not to know.
//! - [`invite`]: a call, from the first INVITE to BYE.
//! - [`ping`]: whether somebody is there.
//! - [`refer`]: calls handed on.
//! - [`register`]: a binding, kept alive.
//! - [`summary`]: messages that wait.
//! - [`transaction`]: requests and their responses, through loss, in virtual time.
//! - [`transport`]: where messages go, as far as messages decide it.
//!
//! Nothing here knows a browser, an account or an actor.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod admission;
pub mod dialog;
pub mod digest;
pub mod dtmf;
pub mod endpoint;
pub mod identity;
pub mod invite;
pub mod message;
pub mod ping;
pub mod refer;
pub mod register;
pub mod summary;
pub mod transaction;
pub mod transport;
