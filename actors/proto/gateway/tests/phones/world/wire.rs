//! The core and its SIP transactions, and the network between them and the phone.

use gateway::Timing;
use gateway::sip::{Branch, Input, SipCall, SipInput, SipOutput};
use signal::Gcid;
use sip::dialog::DialogId;
use sip::endpoint::{Event, Output as Wire};
use sip::message::{Method, Request, Status, name};
use sip::transaction::ServerKey;
use sip::transport::Hop;

use super::super::phone::{hop, sent_by};
use super::{Happening, World, line};

impl World {
    pub(super) fn perform(&mut self, output: SipOutput) {
        let (now, branch) = (self.instant(), format!("a-{:x}", self.rng.u64(..)));
        match output {
            SipOutput::Send { reference, request } => {
                let hop = way_to(&request);
                let key = self.endpoint.send(now, *request, hop, &sent_by(0), &branch).unwrap();
                self.references.insert(reference, key.clone());
                self.keys.insert(key, reference);
            }
            SipOutput::Ack(request) => {
                let hop = way_to(&request);
                self.endpoint.send_ack(now, *request, hop, &sent_by(0), &branch);
            }
            SipOutput::Cancel { reference } => {
                let key = self.references[&reference].clone();
                self.endpoint.cancel(now, &key);
            }
            SipOutput::Respond { key, response } => self.endpoint.respond(now, &key, &response),
        }
    }

    pub(super) fn drain_endpoint(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Wire::Send { bytes, hop, .. } => self.transmit(0, hop.address.port() - 5060, &bytes),
                Wire::Event(event) => self.on_event(event),
            }
        }
        self.drain_phones();
    }

    pub(super) fn drain_phones(&mut self) {
        let now = self.instant();
        for side in 1..=2 {
            let phone = &mut self.phones[usize::from(side) - 1];
            if !phone.dead || phone.gone.is_some() {
                phone.drain(now).into_iter().for_each(|bytes| self.transmit(side, 0, &bytes));
            }
        }
    }

    fn transmit(&mut self, from: u16, to: u16, bytes: &[u8]) {
        if self.prints {
            println!("{:>7} {from} -> {to} {}", self.now, first_lines(bytes));
        }
        if self.rng.u8(..100) < self.loss {
            return;
        }
        let copies = if self.rng.u8(..20) == 0 { 2 } else { 1 };
        for _ in 0..copies {
            let longest = if self.rng.u8(..10) == 0 { 900 } else { 60 };
            let at = self.now + self.rng.u64(1..longest);
            self.at(at, Happening::Bytes(from, to, bytes.to_vec()));
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Request { key, request, .. } => self.on_request(key, request),
            Event::Cancel { key, request, invite } => {
                self.feed_or_refuse(key.clone(), request.clone(), Input::Sip(SipInput::Cancel { key, request, invite }))
            }
            Event::Ack(request) => self.feed(Input::Sip(SipInput::Ack(request))),
            Event::Response { key, response } => {
                if let Some(reference) = self.keys.get(&key).copied() {
                    self.feed(Input::Sip(SipInput::Response { reference, response }));
                }
            }
            Event::NoResponse { key, status } => {
                if let Some(reference) = self.keys.get(&key).copied() {
                    self.feed(Input::Sip(SipInput::NoResponse { reference, status }));
                }
            }
            Event::ResponseLost(key) => self.feed(Input::Sip(SipInput::ResponseLost(key))),
        }
    }

    fn on_request(&mut self, key: ServerKey, request: Box<Request>) {
        let is_new = *request.method() == Method::Invite && request.headers.to().unwrap().tag().is_none();
        if is_new && self.call.is_none() && !self.outgoing {
            let (gcid, seed) = (Gcid::parse("world").unwrap(), self.rng.u64(..));
            self.call = Some(SipCall::incoming(self.instant(), key, *request, gcid, line(), seed, Timing::default()));
            self.drain_call();
            let legs = self.pages.iter().map(|page| Branch { leg: page.leg, account: None }).collect();
            return self.feed(Input::Branches { legs });
        }
        if is_new && self.call.is_some() && request.headers.has(&name::REPLACES) {
            let input = Input::Replacing { key: key.clone(), request: request.clone() };
            return self.feed_or_refuse(key, request, input);
        }
        let id = DialogId::of_request(&request).unwrap();
        let input = Input::Sip(SipInput::Request { key: key.clone(), request: request.clone() });
        match self.dialogs.contains(&id) {
            true => self.feed_or_refuse(key, request, input),
            false => {
                let response = request.response(Status::CALL_DOES_NOT_EXIST, Some("a"));
                self.endpoint.respond(self.instant(), &key, &response);
            }
        }
    }

    fn feed_or_refuse(&mut self, key: ServerKey, request: Box<Request>, input: Input) {
        if self.done || self.call.is_none() {
            let response = request.response(Status::CALL_DOES_NOT_EXIST, Some("a"));
            return self.endpoint.respond(self.instant(), &key, &response);
        }
        self.feed(input);
    }
}

/// By the port of its URI.
fn way_to(request: &Request) -> Hop {
    let port = request.uri().as_sip().and_then(|uri| uri.port).unwrap();
    hop(port - 5060)
}

fn first_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let of = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let directions: Vec<_> = text.lines().filter(|line| line.starts_with("a=") || line.starts_with("m=")).collect();
    format!("{} | {} | {}", text.lines().next().unwrap_or_default(), of("CSeq"), directions.join(" "))
}
