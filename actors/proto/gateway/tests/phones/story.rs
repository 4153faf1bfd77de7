//! Stories told message by message: a scripted network, the bridge of the world at once.

use std::time::{Duration, Instant};

use gateway::Timing;
use gateway::sip::{DtmfMode, Input, MediaCommand, MediaEvent, Output, Side, SipCall, SipInput, SipOutput};
use sdp::Direction;
use signal::call::{Call, CallRef, Described, Dtmf, End, Start, Transfer};
use signal::{CallId, EndReason, Gcid};
use sip::message::{CSeq, MediaType, Method, Request, Response, Status, Uri, name};
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
    heard: Vec<String>,
    /// Requests of ours, with their references.
    sent: Vec<(u64, Request)>,
    responses: Vec<Response>,
    asked: Option<u64>,
    keys: Option<String>,
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
        let line = gateway::sip::Line { dtmf: mode, ..line() };
        let call = SipCall::outgoing(now, start(), target, Gcid::parse("g").unwrap(), line, 7, Timing::default());
        let (heard, sent, responses) = (Vec::new(), Vec::new(), Vec::new());
        let mut story = Story { now, call, bridge: Bridge::default(), heard, sent, responses, asked: None, keys: None };
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

    fn says(&mut self, message: Call) -> Vec<String> {
        self.feed(Input::Browser { leg: LEG, message })
    }

    fn drain(&mut self) {
        while let Some(output) = self.call.poll() {
            let text = match output {
                Output::Send { message: Call::End(end), .. } => format!("end {}", end.reason.unwrap_or_default()),
                Output::Send { message: Call::TransferState(body), .. } => format!("transfer {}", body.state),
                Output::Send { message: Call::Info(body), .. } => {
                    format!("info {:?} {}", body.held, body.peer.map(|peer| peer.uri).unwrap_or_default())
                }
                Output::Send { message: Call::Dtmf(body), .. } => format!("dtmf {}", body.dtmf),
                Output::Send { message, .. } => message.method().trim_start_matches("call.").to_owned(),
                Output::Refuse { error, .. } => format!("refused {:?}", error.code),
                Output::Media(command) => {
                    if let MediaCommand::Dtmf { digits, .. } = &command {
                        self.keys = Some(digits.clone());
                    }
                    if let Some(event) = self.bridge.handle(command) {
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
                Output::AskTarget { question, target } => {
                    self.asked = Some(question);
                    format!("may {target}")
                }
                Output::AskReplaces { question, .. } => {
                    self.asked = Some(question);
                    "which".into()
                }
                Output::Done => "done".into(),
                Output::Dialogs(_) | Output::Answered { .. } | Output::LegEnded { .. } | Output::Wake(_) => continue,
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
        let invite = self.sent[0].1.clone();
        let method = Method::parse(method).unwrap();
        let mut request = Request::new(method.clone(), Uri::parse("sip:a@127.0.0.1").unwrap());
        request.headers.push(name::VIA, format!("SIP/2.0/UDP p;branch=z9hG4bK{number}{method}"));
        request.headers.push(name::FROM, "<sip:b@h>;tag=t1");
        request.headers.push(name::TO, invite.headers.from().unwrap());
        request.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
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

#[test]
fn early_media_of_several_forks_and_the_answer_of_one() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    assert_eq!(story.heard, ["alive", "> INVITE"]);
    story.heard.clear();
    assert_eq!(story.respond(Status::RINGING, "t1", None), ["ringing"]);
    assert_eq!(story.respond(Status::SESSION_PROGRESS, "t2", Some((BOTH, None))), ["progress"]);
    assert!(story.respond(Status::RINGING, "t2", None).is_empty(), "it rings already");
    let heard = story.respond(Status::OK, "t1", Some((Direction::SendOnly, None)));
    assert_eq!(heard, ["> ACK", "accept", "info Some(true) "], "at once, whatever the browser says");
    assert_eq!(story.respond(Status::OK, "t2", Some((BOTH, None))), ["> ACK", "> BYE"], "the second fork");
    assert!(story.says(Call::AckAccept(it())).is_empty());
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"]);
}

#[test]
fn what_an_answer_in_183_said_counts_if_the_200_says_nothing() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond(Status::SESSION_PROGRESS, "t1", Some((BOTH, None)));
    assert_eq!(story.respond(Status::OK, "t1", None), ["> ACK", "accept"]);
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.heard.clear();
    assert_eq!(story.respond(Status::OK, "t1", None), ["> ACK", "end notAcceptable", "> BYE"]);
}

#[test]
fn refusals_have_their_reasons() {
    for (code, reason) in
        [(486, "busy"), (603, "declined"), (404, "notFound"), (488, "notAcceptable"), (503, "unavailable")]
    {
        let mut story = Story::outgoing(DtmfMode::Auto);
        story.heard.clear();
        assert_eq!(story.respond(Status::new(code).unwrap(), "x", None), [format!("end {reason}")]);
        story.heard.clear();
        assert_eq!(story.says(Call::AckEnd(it())), ["done"]);
    }
}

#[test]
fn a_caller_that_gives_up_sends_cancel_once_something_came() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    assert_eq!(story.says(end("canceled"))[2..], ["ack.end"]);
    assert_eq!(story.respond(Status::RINGING, "t1", None), ["> CANCEL"]);
    assert_eq!(story.respond(Status::OK, "t1", Some((BOTH, None))), ["> ACK", "> BYE"], "it crossed");
}

#[test]
fn a_redirection_is_followed_once_if_it_is_allowed() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    let moved = Status::new(302).unwrap();
    story.heard.clear();
    let contact = [(name::CONTACT, "<sip:c@h>")];
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &contact), ["may sip:c@h"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri }), ["> INVITE"]);
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &contact), ["end unavailable"]);
}

#[test]
fn a_change_the_phone_need_not_know_is_no_sip_message() {
    let mut story = Story::talking();
    assert_eq!(story.says(Call::ChangeLock(it())), ["change.lock.ok"]);
    assert_eq!(story.says(offer((BOTH, None))), ["change.answer"]);
    let claim = Start { id: CallId(Uuid::from_u128(2)), replace: true, ..start() };
    let heard = story.feed(Input::TakeOver { leg: LEG, start: Box::new(claim) });
    assert_eq!(heard, ["end replaced", "alive", "accept"]);
}

#[test]
fn hold_is_told_by_re_invite_and_again_after_a_glare() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((Direction::SendOnly, None))), ["change.answer", "> INVITE"]);
    assert!(story.last(Method::Invite).1.body().windows(8).any(|text| text == b"sendonly"));
    assert!(story.respond(Status::REQUEST_PENDING, "t1", None).is_empty());
    story.now += Duration::from_secs(4);
    assert_eq!(story.feed(Input::Timeout), ["> INVITE"]);
    assert_eq!(story.respond(Status::OK, "t1", Some((Direction::RecvOnly, None))), ["> ACK"]);
    assert!(story.feed(Input::Timeout).is_empty(), "it knows");
}

#[test]
fn video_waits_for_the_phone_and_a_refusal_keeps_the_call() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((BOTH, Some(BOTH)))), ["> INVITE"]);
    assert_eq!(story.respond(Status::NOT_ACCEPTABLE_HERE, "t1", None), ["change.answer"]);
    assert!(story.feed(Input::Timeout).is_empty());
}

#[test]
fn a_phone_holds_resumes_refreshes_and_wants_an_offer() {
    let mut story = Story::talking();
    assert_eq!(story.offers(2, (Direction::SendOnly, None)), ["info Some(true) ", "> 200"]);
    let answer = story.responses.last().unwrap().clone();
    assert!(answer.body().windows(8).any(|text| text == b"recvonly"));
    assert_eq!(story.offers(3, (BOTH, None)), ["> 500"], "the ACK is not there yet");
    story.acknowledge(2);
    assert_eq!(story.offers(4, (BOTH, None)), ["info Some(false) ", "> 200"]);
    story.acknowledge(4);
    assert_eq!(story.asks("INVITE", 5, &[], None), ["> 200"], "our offer");
}

#[test]
fn a_phone_that_wants_video_waits_for_the_browser_but_not_for_ever() {
    let mut story = Story::talking();
    assert_eq!(story.offers(2, (BOTH, Some(BOTH))), ["change.lock"]);
    assert_eq!(story.says(Call::ChangeLockOk(it())), ["change.offer"]);
    let sdp = write((BOTH, Some(BOTH)), 3);
    assert_eq!(story.says(Call::ChangeAnswer(Described { id: LEG, gcid: None, sdp })), ["> 200"]);
    let mut story = Story::talking();
    story.offers(2, (BOTH, Some(BOTH)));
    story.now += Duration::from_secs(10);
    assert!(story.feed(Input::Timeout).contains(&"> 200".to_owned()));
}

#[test]
fn keys_go_the_way_that_is_agreed_on() {
    let dtmf =
        |keys: &str| Call::Dtmf(Dtmf { id: LEG, gcid: None, dtmf: keys.into(), duration_ms: None, account: None });
    let mut story = Story::talking();
    assert!(story.says(dtmf("1#")).is_empty());
    assert_eq!(story.keys.as_deref(), Some("1#"));
    let body = Some(("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n".to_owned()));
    assert_eq!(story.asks("INFO", 2, &[], body), ["dtmf 5", "> 200"]);
    let event = MediaEvent::Dtmf { side: Side::Phone, digit: '7', duration: Duration::from_millis(100) };
    assert_eq!(story.feed(Input::Media(event)), ["dtmf 7"]);
    let mut story = Story::outgoing(DtmfMode::Info);
    story.respond(Status::OK, "t1", Some((BOTH, None)));
    story.says(Call::AckAccept(it()));
    assert_eq!(story.says(dtmf("1#")), ["> INFO", "> INFO"]);
}

#[test]
fn the_browser_hands_the_call_on() {
    let mut story = Story::talking();
    let transfer = Call::Transfer(Transfer { id: LEG, gcid: None, target: Some("c".into()), replaces: None });
    assert_eq!(story.says(transfer.clone()), ["may c"]);
    assert_eq!(story.says(transfer), ["refused WrongState"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri }), ["transfer trying", "> REFER"]);
    assert!(story.respond_with(Method::Refer, Status::ACCEPTED, "t1", None, &[]).is_empty());
    let notify = |story: &mut Story, number, line: &str, state| {
        let lines = [(name::EVENT, "refer"), (name::SUBSCRIPTION_STATE, state)];
        story.asks("NOTIFY", number, &lines, Some(("message/sipfrag", format!("SIP/2.0 {line}\r\n"))))
    };
    assert_eq!(notify(&mut story, 2, "180 Ringing", "active"), ["transfer ringing", "> 200"]);
    let heard = notify(&mut story, 3, "200 OK", "terminated");
    assert!(
        heard.contains(&"transfer accepted".to_owned()) && heard.contains(&"end transferred".to_owned()),
        "{heard:?}"
    );
    assert!(heard.contains(&"> BYE".to_owned()) && heard.contains(&"> 200".to_owned()), "{heard:?}");
}

#[test]
fn an_attended_transfer_names_the_other_dialog_as_its_far_end_knows_it() {
    let other = Story::talking().call.replaces().unwrap();
    let mut story = Story::talking();
    let transfer = Transfer { id: LEG, gcid: None, target: None, replaces: Some(CallId(Uuid::from_u128(9))) };
    assert_eq!(story.says(Call::Transfer(transfer)), ["which"]);
    let question = story.asked.unwrap();
    story.feed(Input::Transfer { question, other: Some(other.clone()) });
    let refer = story.last(Method::Refer).1;
    let asked = sip::refer::Referral::of_request(&refer).unwrap();
    assert_eq!((asked.target, asked.replaces), (other.0, Some(other.1.clone())));
    assert_eq!(other.1.to_tag, "t1");
}

#[test]
fn the_phone_hands_the_browser_on() {
    let mut story = Story::talking();
    let lines = [(name::REFER_TO, "<sip:c@h>")];
    assert_eq!(story.asks("REFER", 2, &lines, None), ["> 202", "may sip:c@h", "> NOTIFY"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri: uri.clone() }), ["> INVITE"]);
    assert_eq!(story.respond(Status::RINGING, "t9", None), ["> NOTIFY"]);
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(heard[..1], ["> ACK"]);
    for part in ["> NOTIFY", "> BYE", "info None sip:c@h"] {
        assert!(heard.contains(&part.to_owned()), "{part}: {heard:?}");
    }
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"], "the new dialog");
    let mut story = Story::talking();
    story.asks("REFER", 2, &lines, None);
    let question = story.asked.unwrap();
    story.feed(Input::Target { question, uri });
    assert_eq!(story.respond(Status::BUSY_HERE, "t9", None), ["> NOTIFY"], "the old one stays");
    assert!(story.offers(3, (Direction::SendOnly, None)).contains(&"> 200".to_owned()));
}

#[test]
fn somebody_takes_the_phones_place() {
    let mut story = Story::talking();
    let (_, replaces) = story.call.replaces().unwrap();
    let mut request = Request::new(Method::Invite, Uri::parse("sip:a@127.0.0.1").unwrap());
    request.headers.push(name::VIA, "SIP/2.0/UDP c;branch=z9hG4bKc");
    request.headers.push(name::FROM, "<sip:c@h>;tag=c");
    request.headers.push(name::TO, "<sip:a@h>");
    request.headers.push(name::CALL_ID, "other");
    request.headers.push(name::CSEQ, "1 INVITE");
    request.headers.push(name::CONTACT, "<sip:c@127.0.0.1>");
    // As its side names the dialog: the tag of who is asked comes first.
    let named = format!("{};to-tag={};from-tag={}", replaces.call_id, replaces.from_tag, replaces.to_tag);
    request.headers.push(name::REPLACES, named);
    request.set_body(&MediaType::sdp(), write((BOTH, None), 1).into_bytes());
    let key = ServerKey::of_request(&request).unwrap();
    let heard = story.feed(Input::Replacing { key, request: Box::new(request) });
    for part in ["> 200", "> BYE", "info None sip:c@h"] {
        assert!(heard.contains(&part.to_owned()), "{part}: {heard:?}");
    }
}

#[test]
fn dead_media_and_a_silent_phone_end_the_call() {
    let mut story = Story::talking();
    let detail = "gone".to_owned();
    assert_eq!(story.feed(Input::Media(MediaEvent::Failed { detail })), ["end mediaFailed", "> BYE"]);
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })), ["> OPTIONS"]);
    let (reference, _) = story.last(Method::Options);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status: Status::REQUEST_TIMEOUT }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::LegLost { leg: LEG }), ["> BYE"]);
    let mut story = Story::talking();
    let drained = Input::End { reason: EndReason::Unavailable, detail: None };
    assert_eq!(story.feed(drained), ["end unavailable", "> BYE"]);
}

impl Story {
    fn acknowledge(&mut self, number: u32) {
        let invite = self.sent[0].1.clone();
        let mut ack = Request::new(Method::Ack, Uri::parse("sip:a@127.0.0.1").unwrap());
        ack.headers.push(name::FROM, "<sip:b@h>;tag=t1");
        ack.headers.push(name::TO, invite.headers.from().unwrap());
        ack.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
        ack.headers.push(name::CSEQ, CSeq { number, method: Method::Ack });
        let heard = self.feed(Input::Sip(SipInput::Ack(Box::new(ack))));
        assert!(heard.is_empty(), "{heard:?}");
    }
}
