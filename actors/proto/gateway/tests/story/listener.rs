//! Short verbs for the stories.

use std::time::{Duration, Instant};

use gateway::Timing;
use gateway::peer::{Branch, Input, Output, PeerCall};
use signal::call::{
    Accept, Call, CallRef, Candidate, CandidateInit, Described, Dtmf, End, Info, Ringing, Start, Transfer,
};
use signal::{AccountId, CallId, EndReason, Error, Gcid};
use uuid::Uuid;

/// The leg of the client with that letter.
pub fn leg(name: char) -> CallId {
    CallId(Uuid::from_u128(name as u128))
}

fn name(leg: CallId) -> char {
    char::from_u32(leg.0.as_u128() as u32).unwrap()
}

/// A description; `mark` tells it from others.
pub fn sdp(mark: &str) -> String {
    format!("v=0\r\no=- {mark} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
}

/// The same with a candidate.
pub fn whole_sdp(mark: &str) -> String {
    format!("{}a={HOST}\r\n", sdp(mark))
}

/// A candidate that may pass.
pub const HOST: &str = "candidate:1 1 udp 2122260223 192.168.1.2 50000 typ host";

pub fn it(name: char) -> CallRef {
    CallRef { id: leg(name), gcid: None }
}

pub fn start(name: char, sdp: Option<String>) -> Start {
    Start {
        id: leg(name),
        gcid: None,
        account: None,
        replace: false,
        trickle: true,
        target: "bob".into(),
        sdp,
        peer: None,
        media: None,
    }
}

pub fn accept(name: char) -> Call {
    let sdp = Some(sdp(&name.to_string()));
    Call::Accept(Accept { id: leg(name), gcid: None, account: None, trickle: true, sdp })
}

pub fn ringing(name: char) -> Call {
    Call::Ringing(Ringing { id: leg(name), gcid: None, account: None })
}

pub fn described(name: char, sdp: String) -> Described {
    Described { id: leg(name), gcid: None, sdp }
}

pub fn candidate(name: char, text: &str) -> Call {
    let init = CandidateInit { candidate: text.into(), sdp_mid: Some("0".into()), ..CandidateInit::default() };
    Call::Candidate(Candidate::new(leg(name), None, &init))
}

pub fn end(name: char, word: &str) -> Call {
    Call::End(End { id: leg(name), gcid: None, reason: Some(word.into()), detail: None })
}

pub fn dtmf(name: char, text: &str) -> Call {
    Call::Dtmf(Dtmf { id: leg(name), gcid: None, dtmf: text.into(), duration_ms: None, account: None })
}

pub fn info(name: char) -> Call {
    Call::Info(Info { id: leg(name), gcid: None, held: Some(true), peer: None, more: serde_json::Map::new() })
}

pub fn transfer(name: char) -> Call {
    Call::Transfer(Transfer { id: leg(name), gcid: None, target: Some("c".into()), replaces: None })
}

/// `a accept`, `b end busy`, with what tells messages of one kind apart.
pub fn told(leg: CallId, message: &Call) -> String {
    let method = message.method().trim_start_matches("call.");
    let more = match message {
        Call::End(end) => end.reason.clone().unwrap_or_default(),
        Call::Dtmf(dtmf) => dtmf.dtmf.clone(),
        Call::Info(info) if info.peer.is_some() || !info.more.is_empty() => "claim".into(),
        _ => String::new(),
    };
    format!("{} {method} {more}", name(leg)).trim_end().to_owned()
}

pub fn refused(leg: CallId, error: &Error) -> String {
    let field = error.message.split_once(':').map_or("", |(field, _)| field);
    let code = serde_json::to_value(error.code).unwrap();
    format!("{} refused {} {field}", name(leg), code.as_str().unwrap())
}

/// A call under way.
pub struct Story {
    pub now: Instant,
    pub call: PeerCall,
    pub wake: Option<Instant>,
    /// Everything sent, in full.
    pub sent: Vec<Call>,
    pub ended: Vec<(char, EndReason, bool, Option<String>)>,
    pub done: bool,
}

impl Story {
    pub fn new(start: Start) -> Story {
        let now = Instant::now();
        let gcid = Gcid::parse("story").unwrap();
        let call = PeerCall::new(now, start, gcid, 1, Timing::default());
        Story { now, call, wake: None, sent: Vec::new(), ended: Vec::new(), done: false }
    }

    /// `a` calls, and those devices ring.
    pub fn ringing(devices: &str) -> Story {
        let mut story = Story::new(start('a', Some(sdp("a"))));
        let starts: Vec<_> = devices.chars().map(|device| format!("{device} start")).collect();
        assert_eq!(story.ring(devices), starts);
        story
    }

    /// `a` and `b` talk.
    pub fn talking() -> Story {
        let mut story = Story::ringing("b");
        assert_eq!(story.says('b', accept('b')), ["b answered", "a accept"]);
        assert_eq!(story.says('a', Call::AckAccept(it('a'))), ["b ack.accept"]);
        story
    }

    pub fn ring(&mut self, devices: &str) -> Vec<String> {
        let branch = |device| Branch { leg: leg(device), account: Some(AccountId(Uuid::from_u128(7))) };
        self.feed(Input::Branches { legs: devices.chars().map(branch).collect() })
    }

    pub fn says(&mut self, name: char, message: Call) -> Vec<String> {
        self.feed(Input::Browser { leg: leg(name), message })
    }

    pub fn feed(&mut self, input: Input) -> Vec<String> {
        self.call.handle(self.now, input);
        self.drain()
    }

    /// The clock goes on by that much, waking the core where it asked to be woken.
    pub fn after(&mut self, ms: u64) -> Vec<String> {
        let until = self.now + Duration::from_millis(ms);
        let mut heard = Vec::new();
        while let Some(at) = self.wake.take_if(|at| *at <= until) {
            self.now = self.now.max(at);
            heard.extend(self.feed(Input::Timeout));
        }
        self.now = until;
        heard
    }

    pub fn drain(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        while let Some(output) = self.call.poll() {
            match output {
                Output::Send { leg, message } => {
                    assert_eq!((message.id(), message.gcid().map(Gcid::as_str)), (leg, Some("story")));
                    heard.push(told(leg, &message));
                    self.sent.push(message);
                }
                Output::Refuse { leg, error } => heard.push(refused(leg, &error)),
                Output::Wake(at) => self.wake = Some(at),
                Output::Answered { leg } => heard.push(format!("{} answered", name(leg))),
                Output::LegEnded { leg, reason, by_leg, detail } => {
                    self.ended.push((name(leg), reason, by_leg, detail));
                }
                Output::Done => {
                    assert!(!std::mem::replace(&mut self.done, true), "done twice");
                    heard.push("done".into());
                }
            }
        }
        heard
    }

    /// The `sdp` of the last message that has one.
    pub fn last_sdp(&self) -> String {
        let sdp = |message: &Call| match message {
            Call::Start(start) => start.sdp.clone(),
            Call::Accept(accept) => accept.sdp.clone(),
            Call::Progress(body) | Call::FullSdp(body) => Some(body.sdp.clone()),
            Call::ChangeOffer(body) | Call::ChangeAnswer(body) => Some(body.sdp.clone()),
            _ => None,
        };
        self.sent.iter().rev().find_map(sdp).unwrap()
    }
}
