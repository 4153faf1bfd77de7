//! What must hold of the core's outputs at every moment.

use std::collections::{HashMap, HashSet};

use gateway::peer::Output;
use signal::CallId;
use signal::call::Call;

/// Everything the core has said so far, as far as it matters.
#[derive(Debug, Default)]
pub struct Observer {
    legs: HashSet<CallId>,
    /// Legs on which nothing more may be sent.
    confirmed: HashSet<CallId>,
    ended: HashMap<CallId, usize>,
    pub answered: Option<CallId>,
    acknowledged: HashSet<CallId>,
    pub taken_over: bool,
    pub done: bool,
    pub resets: u64,
}

impl Observer {
    pub fn see(&mut self, output: &Output) {
        assert!(!self.done, "{output:?} after Done");
        match output {
            Output::Send { leg, message } => self.sent(*leg, message),
            Output::Refuse { error, .. } => assert!(self.taken_over, "refused: {error:?}"),
            Output::Wake(_) => {}
            Output::Answered { leg } => assert_eq!(self.answered.replace(*leg), None, "answered twice"),
            Output::LegEnded { leg, .. } => {
                let ends = self.ended.entry(*leg).or_default();
                *ends += 1;
                assert_eq!(*ends, 1, "one leg ended twice");
            }
            Output::Done => self.done = true,
        }
    }

    fn sent(&mut self, leg: CallId, message: &Call) {
        self.legs.insert(leg);
        assert_eq!(message.id(), leg);
        assert!(message.gcid().is_some());
        assert!(!self.confirmed.contains(&leg), "{message:?} after call.ack.end");
        match message {
            Call::AckEnd(_) => {
                self.confirmed.insert(leg);
            }
            Call::AckAccept(_) => {
                self.acknowledged.insert(leg);
                assert_eq!(Some(leg), self.answered, "the wrong device is acknowledged");
            }
            Call::ChangeLockReset(_) => self.resets += 1,
            _ => {}
        }
    }

    /// Every leg that was there has ended, once.
    pub fn finish(&self) {
        assert!(self.done, "never done");
        for leg in &self.legs {
            assert_eq!(self.ended.get(leg), Some(&1), "{leg} has not ended");
        }
        assert!(self.acknowledged.len() <= 1);
    }
}
