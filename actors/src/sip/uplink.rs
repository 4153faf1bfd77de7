//! [`Uplink`]: how an account's calls reach its network.

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::sip::Line;
use media::bridge::PhonePolicy;

/// Shared by all calls of an upstream, and outlives it.
#[derive(Clone)]
pub struct Uplink(Arc<Seat>);

struct Seat {
    line: Line,
    policy: PhonePolicy,
    local: SocketAddr,
}

impl Uplink {
    /// What a call is told of its account.
    pub fn line(&self) -> Line {
        self.0.line.clone()
    }

    /// The rules of the phone's media, announced at [`Uplink::local`].
    pub fn policy(&self) -> PhonePolicy {
        self.0.policy.clone()
    }

    /// Our address towards the account's next hop: what media sockets are bound to.
    pub fn local(&self) -> SocketAddr {
        self.0.local
    }
}
