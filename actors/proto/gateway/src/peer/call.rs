//! [`PeerCall`]: the call itself.

use std::collections::VecDeque;
use std::time::Instant;

use sdp::AddressPolicy;
use signal::Gcid;
use signal::call::Start;

use super::{Input, Output};
use crate::Timing;

/// One call from browser to browser.
#[derive(Debug)]
pub struct PeerCall {
    outputs: VecDeque<Output>,
}

impl PeerCall {
    /// A call as the caller's `start` asks for it; `start.id` is the caller's leg, and
    /// `start.peer` (set by the shell) is what called devices are shown of the caller.
    /// Feed [`Input::Branches`] or [`Input::Unreachable`] next.
    pub fn new(now: Instant, start: Start, gcid: Gcid, seed: u64, timing: Timing) -> PeerCall {
        let _ = (now, start, gcid, seed, timing);
        PeerCall { outputs: VecDeque::new() }
    }

    /// Which addresses may be told to the far end; the default is [`AddressPolicy::default`].
    #[must_use]
    pub fn allowing(self, policy: AddressPolicy) -> PeerCall {
        let _ = policy;
        self
    }

    /// Takes in what happened; then [`PeerCall::poll`] until `None`.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let _ = (now, input);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
