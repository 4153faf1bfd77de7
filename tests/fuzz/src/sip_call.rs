//! A call whose other side does anything at any time: an outgoing one, an incoming one, or one that stands. Each
//! byte is a choice of the other side, of the user, or of time. Nothing panics, little is done for each, what is
//! sent can be read, and nobody learns twice how a call began or ended.

use std::time::{Duration, Instant};

use sip::dialog::{Dialog, Negotiation, SessionTimer, TimerPolicy};
use sip::invite::{Action, Incoming, IncomingEvent, Outgoing, OutgoingEvent, Session, SessionEvent, Setup};
use sip::message::{Headers, MediaType, Method, NameAddr, Request, Response, Status, name};
use sip::message::{Incoming as Read, parse_datagram};
use sip::transaction::ServerKey;

use crate::sip_peer::{Choices, SDP, request, response};

/// Most actions that one input of ours or theirs brings about.
const ACTIONS: usize = 80;

/// Panics on a finding.
pub fn check(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    match choices.next() % 3 {
        0 => outgoing(&mut choices),
        1 => incoming(&mut choices),
        _ => session(&mut choices),
    }
}

/// What a side did: the numbers of its requests rise, what it sends can be read.
#[derive(Default)]
struct Seen {
    ends: u32,
    last: Option<(ServerKey, Request)>,
    challenged: Option<Method>,
}

fn drain<E>(mut poll: impl FnMut() -> Option<Action<E>>, mut learn: impl FnMut(E)) {
    for count in 0.. {
        assert!(count < ACTIONS, "too much is done");
        match poll() {
            None => return,
            Some(Action::Event(event)) => learn(event),
            Some(Action::Send(request) | Action::Ack(request)) => {
                let mut request = *request;
                request.headers.push_front(name::VIA, "SIP/2.0/UDP h;branch=z9hG4bKus");
                readable(&request.to_bytes());
            }
            Some(Action::Respond { response, .. }) => readable(&response.to_bytes()),
            Some(Action::Cancel) => {}
        }
    }
}

fn readable(bytes: &[u8]) {
    assert!(matches!(parse_datagram(bytes), Ok(Read::Message(_))), "{}", String::from_utf8_lossy(bytes));
}

fn contact() -> NameAddr {
    NameAddr::parse("<sip:us@192.0.2.9>").expect("an address")
}

fn extra() -> Headers {
    let mut extra = Headers::new();
    extra.push(name::SUPPORTED, "timer, 100rel");
    extra
}

fn outgoing(choices: &mut Choices<'_>) {
    let (mut now, mut ends) = (Instant::now(), 0);
    let mut invite = request(choices, Method::Invite);
    invite.headers.set(name::TO, "<sip:them@h>");
    invite.headers.set(name::CONTACT, contact());
    let mut call = Outgoing::new(invite, Some(TimerPolicy::default()));
    let (mut answered, mut moved) = (None, None);
    while let Some(choice) = choices.more() {
        match choice % 10 {
            0 => call.cancel(),
            1 if moved.is_some() => call.redirect(moved.take()),
            1 => call.again(),
            2 => call.fail(Status::DECLINE, None),
            3 => call.answer_early(choices.tag(), SDP.to_vec()),
            4 => call.answer_update(choices.tag(), choices.description()),
            5 => {
                let method = choices.method();
                let request = request(choices, method);
                call.on_request(key(&request), &request);
            }
            6 => call.on_no_response(Status::REQUEST_TIMEOUT),
            7 => now += choices.pause(),
            _ => call.on_response(now, response(choices, Method::Invite)),
        }
        if let Some(answered) = &mut answered {
            call.acknowledge(answered, SDP.to_vec());
        }
        drain(
            || call.poll(),
            |event| match event {
                OutgoingEvent::Answered(now) => (ends, answered) = (ends + 1, Some(*now)),
                OutgoingEvent::Failed { .. } => ends += 1,
                OutgoingEvent::Redirected(target) => moved = Some(target),
                OutgoingEvent::Progress { .. } | OutgoingEvent::EarlyOffer { .. } | OutgoingEvent::Challenged(_) => {}
            },
        );
        assert!(ends <= 1, "it is answered or it fails, once");
    }
}

fn incoming(choices: &mut Choices<'_>) {
    let (mut now, mut ends) = (Instant::now(), 0);
    let invite = request(choices, Method::Invite);
    let Ok(mut call) = Incoming::new(key(&invite), invite, "us", contact(), extra(), 1) else { return };
    while let Some(choice) = choices.more() {
        match choice % 10 {
            0 => call.ring(now, Status::RINGING, None),
            1 => call.ring(now, Status::SESSION_PROGRESS, Some(SDP.to_vec())),
            2 => call.accept(now, choices.description()),
            3 => call.reject(Status::BUSY_HERE, &Headers::new()),
            4 => call.answer_update(choices.description()),
            5 => {
                let cancel = request(choices, Method::Cancel);
                call.on_cancel(key(&cancel), &cancel);
            }
            6 => call.on_ack(&request(choices, Method::Ack)),
            7 => {
                now += choices.pause();
                call.on_wake(now);
            }
            _ => {
                let method = choices.method();
                let request = request(choices, method);
                call.on_request(now, key(&request), &request);
            }
        }
        drain(
            || call.poll(),
            |event| match event {
                IncomingEvent::Confirmed(_) | IncomingEvent::Cancelled(_) | IncomingEvent::Failed(_) => ends += 1,
                IncomingEvent::EarlyAnswer(_) | IncomingEvent::EarlyOffer(_) => {}
            },
        );
        assert!(ends <= 1, "it stands or it ends, once");
    }
}

fn session(choices: &mut Choices<'_>) {
    let mut now = Instant::now();
    let invite = request(choices, Method::Invite);
    let Ok(dialog) = Dialog::of_called(&invite, "us", contact()) else { return };
    let mut session = Session::new(Setup {
        dialog,
        negotiation: Negotiation::new(),
        timer: SessionTimer::new(TimerPolicy::default()),
        policy: TimerPolicy::default(),
        contact: contact(),
        extra: extra(),
        allows_update: choices.next().is_multiple_of(2),
        description: Some(SDP.to_vec()),
    });
    let mut seen = Seen::default();
    while let Some(choice) = choices.more() {
        act(&mut session, choice, choices, &mut now, &mut seen);
        let Seen { ends, last, challenged } = &mut seen;
        drain(
            || session.poll(),
            |event| match event {
                SessionEvent::Ended { .. } => *ends += 1,
                SessionEvent::Request { key, request } => *last = Some((key, *request)),
                SessionEvent::Challenged(response) => {
                    *challenged = response.cseq().ok().map(|cseq| cseq.method);
                }
                SessionEvent::Offer(_)
                | SessionEvent::Answer(_)
                | SessionEvent::Refused(_)
                | SessionEvent::Response(_) => assert_eq!(*ends, 0, "nothing is told after the end"),
            },
        );
        assert!(seen.ends == u32::from(session.is_ended()), "the end is told once");
    }
}

fn act(session: &mut Session, choice: u8, choices: &mut Choices<'_>, now: &mut Instant, seen: &mut Seen) {
    match choice % 12 {
        0 => drop(session.offer(SDP.to_vec())),
        1 => session.answer(*now, SDP.to_vec()),
        2 => session.refuse(Status::NOT_ACCEPTABLE_HERE),
        3 => session.bye(None),
        4 => session.send(Method::Info, &Headers::new(), Some((MediaType::sdp(), SDP.to_vec()))),
        5 => session.on_ack(&request(choices, Method::Ack)),
        6 => {
            let method = choices.method();
            session.on_no_response(*now, &request(choices, method), Status::REQUEST_TIMEOUT);
        }
        7 => {
            *now += choices.pause();
            session.on_wake(*now);
        }
        8 => {
            let method = choices.method();
            let response: Response = response(choices, method);
            session.on_response(*now, response);
        }
        9 => {
            if let Some((key, request)) = seen.last.take() {
                session.respond(key, request.response(Status::OK, None));
            }
            seen.challenged.take().into_iter().for_each(|method| session.again(request(choices, method)));
        }
        _ => {
            let method = choices.method();
            let request = request(choices, method);
            match request.method() {
                Method::Cancel => session.on_cancel(key(&request), &request),
                _ => session.on_request(*now, key(&request), request),
            }
        }
    }
    *now += Duration::from_millis(1);
}

fn key(request: &Request) -> ServerKey {
    ServerKey::of_request(request).expect("it has a branch")
}
