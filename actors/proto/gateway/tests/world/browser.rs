//! The reference client: what the SDK does with a call, without media.

use fastrand::Rng;
use signal::call::{Accept, Call, CallRef, Candidate, CandidateInit, Dtmf, End, Ringing, Start};
use signal::{CallId, EndReason};

use super::change::{Change, Descriptions};
use super::script::{Reaction, reaction};
use super::wire::Timer;

/// Where the client is in its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Called, not yet rung.
    Idle,
    /// Waits for the accept.
    Calling,
    /// Rings.
    Ringing,
    /// Waits for the ack of its accept.
    Accepted,
    /// In the call.
    Established,
    /// Waits for the ack of its end.
    Ending,
    /// Done.
    Over,
}

/// One page.
#[derive(Debug)]
pub struct Browser {
    pub leg: CallId,
    /// Whose device it is, in the script's count.
    pub place: usize,
    pub phase: Phase,
    pub sdp: Descriptions,
    pub change: Change,
    pub accepts: usize,
    pub answers: bool,
    pub reason: Option<String>,
    pub candidates: usize,
    /// We said `call.end` and wait for its confirmation.
    pub unconfirmed: bool,
    reaction: Reaction,
}

/// What the page does now.
#[derive(Debug, Default)]
pub struct Doing {
    pub send: Vec<Call>,
    pub timers: Vec<(u64, Timer)>,
}

impl Browser {
    /// `page` is unlike any other; `creator` is the side that created the call.
    pub fn new(page: u32, leg: CallId, creator: bool, rng: &mut Rng) -> Browser {
        Browser {
            leg,
            place: page as usize,
            phase: Phase::Idle,
            sdp: Descriptions::new(page),
            change: Change::new(creator, rng.bool()),
            accepts: 0,
            answers: false,
            reason: None,
            candidates: 0,
            unconfirmed: false,
            reaction: reaction(rng),
        }
    }

    pub fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Idle | Phase::Ending | Phase::Over)
    }

    fn it(&self) -> CallRef {
        CallRef { id: self.leg, gcid: None }
    }

    /// Calls, or claims its call after a reload.
    pub fn start(&mut self, replace: bool, trickle: bool) -> Doing {
        self.phase = Phase::Calling;
        let start = Start {
            id: self.leg,
            gcid: None,
            account: None,
            replace,
            trickle,
            target: "bob".into(),
            sdp: Some(self.sdp.offer()),
            peer: None,
            media: None,
        };
        let mut send = vec![Call::Start(Box::new(start)), self.candidate()];
        if !trickle {
            let sdp = self.sdp.pending();
            send.push(Call::FullSdp(signal::call::Described { id: self.leg, gcid: None, sdp }));
        }
        Doing { send, ..Doing::default() }
    }

    fn candidate(&self) -> Call {
        let candidate = "candidate:1 1 udp 2122260223 192.168.1.2 50000 typ host".to_owned();
        Call::Candidate(Candidate::new(self.leg, None, &CandidateInit { candidate, ..CandidateInit::default() }))
    }

    pub fn hang_up(&mut self, word: &str) -> Doing {
        if !self.is_live() {
            return Doing::default();
        }
        self.phase = Phase::Ending;
        self.unconfirmed = true;
        let end = End { id: self.leg, gcid: None, reason: Some(word.into()), detail: None };
        Doing { send: vec![Call::End(end)], ..Doing::default() }
    }

    pub fn dtmf(&self) -> Doing {
        let dtmf = Dtmf { id: self.leg, gcid: None, dtmf: "1".into(), duration_ms: None, account: None };
        let send = if self.phase == Phase::Established { vec![Call::Dtmf(dtmf)] } else { Vec::new() };
        Doing { send, ..Doing::default() }
    }

    pub fn want_change(&mut self, now: u64) -> Doing {
        match self.phase {
            Phase::Established => self.change.want(now),
            _ => Doing::default(),
        }
    }

    pub fn fire(&mut self, now: u64, timer: Timer, rng: &mut Rng) -> Doing {
        match timer {
            Timer::React if self.phase == Phase::Ringing => self.react(rng),
            Timer::React => Doing::default(),
            _ if self.phase != Phase::Established => Doing::default(),
            timer => {
                let mut doing = self.change.fire(now, timer, self.leg, &mut self.sdp, rng);
                if doing.send.iter().any(|message| matches!(message, Call::ChangeAnswer(_))) {
                    doing.send.push(self.candidate());
                }
                doing
            }
        }
    }

    fn react(&mut self, rng: &mut Rng) -> Doing {
        match self.reaction {
            Reaction::Accept(_) => {
                self.phase = Phase::Accepted;
                let sdp = Some(self.sdp.answer());
                let accept = Accept { id: self.leg, gcid: None, account: None, trickle: rng.bool(), sdp };
                Doing { send: vec![Call::Accept(accept), self.candidate()], ..Doing::default() }
            }
            Reaction::End(_, word) => self.hang_up(word),
            Reaction::Ignore => Doing::default(),
        }
    }

    pub fn receive(&mut self, now: u64, message: Call, rng: &mut Rng) -> Doing {
        assert_eq!(message.id(), self.leg);
        match message {
            Call::End(end) => self.on_end(end),
            Call::AckEnd(_) => {
                assert!(std::mem::take(&mut self.unconfirmed), "confirmation of nothing");
                self.phase = Phase::Over;
                Doing::default()
            }
            // It crossed our end.
            _ if self.phase == Phase::Ending => Doing::default(),
            _ => {
                assert_ne!(self.phase, Phase::Over, "{message:?} after the end");
                self.on_live(now, message, rng)
            }
        }
    }

    fn on_end(&mut self, end: End) -> Doing {
        assert_ne!(self.phase, Phase::Over, "two ends");
        if self.phase != Phase::Ending {
            self.reason = end.reason;
        }
        // A crossing end of ours is confirmed too, but nobody has to wait for that.
        self.phase = Phase::Over;
        Doing { send: vec![Call::AckEnd(self.it())], ..Doing::default() }
    }

    fn on_live(&mut self, now: u64, message: Call, rng: &mut Rng) -> Doing {
        match message {
            Call::Start(start) => self.on_start(now, *start, rng),
            Call::Accept(accept) => {
                assert_eq!(self.phase, Phase::Calling, "two accepts");
                self.accepts += 1;
                self.phase = Phase::Established;
                self.sdp.answered(accept.sdp.expect("an answer"));
                Doing { send: vec![Call::AckAccept(self.it())], ..Doing::default() }
            }
            Call::AckAccept(_) => {
                assert_eq!(self.phase, Phase::Accepted, "an ack of nothing");
                self.phase = Phase::Established;
                self.answers = true;
                Doing::default()
            }
            Call::ChangeLock(_)
            | Call::ChangeLockOk(_)
            | Call::ChangeLockReset(_)
            | Call::ChangeOffer(_)
            | Call::ChangeAnswer(_) => {
                assert_eq!(self.phase, Phase::Established, "{message:?} before the call");
                self.change.receive(now, message, self.leg, &mut self.sdp, rng)
            }
            Call::Candidate(_) => {
                self.candidates += 1;
                assert!(self.sdp.is_offered(), "a candidate before its description");
                Doing::default()
            }
            Call::Alive(_) | Call::Ringing(_) | Call::Progress(_) => {
                assert_eq!(self.phase, Phase::Calling, "{message:?} after the accept");
                Doing::default()
            }
            Call::FullSdp(_) | Call::Dtmf(_) | Call::Info(_) => Doing::default(),
            Call::Transfer(_) | Call::TransferState(_) | Call::End(_) | Call::AckEnd(_) => {
                panic!("{message:?} from the engine")
            }
        }
    }

    fn on_start(&mut self, now: u64, start: Start, rng: &mut Rng) -> Doing {
        assert_eq!(self.phase, Phase::Idle, "two starts");
        self.phase = Phase::Ringing;
        self.sdp.offered(start.sdp.expect("an offer"));
        let mut send = vec![Call::Alive(self.it())];
        if rng.u32(0..10) > 0 {
            send.push(Call::Ringing(Ringing { id: self.leg, gcid: None, account: None }));
        }
        let timers = match self.reaction {
            Reaction::Accept(after) | Reaction::End(after, _) => vec![(now + after, Timer::React)],
            Reaction::Ignore => Vec::new(),
        };
        Doing { send, timers }
    }
}

/// Words a user's own application may end a call with.
pub fn word(rng: &mut Rng) -> &'static str {
    rng.choice(&[EndReason::Normal.word(), "aborted", ""]).unwrap()
}
