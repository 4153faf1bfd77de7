use super::*;
use crate::message::{CSeq, RAck, Uri, name};
use crate::transaction::samples::request;

const OFFER: &[u8] = b"v=0 offer";

struct Run {
    now: Instant,
    call: Incoming,
    caller: Dialog,
}

impl Run {
    fn new(lines: &[(name::Name, &str)], with_offer: bool) -> Run {
        Run::begin(lines, with_offer).unwrap()
    }

    fn begin(lines: &[(name::Name, &str)], with_offer: bool) -> Result<Run, Box<Response>> {
        let mut invite = request("INVITE");
        invite.headers.push(name::CONTACT, "<sip:alice@a.example>");
        lines.iter().for_each(|(name, value)| invite.headers.push(name.clone(), value));
        super::super::action::describe(&mut invite, with_offer.then(|| OFFER.to_vec()));
        let key = ServerKey::of_request(&invite).unwrap();
        let contact = NameAddr::new(Uri::parse("sip:bob@b.example").unwrap());
        let mut extra = Headers::new();
        extra.push(name::ALLOW, "INVITE, ACK, BYE");
        let caller = Dialog::of_caller(&invite, &invite.response(Status::RINGING, Some("b"))).unwrap();
        Ok(Run { now: Instant::now(), call: Incoming::new(key, invite, "b", contact, extra, 100)?, caller })
    }

    fn take(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.call.poll()).map(|action| text(&action)).collect()
    }

    fn prack(&mut self, rseq: u32, sdp: Option<&[u8]>) -> Vec<String> {
        let mut prack = self.caller.request(Method::Prack);
        prack.headers.push(name::VIA, "SIP/2.0/UDP a.example;branch=z9hG4bKp");
        prack.headers.push(name::RACK, RAck { rseq, cseq: CSeq { number: 1, method: Method::Invite } });
        super::super::action::describe(&mut prack, sdp.map(<[u8]>::to_vec));
        self.receive(prack)
    }

    fn receive(&mut self, request: Request) -> Vec<String> {
        let mut request = request;
        request.headers.set(name::VIA, "SIP/2.0/UDP a.example;branch=z9hG4bKp");
        let key = ServerKey::of_request(&request).unwrap();
        self.call.on_request(self.now, key, &request);
        self.take()
    }

    fn ack(&mut self, sdp: Option<&[u8]>) -> Vec<String> {
        let mut ack = self.caller.ack(1);
        super::super::action::describe(&mut ack, sdp.map(<[u8]>::to_vec));
        self.call.on_ack(&ack);
        self.take()
    }

    fn wake(&mut self) -> (u128, Vec<String>) {
        let before = self.now;
        self.now = self.call.wake().expect("a wake-up");
        self.call.on_wake(self.now);
        ((self.now - before).as_millis(), self.take())
    }
}

fn text(action: &Action<IncomingEvent>) -> String {
    match action {
        Action::Respond { response, .. } => {
            let rseq = response.headers.rseq().unwrap().map_or(String::new(), |rseq| format!(" rseq {rseq}"));
            format!("{}{rseq} {}", response.status(), String::from_utf8_lossy(response.body())).trim().to_owned()
        }
        Action::Event(event) => match event {
            IncomingEvent::EarlyAnswer(sdp) => format!("early {}", String::from_utf8_lossy(sdp)),
            IncomingEvent::EarlyOffer(sdp) => format!("update {}", String::from_utf8_lossy(sdp)),
            IncomingEvent::Confirmed(sdp) => {
                format!("confirmed {}", String::from_utf8_lossy(sdp.as_deref().unwrap_or_default()))
            }
            IncomingEvent::Cancelled(reasons) => format!("cancelled {}", reasons.len()),
            IncomingEvent::Failed(why) => format!("{why:?}"),
        },
        Action::Send(_) | Action::Ack(_) | Action::Cancel => "unexpected".into(),
    }
}

fn cancel(call: &Incoming) -> (ServerKey, Request) {
    let mut cancel = crate::transaction::cancel(call.request());
    cancel.headers.push(name::REASON, "SIP;cause=200;text=\"Call completed elsewhere\"");
    (ServerKey::of_request(&cancel).unwrap(), cancel)
}

#[test]
fn ringing_accept_and_ack_make_a_session() {
    let mut run = Run::new(&[], true);
    assert_eq!(run.call.offer(), Some(OFFER));
    run.call.ring(run.now, Status::RINGING, None);
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"taste".to_vec()));
    run.call.accept(run.now, Some(b"answer".to_vec()));
    run.call.accept(run.now, Some(b"twice".to_vec()));
    assert_eq!(run.take(), ["180", "183 taste", "200 answer"]);
    assert_eq!((run.ack(None), run.ack(None)), (vec!["confirmed ".to_owned()], vec![]));
    assert!(run.call.wake().is_none() && run.call.owed() == Owed::Nothing && run.call.is_accepted());
}

#[test]
fn a_2xx_is_repeated_until_the_ack_and_given_up() {
    let mut run = Run::new(&[], true);
    run.call.accept(run.now, Some(b"a".to_vec()));
    run.take();
    let repeats: Vec<_> = (0..5).map(|_| run.wake()).collect();
    assert_eq!(repeats.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [500, 1000, 2000, 4000, 4000]);
    assert!(repeats.iter().all(|(_, sent)| sent == &["200 a"]));
    let last = (0..10).map(|_| run.wake().1).find(|seen| seen == &["NoAck"]);
    assert!(last.is_some() && run.call.wake().is_none());
}

#[test]
fn without_an_offer_the_2xx_offers_and_the_ack_answers() {
    let mut run = Run::new(&[], false);
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"offer".to_vec()));
    run.call.accept(run.now, Some(b"offer".to_vec()));
    assert_eq!(run.take(), ["183", "200 offer"]);
    assert_eq!(run.ack(Some(b"answer")), ["confirmed answer"]);
}

#[test]
fn reliable_responses_wait_for_their_prack_and_so_does_the_2xx() {
    let mut run = Run::new(&[(name::SUPPORTED, "100rel")], true);
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"answer".to_vec()));
    run.call.ring(run.now, Status::RINGING, None);
    run.call.accept(run.now, Some(b"answer".to_vec()));
    assert_eq!(run.take(), ["183 rseq 100 answer", "180"]);
    assert_eq!(run.wake(), (500, vec!["183 rseq 100 answer".to_owned()]));
    assert_eq!(run.wake().0, 1000);
    assert_eq!(run.prack(99, None), ["481"]);
    assert_eq!(run.prack(100, None), ["200", "200"], "of the PRACK, of the INVITE without a second answer");
    assert_eq!(run.prack(100, None), ["481"]);
}

#[test]
fn required_reliability_holds_for_every_response_and_an_offer_is_answered_in_prack() {
    let mut run = Run::new(&[(name::REQUIRE, "100rel")], false);
    run.call.ring(run.now, Status::RINGING, None);
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"offer".to_vec()));
    assert_eq!(run.take(), ["180 rseq 100"]);
    assert_eq!(run.prack(100, None), ["200", "183 rseq 101 offer"]);
    assert_eq!(run.prack(101, Some(b"answer")), ["200", "early answer"]);
    run.call.accept(run.now, None);
    assert_eq!(run.take(), ["200"]);
}

#[test]
fn a_response_that_is_never_acknowledged_fails_the_call() {
    let mut run = Run::new(&[(name::REQUIRE, "100rel")], true);
    run.call.ring(run.now, Status::RINGING, None);
    run.take();
    let last = (0..20).map(|_| run.wake().1).find(|seen| seen == &["500", "Gone"]);
    assert!(last.is_some() && run.call.wake().is_none());
}

#[test]
fn a_cancel_ends_it_only_before_the_answer() {
    let mut run = Run::new(&[], true);
    let (key, request) = cancel(&run.call);
    run.call.on_cancel(key.clone(), &request);
    assert_eq!(run.take(), ["200", "487", "cancelled 1"]);
    run.call.accept(run.now, None);
    assert!(run.take().is_empty());
    let mut run = Run::new(&[], true);
    run.call.accept(run.now, Some(b"a".to_vec()));
    run.call.on_cancel(key, &request);
    assert_eq!(run.take(), ["200 a", "200"]);
}

#[test]
fn a_bye_before_the_answer_ends_it_and_other_requests_wait() {
    let mut run = Run::new(&[], true);
    let info = run.caller.request(Method::Info);
    assert_eq!(run.receive(info.clone()), ["500"]);
    assert_eq!(run.receive(info), ["500"], "the number again");
    let bye = run.caller.request(Method::Bye);
    assert_eq!(run.receive(bye), ["200", "487", "cancelled 0"]);
}

#[test]
fn a_bye_that_overtakes_the_ack_ends_it() {
    let mut run = Run::new(&[], true);
    run.call.accept(run.now, Some(b"a".to_vec()));
    run.take();
    let bye = run.caller.request(Method::Bye);
    assert_eq!(run.receive(bye), ["200", "Remote"]);
    assert!(run.call.wake().is_none() && run.ack(None).is_empty());
}

#[test]
fn refusals_carry_what_they_are_given_and_a_short_session_is_refused() {
    let mut run = Run::new(&[], true);
    let mut headers = Headers::new();
    headers.push(name::RETRY_AFTER, 60);
    run.call.reject(Status::BUSY_HERE, &headers);
    let Some(Action::Respond { response, .. }) = run.call.poll() else { panic!("a response") };
    assert_eq!((response.status(), response.headers.retry_after()), (Status::BUSY_HERE, Ok(Some(60))));
    let short = Run::begin(&[(name::SESSION_EXPIRES, "30"), (name::SUPPORTED, "timer")], true).map(|_| ()).unwrap_err();
    assert_eq!((short.status(), short.headers.min_se()), (Status::SESSION_INTERVAL_TOO_SMALL, Ok(Some(90))));
}

#[test]
fn an_update_offers_anew_before_the_answer() {
    let mut run = Run::new(&[(name::SUPPORTED, "100rel")], true);
    let update = |run: &mut Run, sdp: Option<&[u8]>| {
        let mut update = run.caller.request(Method::Update);
        super::super::action::describe(&mut update, sdp.map(<[u8]>::to_vec));
        run.receive(update)
    };
    assert_eq!(update(&mut run, Some(b"new")), ["500"], "the first offer is not answered");
    assert_eq!(update(&mut run, None), ["200"]);
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"answer".to_vec()));
    run.take();
    run.prack(100, None);
    assert_eq!(update(&mut run, Some(b"new")), ["update new"]);
    run.call.answer_update(Some(b"answer".to_vec()));
    assert_eq!(run.take(), ["200 answer"]);
    assert_eq!(update(&mut run, Some(b"newer")), ["update newer"]);
    run.call.accept(run.now, None);
    assert_eq!(run.take(), ["488", "200"]);
}

#[test]
fn a_new_offer_in_a_prack_is_answered_in_its_response() {
    for answer in [Some(b"v=0 answer".to_vec()), None] {
        let mut run = Run::new(&[(name::SUPPORTED, "100rel")], true);
        run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"v=0 ours".to_vec()));
        assert_eq!(run.take(), ["183 rseq 100 v=0 ours"]);
        assert_eq!(run.prack(100, Some(b"v=0 new")), ["update v=0 new"]);
        assert_eq!(run.prack(100, None), ["481"], "it has done its work");
        run.call.answer_update(answer.clone());
        assert_eq!(run.take(), [if answer.is_some() { "200 v=0 answer" } else { "488" }]);
        run.call.accept(run.now, None);
        assert_eq!((run.take(), run.call.owed()), (vec!["200".to_owned()], Owed::Nothing));
    }
}

#[test]
fn an_update_of_ours_needs_an_agreement_and_is_answered_or_forgotten() {
    let mut run = Run::new(&[(name::SUPPORTED, "100rel")], true);
    assert!(!run.call.update(b"v=0".to_vec()), "nothing is agreed on");
    run.call.ring(run.now, Status::SESSION_PROGRESS, Some(b"v=0 ours".to_vec()));
    assert!(!run.call.update(b"v=0".to_vec()), "it may be lost");
    run.prack(100, None);
    for (status, learnt) in [(200, vec!["early v=0 theirs"]), (488, vec![]), (200, vec!["early v=0 theirs"])] {
        assert!(run.call.update(b"v=0 again".to_vec()) && !run.call.update(b"v=0 more".to_vec()));
        let Some(Action::Send(update)) = run.call.poll() else { panic!("an UPDATE") };
        let mut response = update.response(Status::new(status).unwrap(), None);
        response.set_body(&MediaType::sdp(), b"v=0 theirs".to_vec());
        run.call.on_response(run.now, &response);
        assert_eq!(
            (run.take().iter().map(String::as_str).collect::<Vec<_>>(), run.call.owed()),
            (learnt, Owed::Nothing)
        );
        run.call.on_response(run.now, &response);
        assert!(run.take().is_empty(), "once");
    }
    assert!(run.call.update(b"v=0 again".to_vec()));
    assert!(matches!(run.call.poll(), Some(Action::Send(_))));
    run.call.accept(run.now, None);
    assert!(run.take().is_empty(), "the answer to the call waits for it");
    run.call.on_no_response(run.now);
    assert_eq!((run.take(), run.call.owed()), (vec!["200".to_owned()], Owed::Nothing));
}
