//! Where a URI leads: RFC 3263 over a [`Resolver`], with a cache of our own in front of it.

mod cache;
mod hickory;
mod plan;
mod record;
#[cfg(test)]
pub(super) mod tests;

pub use hickory::System;
pub use plan::{Finder, Target};
pub use record::{Answer, Naptr, NoAnswer, Pending, Resolver, Srv};
