//! The REST of provisioning, below `/rtcengine/api`: a folder a resource, a file an endpoint.
//!
//! Every request passes `guard` (who is asking), every row goes through `caller`
//! (what they see): an object of someone else's is not found. A change that
//! touches running sessions is told to the engine. `openapi` lists all of it.

mod accounts;
mod apps;
mod body;
mod caller;
mod calls;
mod check;
mod configure;
mod demo;
mod error;
mod guard;
mod keys;
mod link;
mod login;
mod networks;
mod openapi;
mod page;
mod sessions;
mod state;
mod throttle;
mod trace;
mod users;

pub use configure::{BASE, configure};
pub use error::{ApiError, Code};
pub use openapi::document;
pub use state::{Api, ApiState, Options, Traces};
