//! Stories told message by message: a scripted network, the bridge of the world at once.

mod change;
mod end;
mod handover;
mod keys;
mod reach;
mod start;
mod transfer;

use std::collections::VecDeque;
use std::time::Instant;

use gateway::Timing;
use gateway::sip::{AskedBy, DtmfMode, Input, Line, MediaCommand, MediaEvent, Output, SipCall, SipInput, SipOutput};
use signal::call::{Call, CallRef, Described, End, Start};
use signal::{CallId, Gcid};
use sip::message::{CSeq, MediaType, Method, NameAddr, Request, Response, Status, Uri, name};
use sip::transaction::ServerKey;
use uuid::Uuid;

use super::bridge::{Bridge, Kinds, write};
use super::phone::BOTH;
use super::world::line;

const LEG: CallId = CallId(Uuid::from_u128(1));

struct Story {
    now: Instant,
    call: SipCall,
    bridge: Bridge,
    /// Whether what the bridge tells waits for [`Story::media`].
    is_slow: bool,
    events: VecDeque<MediaEvent>,
    heard: Vec<String>,
    /// The phone's, or ours.
    invite: Request,
    /// Requests of ours, with their references.
    sent: Vec<(u64, Request)>,
    responses: Vec<Response>,
    asked: Option<u64>,
    wake: Option<Instant>,
    /// Keys to the bridge.
    keys: String,
}

fn start() -> Start {
    let sdp = Some(write((BOTH, None), 1));
    let target = "b".to_owned();
    Start { id: LEG, gcid: None, account: None, replace: false, trickle: true, target, sdp, peer: None, media: None }
}

impl Story {
    fn outgoing(mode: DtmfMode) -> Story {
        let now = Instant::now();
        let target = Uri::parse("sip:b@h").unwrap();
        let line = Line { dtmf: mode, ..line() };
        let call = SipCall::outgoing(now, start(), target, Gcid::parse("g").unwrap(), line, 7, Timing::default());
        let mut story = Story::of(now, call, Request::new(Method::Invite, Uri::parse("sip:nobody").unwrap()));
        story.invite = story.last(Method::Invite).1;
        story
    }

    /// A phone calls; nobody was asked yet.
    fn incoming(lines: &[(name::Name, &str)], kinds: Option<Kinds>) -> Story {
        Story::incoming_on(line(), lines, kinds)
    }

    fn incoming_on(line: Line, lines: &[(name::Name, &str)], kinds: Option<Kinds>) -> Story {
        let now = Instant::now();
        let mut invite = Request::new(Method::Invite, Uri::parse("sip:a@127.0.0.1").unwrap());
        invite.headers.push(name::VIA, "SIP/2.0/UDP p;branch=z9hG4bK1");
        invite.headers.push(name::FROM, "<sip:b@h>;tag=t1");
        invite.headers.push(name::TO, "<sip:a@h>");
        invite.headers.push(name::CALL_ID, "incoming");
        invite.headers.push(name::CSEQ, "1 INVITE");
        invite.headers.push(name::CONTACT, "<sip:t1@127.0.0.1>");
        lines.iter().for_each(|(name, value)| invite.headers.push(name.clone(), value));
        if let Some(kinds) = kinds {
            invite.set_body(&MediaType::sdp(), write(kinds, 1).into_bytes());
        }
        let key = ServerKey::of_request(&invite).unwrap();
        let gcid = Gcid::parse("g").unwrap();
        let call = SipCall::incoming(now, key, invite.clone(), gcid, line, 7, Timing::default());
        Story::of(now, call, invite)
    }

    fn of(now: Instant, call: SipCall, invite: Request) -> Story {
        let (heard, sent, responses) = (Vec::new(), Vec::new(), Vec::new());
        let mut story = Story {
            now,
            call,
            bridge: Bridge::default(),
            is_slow: false,
            events: VecDeque::new(),
            heard,
            invite,
            sent,
            responses,
            asked: None,
            wake: None,
            keys: String::new(),
        };
        story.drain();
        story
    }

    /// An answered call.
    fn talking() -> Story {
        let mut story = Story::outgoing(DtmfMode::Auto);
        let ok = story.respond(Status::OK, "t1", Some((BOTH, None)));
        assert!(ok.contains(&"accept".to_owned()), "{ok:?}");
        story.says(Call::AckAccept(it()));
        story
    }

    fn feed(&mut self, input: Input) -> Vec<String> {
        self.call.handle(self.now, input);
        self.drain();
        std::mem::take(&mut self.heard)
    }

    /// What the bridge tells next.
    fn media(&mut self) -> Vec<String> {
        let event = self.events.pop_front().expect("an event of the bridge");
        self.feed(Input::Media(event))
    }

    fn says(&mut self, message: Call) -> Vec<String> {
        self.feed(Input::Browser { leg: LEG, message })
    }

    fn drain(&mut self) {
        while let Some(output) = self.call.poll() {
            let text = match output {
                Output::Send { message: Call::End(end), .. } => format!("end {}", end.reason.unwrap_or_default()),
                Output::Send { message: Call::TransferState(body), .. } => format!("transfer {}", body.state),
                Output::Send { message: Call::Info(body), .. } => {
                    let more: Vec<_> = body.more.iter().map(|(name, value)| format!("{name} {value}")).collect();
                    let peer = body.peer.map(|peer| peer.uri).unwrap_or_default();
                    if more.is_empty() { format!("info {:?} {peer}", body.held) } else { more.join(" ") }
                }
                Output::Send { message: Call::Dtmf(body), .. } => format!("dtmf {}", body.dtmf),
                Output::Send { message, .. } => message.method().trim_start_matches("call.").to_owned(),
                Output::Refuse { error, .. } => format!("refused {:?}", error.code),
                Output::Media(command) => {
                    if let MediaCommand::Dtmf { digits, .. } = &command {
                        self.keys += digits;
                    }
                    let event = self.bridge.handle(command);
                    self.events.extend(event);
                    if !self.is_slow
                        && let Some(event) = self.events.pop_front()
                    {
                        self.call.handle(self.now, Input::Media(event));
                    }
                    continue;
                }
                Output::Sip(SipOutput::Send { reference, request }) => {
                    let text = format!("> {}", request.method());
                    self.sent.push((reference, *request));
                    text
                }
                Output::Sip(SipOutput::Ack(_)) => "> ACK".into(),
                Output::Sip(SipOutput::Cancel { .. }) => "> CANCEL".into(),
                Output::Sip(SipOutput::Respond { response, .. }) => {
                    let text = format!("> {}", response.status());
                    self.responses.push(*response);
                    text
                }
                Output::Challenged { .. } => "challenged".into(),
                Output::AskTarget { question, by, target } => {
                    self.asked = Some(question);
                    match by {
                        AskedBy::Browser => format!("may {target}"),
                        AskedBy::Redirection => format!("moved to {target}"),
                        AskedBy::Referral { replaces: false } => format!("referred to {target}"),
                        AskedBy::Referral { replaces: true } => format!("referred to {target} in place of another"),
                    }
                }
                Output::AskReplaces { question, .. } => {
                    self.asked = Some(question);
                    "which".into()
                }
                Output::Done => "done".into(),
                Output::Wake(at) => {
                    self.wake = Some(at);
                    continue;
                }
                Output::Dialogs(_) | Output::Answered { .. } | Output::LegEnded { .. } => continue,
            };
            self.heard.push(text);
        }
    }

    /// The last request of that method.
    fn last(&self, method: Method) -> (u64, Request) {
        self.sent.iter().rev().find(|(_, request)| *request.method() == method).unwrap().clone()
    }

    /// A response to the last INVITE.
    fn respond(&mut self, status: Status, tag: &str, kinds: Option<Kinds>) -> Vec<String> {
        self.respond_with(Method::Invite, status, tag, kinds, &[])
    }

    fn respond_with(
        &mut self,
        method: Method,
        status: Status,
        tag: &str,
        kinds: Option<Kinds>,
        lines: &[(name::Name, &str)],
    ) -> Vec<String> {
        let (reference, request) = self.last(method);
        let mut response = request.response(status, Some(tag));
        if status.code() < 300 {
            response.headers.push(name::CONTACT, format!("<sip:{tag}@127.0.0.1>"));
        }
        lines.iter().for_each(|(name, value)| response.headers.push(name.clone(), value));
        if let Some(kinds) = kinds {
            response.set_body(&MediaType::sdp(), write(kinds, u64::from(status.code())).into_bytes());
        }
        self.feed(Input::Sip(SipInput::Response { reference, response: Box::new(response) }))
    }

    /// A request of the phone's in the dialog with `tag`.
    fn asks(
        &mut self,
        method: &str,
        number: u32,
        lines: &[(name::Name, &str)],
        body: Option<(&str, String)>,
    ) -> Vec<String> {
        let method = Method::parse(method).unwrap();
        let mut request = Request::new(method.clone(), Uri::parse("sip:a@127.0.0.1").unwrap());
        request.headers.push(name::VIA, format!("SIP/2.0/UDP p;branch=z9hG4bK{number}{method}"));
        request.headers.push(name::FROM, "<sip:b@h>;tag=t1");
        request.headers.push(name::TO, self.own());
        request.headers.push(name::CALL_ID, self.invite.headers.call_id().unwrap());
        request.headers.push(name::CSEQ, CSeq { number, method });
        request.headers.push(name::CONTACT, "<sip:t1@127.0.0.1>");
        lines.iter().for_each(|(name, value)| request.headers.push(name.clone(), value));
        if let Some((kind, body)) = body {
            request.set_body(&MediaType::parse(kind).unwrap(), body.into_bytes());
        }
        let key = ServerKey::of_request(&request).unwrap();
        self.feed(Input::Sip(SipInput::Request { key, request: Box::new(request) }))
    }

    fn offers(&mut self, number: u32, kinds: Kinds) -> Vec<String> {
        self.asks("INVITE", number, &[], Some(("application/sdp", write(kinds, number.into()))))
    }

    /// Our end of the dialog with the phone, with its tag.
    fn own(&self) -> NameAddr {
        let from = self.invite.headers.from().unwrap();
        let is_theirs = from.tag().as_deref() == Some("t1");
        if is_theirs { self.responses[0].headers.to().unwrap() } else { from }
    }

    fn acknowledge(&mut self, number: u32) {
        let invite = self.invite.clone();
        let heard = self.ack_of(&invite, number, None);
        assert!(heard.is_empty(), "{heard:?}");
    }

    fn ack_of(&mut self, invite: &Request, number: u32, kinds: Option<Kinds>) -> Vec<String> {
        let mut ack = Request::new(Method::Ack, Uri::parse("sip:a@127.0.0.1").unwrap());
        ack.headers.push(name::FROM, "<sip:b@h>;tag=t1");
        ack.headers.push(name::TO, self.own());
        ack.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
        ack.headers.push(name::CSEQ, CSeq { number, method: Method::Ack });
        if let Some(kinds) = kinds {
            ack.set_body(&MediaType::sdp(), write(kinds, 6).into_bytes());
        }
        self.feed(Input::Sip(SipInput::Ack(Box::new(ack))))
    }
}

fn it() -> CallRef {
    CallRef { id: LEG, gcid: None }
}

fn offer(kinds: Kinds) -> Call {
    Call::ChangeOffer(Described { id: LEG, gcid: None, sdp: write(kinds, 9) })
}

fn end(reason: &str) -> Call {
    Call::End(End { id: LEG, gcid: None, reason: Some(reason.into()), detail: None })
}
