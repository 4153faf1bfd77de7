//! A phone made of crate `sip`: an endpoint, one call, and a user.

mod happenings;

use std::time::Instant;

use sdp::Direction;
use sip::admission::Capabilities;
use sip::dialog::{DialogId, TimerPolicy};
use sip::endpoint::{Endpoint, Output, SentBy};
use sip::invite::{Action, Incoming, Outgoing, Session};
use sip::message::{CSeq, Headers, Host, MediaType, Method, NameAddr, Replaces, Request, Status, Uri, name};
use sip::refer::Referral;
use sip::transaction::ClientKey;
use sip::transport::{Flow, Hop, Protocol};

use super::bridge::{Kinds, answer, read, write};

pub enum Stage {
    Idle,
    Calling(Box<Outgoing>),
    Called(Box<Incoming>),
    Talking(Box<Session>),
    Over,
}

pub struct Phone {
    /// 1, or 2: who is called instead.
    side: u16,
    pub stage: Stage,
    /// What its user wants, and what the other side said last.
    pub wish: Kinds,
    /// What of it the other side knows.
    pub told: Kinds,
    pub far: Option<Kinds>,
    offering: Option<Kinds>,
    pub seen: Vec<String>,
    pub dead: bool,
    /// Once it is dead: what its proxy says of it.
    pub gone: Option<Status>,
    /// It hangs up as soon as the call stands.
    pub leaves: bool,
    challenges: bool,
    /// It challenges what would do no more than ask, by itself.
    strict: bool,
    retry_at: Option<Instant>,
    /// Of the early dialogs of its call.
    tags: Vec<String>,
    endpoint: Endpoint,
    late: Option<Outgoing>,
    invite: Option<ClientKey>,
    sent: Vec<(ClientKey, Request)>,
    serial: u64,
    rng: fastrand::Rng,
}

pub fn capabilities() -> Capabilities {
    let methods = ["INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "OPTIONS", "REFER", "NOTIFY"];
    let methods = methods.iter().filter_map(|method| Method::parse(method)).collect();
    let kinds = ["application/sdp", "application/dtmf-relay", "message/sipfrag"];
    let bodies = kinds.iter().filter_map(|kind| MediaType::parse(kind)).collect();
    Capabilities { methods, extensions: vec!["100rel", "timer", "replaces"], bodies }
}

pub fn hop(side: u16) -> Hop {
    Hop { protocol: Protocol::Udp, address: ([127, 0, 0, 1], 5060 + side).into(), flow: Flow::default() }
}

pub fn sent_by(side: u16) -> SentBy {
    SentBy { host: Host::parse("127.0.0.1").unwrap(), port: Some(5060 + side) }
}

impl Phone {
    pub fn new(side: u16, seed: u64, wish: Kinds) -> Phone {
        let mut rng = fastrand::Rng::with_seed(seed);
        Phone {
            side,
            stage: Stage::Idle,
            wish,
            told: wish,
            far: None,
            offering: None,
            seen: Vec::new(),
            dead: false,
            gone: None,
            leaves: false,
            challenges: rng.u8(..4) == 0,
            strict: rng.u8(..8) == 0,
            retry_at: None,
            tags: Vec::new(),
            endpoint: Endpoint::new(capabilities(), 64),
            late: None,
            invite: None,
            sent: Vec::new(),
            serial: 0,
            rng,
        }
    }

    fn contact(&self) -> NameAddr {
        NameAddr::parse(&format!("<sip:phone@127.0.0.1:{}>", 5060 + self.side)).unwrap()
    }

    fn describe(&mut self, kinds: Kinds) -> Vec<u8> {
        self.serial += 1;
        write(kinds, self.serial).into_bytes()
    }

    /// `late`: without an offer. `replaces`: whose place it takes.
    pub fn call(&mut self, late: bool, replaces: Option<Replaces>) {
        let mut invite = Request::new(Method::Invite, Uri::parse("sip:a@127.0.0.1:5060").unwrap());
        invite.headers.push(name::FROM, format!("Bob <sip:b{0}@h>;tag=b{0}", self.side));
        invite.headers.push(name::TO, "<sip:a@h>");
        invite.headers.push(name::CALL_ID, format!("call{}", self.side));
        invite.headers.extend(&name::REPLACES, replaces);
        invite.headers.push(name::CSEQ, CSeq { number: 1, method: Method::Invite });
        invite.headers.push(name::CONTACT, self.contact());
        let supported = if self.rng.bool() { "100rel, timer" } else { "timer" };
        invite.headers.push(name::SUPPORTED, supported);
        if self.rng.u8(..4) == 0 {
            invite.headers.push(name::REQUIRE, "100rel");
        }
        if !late {
            let sdp = self.describe(self.wish);
            invite.set_body(&MediaType::sdp(), sdp);
        }
        self.stage = Stage::Calling(Box::new(Outgoing::new(invite, Some(TimerPolicy::default()))));
    }

    fn answer_to(&mut self) -> Vec<u8> {
        let Stage::Called(call) = &self.stage else { return Vec::new() };
        let offer = call.offer().map(|sdp| read(std::str::from_utf8(sdp).unwrap()));
        self.far = offer.or(self.far);
        let kinds = offer.map_or(self.wish, |offer| answer(offer, self.wish));
        self.told = self.wish;
        self.describe(kinds)
    }

    /// Something its user does while it rings: 0 to 9, or [`REDIRECT`].
    pub fn ring(&mut self, now: Instant, what: u8) {
        let sdp = self.answer_to();
        let Stage::Called(call) = &mut self.stage else { return };
        match what {
            0 => call.reject(Status::BUSY_HERE, &Headers::new()),
            REDIRECT if self.side == 1 => {
                let mut elsewhere = Headers::new();
                elsewhere.push(name::CONTACT, format!("<{THIRD}>"));
                call.reject(Status::new(302).unwrap(), &elsewhere);
                self.seen.push("redirected".into());
            }
            1 | 2 => call.ring(now, Status::RINGING, None),
            3 | 4 => call.ring(now, Status::SESSION_PROGRESS, Some(sdp)),
            _ => call.accept(now, Some(sdp)),
        }
    }

    /// Says by UPDATE what it wants, before the call is answered. Not while a PRACK is under way: its answer would be
    /// overtaken by the offer, and the PRACK be out of order for good (RFC 3261 section 12.2.2).
    pub fn update(&mut self, wish: Kinds) {
        if self.sent.iter().any(|(_, request)| *request.method() == Method::Prack) {
            return;
        }
        let sdp = self.describe(wish);
        let is_sent = match &mut self.stage {
            Stage::Calling(call) => self.tags.iter().any(|tag| call.update(tag, sdp.clone())),
            Stage::Called(call) => call.update(sdp),
            Stage::Idle | Stage::Talking(_) | Stage::Over => false,
        };
        if is_sent {
            self.wish = wish;
            self.offering = Some(wish);
            self.seen.push("early update".into());
        }
    }

    /// Hands the call on to the third phone.
    pub fn refer(&mut self) {
        if let Stage::Talking(session) = &mut self.stage {
            let referral = Referral { target: Uri::parse(THIRD).unwrap(), replaces: None, referred_by: None };
            session.send(Method::Refer, &referral.headers(), None);
            self.seen.push("refer".into());
        }
    }

    /// How another phone names the dialog it is in.
    pub fn replaced(&self) -> Option<Replaces> {
        let Stage::Talking(session) = &self.stage else { return None };
        let DialogId { call_id, local_tag, remote_tag } = session.dialog().id().clone();
        Some(Replaces { call_id, to_tag: remote_tag, from_tag: local_tag, early_only: false })
    }

    pub fn press(&mut self) {
        if let Stage::Talking(session) = &mut self.stage {
            let press = sip::dtmf::Press::new('5', std::time::Duration::from_millis(100)).unwrap();
            session.send(Method::Info, &Headers::new(), Some(press.body()));
        }
    }

    /// Says what changed, when nothing is open.
    pub fn tick(&mut self, now: Instant) {
        let due = self.retry_at.is_none_or(|at| at <= now);
        if self.wish == self.told || !due {
            return;
        }
        let (wish, sdp) = (self.wish, self.describe(self.wish));
        if let Stage::Talking(session) = &mut self.stage
            && session.offer(sdp)
        {
            self.offering = Some(wish);
        }
    }

    pub fn hang_up(&mut self) {
        match &mut self.stage {
            Stage::Calling(call) => call.cancel(),
            Stage::Called(call) => call.reject(Status::DECLINE, &Headers::new()),
            Stage::Talking(session) => session.bye(None),
            Stage::Idle | Stage::Over => {}
        }
    }

    pub fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Called(call) => call.is_ended(),
            Stage::Idle | Stage::Over => true,
            Stage::Calling(_) | Stage::Talking(_) => false,
        }
    }

    pub fn is_called(&self) -> bool {
        matches!(&self.stage, Stage::Called(call) if !call.is_ended())
    }

    pub fn is_calling(&self) -> bool {
        !self.dead && matches!(self.stage, Stage::Calling(_))
    }

    pub fn is_talking(&self) -> bool {
        !self.dead && matches!(self.stage, Stage::Talking(_))
    }

    pub fn transactions(&self) -> usize {
        self.endpoint.transactions()
    }

    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        self.endpoint.receive_datagram(now, bytes, hop(0));
    }

    pub fn wake(&self) -> Option<Instant> {
        let call = match &self.stage {
            Stage::Called(call) => call.wake(),
            Stage::Talking(session) => session.wake(),
            Stage::Idle | Stage::Calling(_) | Stage::Over => None,
        };
        self.endpoint.next_wake().into_iter().chain(call).min()
    }

    pub fn on_wake(&mut self, now: Instant) {
        self.endpoint.wake(now);
        match &mut self.stage {
            Stage::Called(call) => call.on_wake(now),
            Stage::Talking(session) => session.on_wake(now),
            Stage::Idle | Stage::Calling(_) | Stage::Over => {}
        }
    }

    pub fn drain(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let mut worked = self.gone.is_none() && self.drain_calls(now);
            while let Some(output) = self.endpoint.poll() {
                worked = true;
                match output {
                    Output::Send { bytes: sent, .. } => bytes.push(sent.to_vec()),
                    Output::Event(event) => self.on_event(now, event),
                }
            }
            if !worked {
                return bytes;
            }
        }
    }

    fn drain_calls(&mut self, now: Instant) -> bool {
        if let Some(action) = self.late.as_mut().and_then(Outgoing::poll) {
            self.perform(now, action, Phone::on_outgoing);
            return true;
        }
        match &mut self.stage {
            Stage::Calling(call) => call.poll().map(|action| self.perform(now, action, Phone::on_outgoing)).is_some(),
            Stage::Called(call) => call.poll().map(|action| self.perform(now, action, Phone::on_incoming)).is_some(),
            Stage::Talking(session) => {
                session.poll().map(|action| self.perform(now, action, Phone::on_session)).is_some()
            }
            Stage::Idle | Stage::Over => false,
        }
    }

    fn perform<E>(&mut self, now: Instant, action: Action<E>, tell: impl FnOnce(&mut Phone, Instant, E)) {
        let branch = format!("b{}-{:x}", self.side, self.rng.u64(..));
        match action {
            Action::Send(request) => {
                let key = self.endpoint.send(now, (*request).clone(), hop(0), &sent_by(self.side), &branch).unwrap();
                if *request.method() == Method::Invite && matches!(self.stage, Stage::Calling(_)) {
                    self.invite = Some(key.clone());
                }
                self.sent.push((key, *request));
            }
            Action::Ack(request) => self.endpoint.send_ack(now, *request, hop(0), &sent_by(self.side), &branch),
            Action::Cancel => drop(self.endpoint.cancel(now, &self.invite.clone().unwrap())),
            Action::Respond { key, response } => self.endpoint.respond(now, &key, &response),
            Action::Event(event) => tell(self, now, event),
        }
    }
}

/// Where calls are handed on to.
pub const THIRD: &str = "sip:phone@127.0.0.1:5062";
/// See [`Phone::ring`].
pub const REDIRECT: u8 = 10;
/// Whether the writer speaks and listens.
pub const BOTH: Direction = Direction::SendRecv;
