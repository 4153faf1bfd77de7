//! [`EchoCall`]: the call itself.

use std::collections::VecDeque;
use std::time::Instant;

use signal::Gcid;
use signal::call::Start;

use super::{Input, Output};

/// One call from a browser to the engine.
#[derive(Debug)]
pub struct EchoCall {
    outputs: VecDeque<Output>,
}

impl EchoCall {
    /// A call as `start` asks for it. The first outputs are ready at once: [`EchoCall::poll`].
    pub fn new(now: Instant, start: Start, gcid: Gcid) -> EchoCall {
        let _ = (now, start, gcid);
        EchoCall { outputs: VecDeque::new() }
    }

    /// Takes in what happened; then [`EchoCall::poll`] until `None`.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let _ = (now, input);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
