use super::*;
use crate::summary::Summary;
use crate::transaction::samples;

struct Run {
    now: Instant,
    subscription: Subscription,
    last: Option<Request>,
}

impl Run {
    fn new() -> Run {
        let address = |text| NameAddr::parse(text).unwrap();
        let topic = Topic {
            resource: address("<sip:bob@b.example>"),
            address_of_record: address("<sip:bob@b.example>"),
            contact: address("<sip:bob@192.0.2.1>"),
            event: "message-summary",
            accept: "application/simple-message-summary",
            expires: 600,
            extra: Headers::new(),
        };
        let subscription = Subscription::new(topic, "sub-1", "s");
        let mut run = Run { now: Instant::now(), subscription, last: None };
        run.subscription.start();
        assert_eq!(run.take(), ["SUBSCRIBE 1 600 "]);
        run
    }

    fn take(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(output) = self.subscription.poll() {
            seen.push(match output {
                Output::Send(request) => {
                    let (number, expires) =
                        (request.cseq().unwrap().number, request.headers.expires().unwrap().unwrap());
                    let tag = request.headers.to().unwrap().tag().unwrap_or_default().into_owned();
                    self.last = Some(*request);
                    format!("SUBSCRIBE {number} {expires} {tag}")
                }
                Output::Respond { response, .. } => response.status().to_string(),
                Output::Event(Event::Notified(request)) => format!("{:?}", Summary::of_notify(&request).unwrap().new),
                Output::Event(Event::Challenged(_)) => "challenged".into(),
                Output::Event(Event::Failed { status, retry_in }) => format!("failed {status} {retry_in:?}"),
            });
        }
        seen
    }

    fn answer(&mut self, status: u16, lines: &[(name::Name, &str)]) -> Vec<String> {
        let request = self.last.clone().unwrap();
        let mut response = request.response(Status::new(status).unwrap(), Some("n"));
        response.headers.push(name::CONTACT, "<sip:mwi@b.example>");
        lines.iter().for_each(|(name, value)| response.headers.push(name.clone(), value));
        self.subscription.on_response(self.now, response, 0);
        self.take()
    }

    fn notify(&mut self, number: u32, tag: &str, state: &str) -> Vec<String> {
        let mut notify = samples::request("NOTIFY");
        notify.headers.set(name::FROM, format!("<sip:bob@b.example>;tag={tag}"));
        notify.headers.set(name::TO, "<sip:bob@b.example>;tag=s");
        notify.headers.set(name::CALL_ID, "sub-1");
        notify.headers.set(name::CSEQ, CSeq { number, method: Method::Notify });
        notify.headers.push(name::CONTACT, "<sip:mwi@b.example>");
        notify.headers.push(name::EVENT, self.subscription.topic.event);
        notify.headers.push(name::SUBSCRIPTION_STATE, state);
        let kind = crate::message::MediaType::parse("application/simple-message-summary").unwrap();
        notify.set_body(&kind, b"Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n".to_vec());
        self.subscription.on_request(self.now, ServerKey::of_request(&notify).unwrap(), notify, 0);
        self.take()
    }

    fn wake(&mut self) -> (u64, Vec<String>) {
        let before = self.now;
        self.now = self.subscription.wake().expect("a wake-up");
        self.subscription.on_wake(self.now);
        ((self.now - before).as_secs(), self.take())
    }
}

#[test]
fn it_is_told_refreshed_and_left() {
    let mut run = Run::new();
    assert!(run.answer(200, &[(name::EXPIRES, "300")]).is_empty());
    assert_eq!(run.notify(1, "n", "active;expires=200"), ["200", "Some(2)"]);
    assert_eq!(run.wake(), (100, vec!["SUBSCRIBE 2 600 n".into()]));
    run.answer(200, &[(name::EXPIRES, "600")]);
    run.subscription.stop(run.now);
    assert_eq!(run.take(), ["SUBSCRIBE 3 0 n"]);
    run.answer(200, &[(name::EXPIRES, "0")]);
    assert_eq!(run.notify(2, "n", "terminated;reason=timeout"), ["200", "Some(2)"]);
    assert_eq!((run.subscription.wake(), run.notify(3, "n", "active")), (None, vec!["481".into()]));
}

#[test]
fn a_notify_may_come_first_and_another_forks_gets_481() {
    let mut run = Run::new();
    assert_eq!(run.notify(7, "n", "active;expires=60"), ["200", "Some(2)"]);
    assert_eq!(run.notify(1, "m", "active;expires=60"), ["481"]);
    assert_eq!(run.notify(7, "n", "active"), ["500"], "out of order");
    assert!(run.answer(200, &[(name::EXPIRES, "60")]).is_empty());
    assert_eq!(run.wake().1, ["SUBSCRIBE 2 600 n"]);
}

#[test]
fn other_packages_and_states_are_refused() {
    let mut run = Run::new();
    assert_eq!(run.notify(1, "n", ""), ["400"]);
    let mut notify = samples::request("NOTIFY");
    notify.headers.set(name::TO, "<sip:bob@b.example>;tag=s");
    notify.headers.set(name::CALL_ID, "sub-1");
    notify.headers.push(name::EVENT, "presence");
    run.subscription.on_request(run.now, ServerKey::of_request(&notify).unwrap(), notify, 0);
    assert_eq!(run.take(), ["489"]);
}

#[test]
fn who_refuses_for_good_is_left_alone_and_who_cannot_now_is_asked_later() {
    let mut run = Run::new();
    assert_eq!(run.answer(489, &[]), ["failed 489 None"]);
    assert_eq!(run.subscription.wake(), None);
    let mut run = Run::new();
    assert_eq!(run.answer(503, &[(name::RETRY_AFTER, "20")]), ["failed 503 Some(20s)"]);
    assert_eq!(run.wake(), (20, vec!["SUBSCRIBE 2 600 ".into()]));
    assert_eq!(run.answer(500, &[]), ["failed 500 Some(4s)"]);
    run.wake();
    run.subscription.on_no_response(run.now, Status::REQUEST_TIMEOUT, 0);
    assert_eq!(run.take(), ["failed 408 Some(8s)"]);
    run.wake();
    assert_eq!(run.answer(423, &[(name::MIN_EXPIRES, "3600")]), ["SUBSCRIBE 5 3600 "]);
}

#[test]
fn a_subscription_the_other_side_ends_is_made_anew_unless_it_makes_no_sense() {
    for (state, learnt) in [
        ("terminated;reason=deactivated", "failed 200 Some(4s)"),
        ("terminated;reason=giveup;retry-after=60", "failed 200 Some(60s)"),
        ("terminated;reason=rejected", "failed 200 None"),
    ] {
        let mut run = Run::new();
        run.answer(200, &[(name::EXPIRES, "600")]);
        assert_eq!(run.notify(1, "n", state).pop().unwrap(), learnt, "{state}");
        if learnt.contains("Some") {
            assert_eq!(run.wake().1, ["SUBSCRIBE 2 600 "], "outside of the old dialog");
        }
    }
    let mut run = Run::new();
    run.answer(200, &[(name::EXPIRES, "600")]);
    run.wake();
    assert_eq!(run.answer(481, &[]), ["failed 481 Some(4s)"]);
}

#[test]
fn a_challenge_is_the_users_to_answer() {
    let mut run = Run::new();
    assert_eq!(run.answer(401, &[]), ["challenged"]);
    run.subscription.again();
    assert_eq!(run.take(), ["SUBSCRIBE 2 600 "]);
    run.subscription.fail();
    assert_eq!((run.take(), run.subscription.wake()), (vec!["failed 401 None".into()], None));
    let mut run = Run::new();
    run.subscription.stop(run.now);
    run.take();
    assert_eq!((run.wake(), run.subscription.wake()), ((32, vec![]), None), "the last NOTIFY never came");
}
