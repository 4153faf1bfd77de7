mod refresh;

use std::time::Duration;

use super::*;
use crate::message::{CSeq, Uri};
use crate::transaction::samples::request;

/// Two sessions of one call, and what each user learnt. Messages wait in `wires` until they are passed on.
struct Pair {
    now: Instant,
    ends: [Session; 2],
    wires: [VecDeque<Sent>; 2],
    seen: [Vec<String>; 2],
    branches: u32,
}

enum Sent {
    Request(Request),
    Response(Response),
}

fn setup(dialog: Dialog, allows_update: bool) -> Setup {
    let mut negotiation = Negotiation::new();
    negotiation.send();
    negotiation.receive_answer();
    Setup {
        dialog,
        negotiation,
        timer: SessionTimer::new(TimerPolicy::default()),
        policy: TimerPolicy { interval: 200, minimum: 90 },
        contact: NameAddr::new(Uri::parse("sip:us@192.0.2.7").unwrap()),
        extra: [("timer", name::SUPPORTED)].into_iter().fold(Headers::new(), |mut headers, (value, name)| {
            headers.push(name, value);
            headers
        }),
        allows_update,
        description: Some(b"v=0 first".to_vec()),
    }
}

impl Pair {
    fn new(allows_update: bool) -> Pair {
        let mut invite = request("INVITE");
        invite.headers.push(name::CONTACT, "<sip:alice@a.example>");
        let mut ok = invite.response(Status::OK, Some("b"));
        let contact = NameAddr::new(Uri::parse("sip:bob@b.example").unwrap());
        ok.headers.push(name::CONTACT, &contact);
        let (caller, called) =
            (Dialog::of_caller(&invite, &ok).unwrap(), Dialog::of_called(&invite, "b", contact).unwrap());
        Pair {
            now: Instant::now(),
            ends: [Session::new(setup(caller, allows_update)), Session::new(setup(called, allows_update))],
            wires: [VecDeque::new(), VecDeque::new()],
            seen: [Vec::new(), Vec::new()],
            branches: 0,
        }
    }

    fn collect(&mut self, side: usize) {
        while let Some(action) = self.ends[side].poll() {
            match action {
                Action::Send(mut request) | Action::Ack(mut request) => {
                    self.branches += 1;
                    request
                        .headers
                        .push_front(name::VIA, format!("SIP/2.0/UDP h{side};branch=z9hG4bK{}", self.branches));
                    self.wires[1 - side].push_back(Sent::Request(*request));
                }
                Action::Respond { response, .. } => self.wires[1 - side].push_back(Sent::Response(*response)),
                Action::Event(event) => self.seen[side].push(text(&event)),
                Action::Cancel => panic!("not here"),
            }
        }
    }

    /// Gives `side` the next message that waits for it; what it was.
    fn pass(&mut self, side: usize) -> Option<String> {
        (0..2).for_each(|side| self.collect(side));
        let what = match self.wires[side].pop_front()? {
            Sent::Request(request) => {
                let what = request.method().to_string();
                match request.method() {
                    Method::Ack => self.ends[side].on_ack(&request),
                    _ => self.ends[side].on_request(self.now, ServerKey::of_request(&request).unwrap(), request),
                }
                what
            }
            Sent::Response(response) => {
                let what = response.status().to_string();
                self.ends[side].on_response(self.now, response);
                what
            }
        };
        (0..2).for_each(|side| self.collect(side));
        Some(what)
    }

    fn pass_all(&mut self) -> Vec<String> {
        let mut passed = Vec::new();
        while let Some(what) = self.pass(0).or_else(|| self.pass(1)) {
            passed.push(what);
        }
        passed
    }

    fn seen(&mut self, side: usize) -> Vec<String> {
        std::mem::take(&mut self.seen[side])
    }
}

fn text(event: &SessionEvent) -> String {
    let body = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match event {
        SessionEvent::Offer(Some(sdp)) => format!("offer {}", body(sdp)),
        SessionEvent::Offer(None) => "wants an offer".into(),
        SessionEvent::Answer(sdp) => format!("answer {}", body(sdp)),
        SessionEvent::Refused(status) => format!("refused {status}"),
        SessionEvent::Request { request, .. } => request.method().to_string(),
        SessionEvent::Response(response) => response.status().to_string(),
        SessionEvent::Challenged(_) => "challenged".into(),
        SessionEvent::Ended { by, reasons } => format!("{by:?} {}", reasons.len()),
    }
}

#[test]
fn an_offer_is_answered_acknowledged_and_refreshes_the_target() {
    let mut pair = Pair::new(true);
    assert!(pair.ends[0].offer(b"hold".to_vec()) && !pair.ends[0].offer(b"twice".to_vec()));
    assert_eq!((pair.pass(1).as_deref(), pair.seen(1)), (Some("INVITE"), vec!["offer hold".to_owned()]));
    pair.ends[1].answer(pair.now, b"held".to_vec());
    assert_eq!(pair.pass_all(), ["200", "ACK"]);
    assert_eq!(pair.seen(0), ["answer held"]);
    assert_eq!(pair.ends[0].dialog().target().to_string(), "sip:us@192.0.2.7");
    assert!(pair.ends.iter().all(Session::may_offer));
    pair.ends[1].offer(b"x".to_vec());
    pair.pass(0);
    pair.ends[0].refuse(Status::NOT_ACCEPTABLE_HERE);
    pair.pass_all();
    assert_eq!(
        (pair.seen(1), pair.ends[1].may_offer(), pair.ends[0].may_offer()),
        (vec!["refused 488".to_owned()], true, true)
    );
    let said: Vec<_> = pair.ends.iter().map(|end| end.setup.description.clone().unwrap()).collect();
    assert_eq!(said, [b"hold".to_vec(), b"held".to_vec()], "a refresh repeats what was agreed on");
}

#[test]
fn crossing_offers_are_both_refused_491() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.ends[1].offer(b"b".to_vec());
    pair.pass_all();
    assert_eq!((pair.seen(0), pair.seen(1)), (vec!["refused 491".to_owned()], vec!["refused 491".to_owned()]));
    assert!(pair.ends.iter().all(Session::may_offer));
}

#[test]
fn a_second_offer_has_to_wait_for_the_first() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.pass(1);
    let mut second = pair.ends[0].setup.dialog.request(Method::Update);
    describe(&mut second, Some(b"b".to_vec()));
    second.headers.push_front(name::VIA, "SIP/2.0/UDP x;branch=z9hG4bKx");
    pair.wires[1].push_back(Sent::Request(second));
    pair.pass(1);
    pair.collect(1);
    let Some(Sent::Response(response)) = pair.wires[0].pop_front() else { panic!("a response") };
    assert_eq!((response.status().code(), response.headers.retry_after()), (500, Ok(Some(2))));
    assert!(!pair.ends[1].offer(b"c".to_vec()));
}

#[test]
fn an_invite_without_offer_is_answered_by_one() {
    let mut pair = Pair::new(true);
    let invite = pair.ends[0].setup.dialog.request(Method::Invite);
    pair.ends[0].ours = Some(Ours { request: invite.clone(), has_offer: false, by_user: true });
    let mut sent = invite;
    sent.headers.push_front(name::VIA, "SIP/2.0/UDP x;branch=z9hG4bKx");
    pair.wires[1].push_back(Sent::Request(sent));
    pair.pass(1);
    assert_eq!(pair.seen(1), ["wants an offer"]);
    pair.ends[1].answer(pair.now, b"our offer".to_vec());
    let mut ack = pair.ends[0].setup.dialog.ack(2);
    describe(&mut ack, Some(b"their answer".to_vec()));
    pair.ends[1].on_ack(&ack);
    pair.collect(1);
    assert_eq!(pair.seen(1), ["answer their answer"]);
    assert!(pair.ends[1].may_offer());
}

#[test]
fn bye_ends_both_sides_once_and_closes_what_is_open() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.pass(1);
    pair.ends[0].bye(Some(Reason { protocol: "Q.850".into(), cause: Some(16), text: None }));
    pair.ends[0].bye(None);
    assert_eq!(pair.pass_all(), ["BYE", "200", "487"]);
    assert_eq!(
        (pair.seen(0), pair.seen(1)),
        (vec!["Local 0".to_owned()], vec!["offer a".to_owned(), "Remote 1".to_owned()])
    );
    assert!(
        !pair.ends[0].offer(b"late".to_vec()) && pair.ends.iter().all(|end| end.is_ended() && end.wake().is_none())
    );
    pair.ends[0].send(Method::Info, &Headers::new(), None);
    assert!(pair.pass_all().is_empty());
}

#[test]
fn other_requests_pass_beside_and_an_unknown_dialog_ends_it() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.ends[0].send(
        Method::Info,
        &Headers::new(),
        Some((MediaType::parse("application/dtmf-relay").unwrap(), b"Signal=1".to_vec())),
    );
    assert_eq!((pair.pass(1).as_deref(), pair.pass(1).as_deref()), (Some("INVITE"), Some("INFO")));
    assert_eq!(pair.seen(1), ["offer a", "INFO"]);
    let mut info = request("INFO");
    info.headers.set(name::CSEQ, CSeq { number: 3, method: Method::Info });
    pair.ends[0].on_response(pair.now, info.response(Status::OK, None));
    pair.ends[0].on_response(pair.now, info.response(Status::CALL_DOES_NOT_EXIST, None));
    pair.collect(0);
    assert_eq!(pair.seen(0), ["200", "Gone 0"]);
}

#[test]
fn a_2xx_is_repeated_until_its_ack_or_the_end() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.pass(1);
    pair.ends[1].answer(pair.now, b"b".to_vec());
    pair.collect(1);
    let mut repeats = 0;
    while let Some(at) = pair.ends[1].wake().filter(|_| !pair.ends[1].is_ended()) {
        pair.ends[1].on_wake(at);
        repeats += 1;
    }
    pair.collect(1);
    assert!(repeats > 8 && pair.seen(1).contains(&"NoAck 0".to_owned()));
    assert_eq!(pair.pass(0).as_deref(), Some("200"));
    assert_eq!(pair.pass(0).as_deref(), Some("200"));
    let acks = pair.wires[1]
        .iter()
        .filter(|sent| matches!(sent, Sent::Request(request) if *request.method() == Method::Ack))
        .count();
    assert_eq!((acks, pair.seen(0)), (2, vec!["answer b".to_owned()]), "each 2xx has its ACK");
}

#[test]
fn a_challenge_is_repeated_with_the_next_number() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    let Some(Action::Send(request)) = pair.ends[0].poll() else { panic!("an INVITE") };
    pair.ends[0].on_response(pair.now, request.response(Status::PROXY_AUTHENTICATION_REQUIRED, Some("b")));
    pair.collect(0);
    assert_eq!(pair.seen(0), ["challenged"]);
    pair.ends[0].again(*request);
    pair.pass(1);
    pair.ends[1].answer(pair.now, b"b".to_vec());
    pair.pass_all();
    assert_eq!(pair.seen(0), ["answer b"]);
}

#[test]
fn silence_ends_it() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    let Some(Action::Send(request)) = pair.ends[0].poll() else { panic!("an INVITE") };
    pair.ends[0].on_no_response(pair.now, &request, Status::REQUEST_TIMEOUT);
    pair.collect(0);
    assert_eq!(pair.seen(0), ["Gone 0"]);
}

#[test]
fn what_cannot_be_sent_or_is_challenged_in_vain_fails_alone() {
    for status in [Status::SERVICE_UNAVAILABLE, Status::UNAUTHORIZED, Status::PROXY_AUTHENTICATION_REQUIRED] {
        let mut pair = Pair::new(true);
        pair.ends[0].offer(b"a".to_vec());
        pair.ends[0].send(Method::Info, &Headers::new(), None);
        pair.ends[0].send(Method::Notify, &Headers::new(), None);
        for _ in 0..3 {
            let Some(Action::Send(request)) = pair.ends[0].poll() else { panic!("a request") };
            pair.ends[0].on_no_response(pair.now, &request, status);
        }
        pair.collect(0);
        assert!(pair.ends[0].may_offer() && !pair.ends[0].is_ended());
        let seen = pair.seen(0);
        assert_eq!(seen, [format!("refused {status}"), status.to_string()], "{status}");
    }
}

/// Both sides offer, answer, refuse at random, messages pass in any order between the two wires: never
/// do both ends think an offer of the other is theirs to answer, and in the end both are free.
#[test]
fn two_sides_at_random_always_come_to_rest() {
    for seed in 0..2_000 {
        let (mut rng, mut pair) = (fastrand::Rng::with_seed(seed), Pair::new(true));
        for _ in 0..30 {
            let side = rng.usize(..2);
            match rng.u8(..5) {
                0 => drop(pair.ends[side].offer(b"o".to_vec())),
                1 => pair.ends[side].answer(pair.now, b"a".to_vec()),
                2 => pair.ends[side].refuse(Status::NOT_ACCEPTABLE_HERE),
                _ => drop(pair.pass(side)),
            }
            assert!(!pair.ends.iter().all(|end| end.theirs.is_some()), "{seed}");
        }
        for _ in 0..4 {
            pair.pass_all();
            (0..2).for_each(|side| pair.ends[side].answer(pair.now, b"a".to_vec()));
        }
        pair.pass_all();
        assert!(pair.ends.iter().all(Session::may_offer), "{seed}: {:?}", pair.seen);
    }
}

#[test]
fn a_response_of_another_fork_is_not_of_this_session() {
    let mut pair = Pair::new(true);
    pair.ends[0].send(Method::Info, &Headers::new(), None);
    let Some(Action::Send(info)) = pair.ends[0].poll() else { panic!("an INFO") };
    let mut gone = info.response(Status::CALL_DOES_NOT_EXIST, None);
    gone.headers.set(name::TO, "<sip:bob@b.example>;tag=other");
    pair.ends[0].on_response(pair.now, gone);
    assert!(!pair.ends[0].is_ended());
    pair.ends[0].bye(None);
    while pair.ends[0].poll().is_some() {}
    pair.ends[0].on_response(pair.now, info.response(Status::OK, None));
    assert!(pair.ends[0].poll().is_none(), "nothing is told after the end");
    let mut pair = Pair::new(true);
    assert!(pair.ends[0].offer_by_update(b"v=0 new".to_vec()) && !Pair::new(false).ends[0].offer_by_update(vec![]));
}
