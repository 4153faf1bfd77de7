//! Demo sign-in: a name is enough, for pages of the same machine or where the config says so.

mod local;
mod objects;
pub(super) mod sign_in;

pub(super) use objects::DEMO_USER;
pub(super) use sign_in::SIGN_INS;
