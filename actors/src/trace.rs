//! What happened in each call: a bounded memory of messages and state changes, by gcid.
//!
//! Descriptions and candidates are kept as their sizes and kinds only: they carry
//! keys and addresses.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use signal::call::Call;
use signal::{CallId, Gcid, SessionId};
use time::OffsetDateTime;

use crate::limits::{TRACE_CALLS, TRACE_EVENTS};

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// Whose leg it was on; not shown, but who may see it.
    #[serde(skip)]
    pub session: SessionId,
    /// On which leg.
    pub leg: CallId,
    /// `in` from the client, `out` to it, `state` for the engine's own.
    pub direction: &'static str,
    /// The method, or the state.
    pub what: String,
    /// What else is worth knowing, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Default)]
struct Story {
    events: VecDeque<Event>,
    forgotten: usize,
}

/// A call as the REST shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// The call end to end.
    pub gcid: String,
    /// In order.
    pub events: Vec<Event>,
    /// Events dropped for the bound.
    pub forgotten: usize,
}

#[derive(Default)]
struct Memory {
    calls: HashMap<Gcid, Story>,
    order: VecDeque<Gcid>,
}

/// The memory; clones share it.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Memory>>);

impl Trace {
    /// A message of `leg` of `session`.
    pub fn message(&self, gcid: &Gcid, session: SessionId, leg: CallId, direction: &'static str, message: &Call) {
        self.push(gcid, event(session, leg, direction, message.method(), summary(message)));
    }

    /// A state change of `leg` of `session`.
    pub fn state(&self, gcid: &Gcid, session: SessionId, leg: CallId, what: &str, detail: Option<String>) {
        self.push(gcid, event(session, leg, "state", what, detail));
    }

    /// Whether anything is remembered of `gcid`.
    pub fn knows(&self, gcid: &Gcid) -> bool {
        self.memory().calls.contains_key(gcid)
    }

    /// What is remembered of `gcid`.
    pub fn tell(&self, gcid: &Gcid) -> Option<Told> {
        let memory = self.memory();
        memory.calls.get(gcid).map(|story| Told {
            gcid: gcid.to_string(),
            events: story.events.iter().cloned().collect(),
            forgotten: story.forgotten,
        })
    }

    fn push(&self, gcid: &Gcid, event: Event) {
        let mut memory = self.memory();
        let story = memory.story(gcid);
        if story.events.len() == TRACE_EVENTS {
            story.events.pop_front();
            story.forgotten += 1;
        }
        story.events.push_back(event);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn story(&mut self, gcid: &Gcid) -> &mut Story {
        if !self.calls.contains_key(gcid) {
            if self.order.len() == TRACE_CALLS
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
            }
            self.order.push_back(gcid.clone());
        }
        self.calls.entry(gcid.clone()).or_default()
    }
}

fn event(session: SessionId, leg: CallId, direction: &'static str, what: &str, detail: Option<String>) -> Event {
    Event { time: OffsetDateTime::now_utc(), session, leg, direction, what: what.to_owned(), detail }
}

/// What of a message may be kept.
fn summary(message: &Call) -> Option<String> {
    let sized = |sdp: &str| Some(format!("sdp of {} bytes", sdp.len()));
    match message {
        Call::Start(body) => body.sdp.as_deref().and_then(sized),
        Call::Accept(body) => body.sdp.as_deref().and_then(sized),
        Call::Progress(body) | Call::FullSdp(body) | Call::ChangeOffer(body) | Call::ChangeAnswer(body) => {
            sized(&body.sdp)
        }
        Call::End(body) => body.reason.clone(),
        Call::Info(body) => body.held.map(|held| format!("held {held}")),
        Call::TransferState(body) => Some(body.state.clone()),
        // The digits may be a PIN.
        Call::Dtmf(body) => Some(format!("{} digits", body.dtmf.len())),
        Call::Alive(_) | Call::Ringing(_) | Call::AckAccept(_) | Call::Candidate(_) | Call::ChangeLock(_) => None,
        Call::ChangeLockOk(_) | Call::ChangeLockReset(_) | Call::AckEnd(_) | Call::Transfer(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gcid(n: usize) -> Gcid {
        Gcid::parse(&format!("call-{n}")).expect("a legal gcid")
    }

    #[test]
    fn both_bounds_hold() {
        let trace = Trace::default();
        let (session, leg) = (SessionId(uuid::Uuid::nil()), CallId(uuid::Uuid::nil()));
        for n in 0..TRACE_EVENTS + 3 {
            trace.state(&gcid(0), session, leg, &n.to_string(), None);
        }
        let told = trace.tell(&gcid(0)).expect("it is remembered");
        assert_eq!((told.events.len(), told.forgotten, told.events[0].what.as_str()), (TRACE_EVENTS, 3, "3"));
        for n in 1..=TRACE_CALLS {
            trace.state(&gcid(n), session, leg, "new", None);
        }
        assert!(trace.tell(&gcid(0)).is_none());
        assert!(trace.tell(&gcid(1)).is_some());
    }
}
