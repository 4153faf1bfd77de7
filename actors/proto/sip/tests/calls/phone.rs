//! A phone for tests: an endpoint, one call, and a user who acts by chance.

use std::time::Instant;

use sip::admission::Capabilities;
use sip::dialog::TimerPolicy;
use sip::endpoint::{Endpoint, Event, Output, SentBy};
use sip::invite::{Action, Incoming, Outgoing, Session};
use sip::message::{CSeq, Headers, Host, MediaType, Method, NameAddr, Request, Status, Uri, name};
use sip::transaction::{ClientKey, ServerKey};
use sip::transport::{Flow, Hop, Protocol};

pub enum Stage {
    Idle,
    Calling(Box<Outgoing>),
    Called(Box<Incoming>),
    Talking(Box<Session>),
    Over,
}

pub struct Phone {
    pub side: usize,
    pub stage: Stage,
    pub seen: Vec<String>,
    pub talked: bool,
    pub answers: u32,
    /// Offers of the other side while one was open.
    pub bad_offers: u32,
    /// Whether it names another address instead of refusing.
    pub redirects: bool,
    endpoint: Endpoint,
    /// The outgoing call, for late 2xx, once the session runs.
    outgoing: Option<Outgoing>,
    invite: Option<ClientKey>,
    sent: Vec<(ClientKey, Request)>,
    offered: bool,
    rng: fastrand::Rng,
}

#[path = "heard.rs"]
mod heard;

const SDP: &[u8] = b"v=0\r\n";

impl Phone {
    pub fn new(side: usize, seed: u64) -> Phone {
        let methods = ["INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO"];
        let methods = methods.iter().filter_map(|method| Method::parse(method)).collect();
        let capabilities =
            Capabilities { methods, extensions: vec!["100rel", "timer"], bodies: vec![MediaType::sdp()] };
        Phone {
            side,
            stage: Stage::Idle,
            seen: Vec::new(),
            talked: false,
            answers: 0,
            bad_offers: 0,
            redirects: false,
            endpoint: Endpoint::new(capabilities, 64),
            outgoing: None,
            invite: None,
            sent: Vec::new(),
            offered: false,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// Of the called sides; the second is another fork of the same call.
    fn tag(&self) -> &'static str {
        if self.side == 2 { "c" } else { "b" }
    }

    fn contact(&self) -> NameAddr {
        NameAddr::parse(&format!("<sip:phone@127.0.0.1:{}>", 5060 + self.side)).unwrap()
    }

    pub fn call(&mut self) {
        let mut invite = Request::new(Method::Invite, Uri::parse("sip:b@127.0.0.1:5061").unwrap());
        for (name, value) in [(name::FROM, "<sip:a@h>;tag=a"), (name::TO, "<sip:b@h>"), (name::CALL_ID, "call")] {
            invite.headers.push(name, value);
        }
        invite.headers.push(name::CSEQ, CSeq { number: 1, method: Method::Invite });
        invite.headers.push(name::CONTACT, self.contact());
        invite.headers.push(name::SUPPORTED, if self.rng.bool() { "100rel, timer" } else { "timer" });
        if self.rng.u8(..4) > 0 {
            invite.set_body(&MediaType::sdp(), SDP.to_vec());
        }
        self.stage = Stage::Calling(Box::new(Outgoing::new(invite, Some(TimerPolicy::default()))));
    }

    /// Something a user may do now.
    pub fn act(&mut self, now: Instant) {
        let chance = self.rng.u8(..10);
        match &mut self.stage {
            Stage::Calling(call) if chance == 0 => call.cancel(),
            Stage::Calling(call) if chance < 4 => drop(call.update(["b", "c"][usize::from(chance % 2)], SDP.to_vec())),
            Stage::Called(call) => match chance {
                0 if self.redirects => {
                    let mut headers = Headers::new();
                    // Itself under another name, then under the one it has.
                    headers.push(name::CONTACT, "<sip:again@127.0.0.1:5061>, <sip:b@127.0.0.1:5061>");
                    call.reject(Status::new(302).unwrap(), &headers);
                }
                0 => call.reject(Status::BUSY_HERE, &Headers::new()),
                1..4 => call.ring(now, Status::RINGING, None),
                4..6 => call.ring(now, Status::SESSION_PROGRESS, Some(SDP.to_vec())),
                6 => drop(call.update(SDP.to_vec())),
                _ => call.accept(now, Some(SDP.to_vec())),
            },
            Stage::Talking(session) => match chance {
                0 => session.bye(None),
                1..3 => drop(session.offer(SDP.to_vec())),
                3 => drop(session.offer_by_update(SDP.to_vec())),
                4 => session.send(Method::Info, &Headers::new(), None),
                _ => self.settle(now),
            },
            Stage::Idle | Stage::Calling(_) | Stage::Over => {}
        }
    }

    fn settle(&mut self, now: Instant) {
        let Stage::Talking(session) = &mut self.stage else { return };
        if std::mem::take(&mut self.offered) {
            match self.rng.u8(..4) {
                0 => session.refuse(Status::NOT_ACCEPTABLE_HERE),
                _ => session.answer(now, SDP.to_vec()),
            }
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

    pub fn ends(&self) -> usize {
        self.seen.iter().filter(|what| what.starts_with("ended")).count()
    }

    pub fn transactions(&self) -> usize {
        self.endpoint.transactions()
    }

    pub fn receive(&mut self, now: Instant, from: usize, bytes: &[u8]) {
        let address = ([127, 0, 0, 1], 5060 + from as u16).into();
        self.endpoint.receive_datagram(now, bytes, Hop { protocol: Protocol::Udp, address, flow: Flow::default() });
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

    /// What goes to the network, and to whom, until nothing is left to do.
    pub fn drain(&mut self, now: Instant) -> Vec<(usize, Vec<u8>)> {
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            let mut worked = self.drain_calls(now);
            while let Some(output) = self.endpoint.poll() {
                worked = true;
                match output {
                    Output::Send { bytes: sent, hop, .. } => {
                        bytes.push((usize::from(hop.address.port() - 5060), sent.to_vec()));
                    }
                    Output::Event(event) => self.on_event(now, event),
                }
            }
            if !worked && bytes.len() == before {
                return bytes;
            }
        }
    }

    fn drain_calls(&mut self, now: Instant) -> bool {
        let late = self.outgoing.as_mut().and_then(Outgoing::poll);
        if let Some(action) = late {
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
        let branch = format!("{}-{:x}", self.side, self.rng.u64(..));
        let host = Host::parse("127.0.0.1").unwrap();
        let sent_by = SentBy { host, port: Some(5060 + self.side as u16) };
        match action {
            Action::Send(request) => {
                let hop = hop_of(&request);
                let key = self.endpoint.send(now, (*request).clone(), hop, &sent_by, &branch).unwrap();
                if *request.method() == Method::Invite && matches!(self.stage, Stage::Calling(_)) {
                    self.invite = Some(key.clone());
                }
                self.sent.push((key, *request));
            }
            Action::Ack(request) => {
                let hop = hop_of(&request);
                self.endpoint.send_ack(now, *request, hop, &sent_by, &branch);
            }
            Action::Cancel => {
                let key = self.invite.clone().unwrap();
                assert!(self.endpoint.cancel(now, &key), "it may be cancelled");
            }
            Action::Respond { key, response } => self.endpoint.respond(now, &key, &response),
            Action::Event(event) => tell(self, now, event),
        }
    }

    fn on_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Request { key, request, .. } => self.on_request(now, key, *request),
            Event::Cancel { key, request, .. } => match &mut self.stage {
                Stage::Called(call) => call.on_cancel(key, &request),
                Stage::Talking(session) => session.on_cancel(key, &request),
                Stage::Idle | Stage::Calling(_) | Stage::Over => {
                    self.endpoint.respond(now, &key, &request.response(Status::OK, Some("b")));
                }
            },
            Event::Ack(request) => match &mut self.stage {
                Stage::Called(call) => call.on_ack(&request),
                Stage::Talking(session) => session.on_ack(&request),
                Stage::Idle | Stage::Calling(_) | Stage::Over => {}
            },
            Event::Response { key, response } => match (&mut self.stage, &mut self.outgoing) {
                (Stage::Calling(call), _) => call.on_response(now, *response),
                (_, Some(call)) if self.invite == Some(key) => call.on_response(now, *response),
                (Stage::Talking(session), _) => session.on_response(now, *response),
                (Stage::Called(call), _) => call.on_response(now, &response),
                (Stage::Idle | Stage::Over, _) => {}
            },
            Event::NoResponse { key, status } => self.on_no_response(now, &key, status),
            Event::ResponseLost(_) => {}
        }
    }

    fn on_no_response(&mut self, now: Instant, key: &ClientKey, status: Status) {
        let request = self.sent.iter().find(|(sent, _)| sent == key).map(|(_, request)| request.clone());
        match (&mut self.stage, request) {
            (Stage::Calling(call), _) if self.invite.as_ref() == Some(key) => call.on_no_response(status),
            (Stage::Talking(session), Some(request)) if self.invite.as_ref() != Some(key) => {
                session.on_no_response(now, &request, status)
            }
            (Stage::Called(call), _) => call.on_no_response(now),
            (Stage::Idle | Stage::Calling(_) | Stage::Talking(_) | Stage::Over, _) => {}
        }
    }

    fn on_request(&mut self, now: Instant, key: ServerKey, request: Request) {
        let in_dialog = request.headers.to().unwrap().tag().is_some();
        if matches!(&self.stage, Stage::Called(call) if call.is_ended()) {
            self.stage = Stage::Idle;
        }
        match &mut self.stage {
            Stage::Idle if *request.method() == Method::Invite && !in_dialog => {
                let contact = self.contact();
                let rseq = self.rng.u32(1..1000);
                let call = Incoming::new(key, request, self.tag(), contact, Headers::new(), rseq).unwrap();
                self.stage = Stage::Called(Box::new(call));
            }
            Stage::Called(call) if in_dialog => call.on_request(now, key, &request),
            Stage::Talking(session) if in_dialog => session.on_request(now, key, request),
            Stage::Idle | Stage::Calling(_) | Stage::Called(_) | Stage::Talking(_) | Stage::Over => {
                self.endpoint.respond(now, &key, &request.response(Status::CALL_DOES_NOT_EXIST, Some("b")));
            }
        }
    }
}

/// Whom a request goes to: by the port of its URI.
fn hop_of(request: &Request) -> Hop {
    let port = request.uri().as_sip().and_then(|uri| uri.port).unwrap();
    Hop { protocol: Protocol::Udp, address: ([127, 0, 0, 1], port).into(), flow: Flow::default() }
}
