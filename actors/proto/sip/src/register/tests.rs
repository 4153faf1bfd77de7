use super::*;

const NEVER: u32 = 0;
const MOST: u32 = u32::MAX;

struct Run {
    now: Instant,
    registration: Registration,
    last: Option<Request>,
}

impl Run {
    fn new() -> Run {
        let address = |text| NameAddr::parse(text).unwrap();
        let registration = Registration::new(Binding {
            registrar: Uri::parse("sip:example.com").unwrap(),
            address_of_record: address("<sip:bob@example.com>"),
            contact: address("<sip:bob@192.0.2.1:5070;transport=tcp>"),
            expires: 600,
            call_id: "reg-1".into(),
            tag: "r".into(),
            extra: Headers::new(),
        });
        let mut run = Run { now: Instant::now(), registration, last: None };
        run.registration.start();
        assert_eq!(run.take(), ["REGISTER 1 600"]);
        run
    }

    fn take(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(output) = self.registration.poll() {
            seen.push(match output {
                Output::Send(request) => {
                    let text = format!(
                        "REGISTER {} {}",
                        request.cseq().unwrap().number,
                        request.headers.expires().unwrap().unwrap()
                    );
                    self.last = Some(*request);
                    text
                }
                Output::Event(Event::Registered { seen_as }) => format!("registered {seen_as:?}"),
                Output::Event(Event::Challenged(_)) => "challenged".into(),
                Output::Event(Event::Failed { failure, retry_in }) => {
                    format!("{failure:?} {:?}", retry_in.map(|pause| pause.as_secs()))
                }
                Output::Event(Event::Unregistered) => "unregistered".into(),
            });
        }
        seen
    }

    fn answer(&mut self, status: u16, lines: &[(name::Name, &str)], chance: u32) -> Vec<String> {
        let mut response = self.last.as_ref().unwrap().response(Status::new(status).unwrap(), Some("x"));
        lines.iter().for_each(|(name, value)| response.headers.push(name.clone(), value));
        self.registration.on_response(self.now, response, chance);
        self.take()
    }

    fn wake(&mut self) -> (u64, Vec<String>) {
        let before = self.now;
        self.now = self.registration.wake().expect("a wake-up");
        self.registration.on_wake(self.now);
        ((self.now - before).as_secs(), self.take())
    }
}

#[test]
fn a_binding_is_refreshed_in_time_and_told_once() {
    let mut run = Run::new();
    let lines = [
        (name::VIA, "SIP/2.0/UDP h;branch=z9hG4bK1;received=198.51.100.1;rport=1024"),
        (name::CONTACT, "<sip:other@192.0.2.9>;expires=20, <sip:bob@192.0.2.1:5070;transport=TCP>;expires=300"),
        (name::SERVICE_ROUTE, "<sip:p.example.com;lr>"),
    ];
    assert_eq!(run.answer(200, &lines, NEVER), ["registered Some(198.51.100.1:1024)"]);
    assert_eq!(run.registration.service_route().len(), 1);
    assert_eq!(run.wake(), (150, vec!["REGISTER 2 600".to_owned()]));
    assert!(run.answer(200, &lines, MOST).is_empty() && run.registration.is_registered());
    assert_eq!(run.wake().0, 270);
}

#[test]
fn too_brief_is_asked_for_again_with_more_but_not_for_ever() {
    let mut run = Run::new();
    assert_eq!(run.answer(423, &[(name::MIN_EXPIRES, "1800")], NEVER), ["REGISTER 2 1800"]);
    assert_eq!(run.answer(423, &[(name::MIN_EXPIRES, "1800")], NEVER), ["Rejected(Status(423)) Some(150)"]);
    let mut run = Run::new();
    assert_eq!(run.answer(423, &[(name::MIN_EXPIRES, "4000000000")], NEVER), ["Rejected(Status(423)) Some(150)"]);
}

#[test]
fn failures_are_tried_again_ever_later_by_chance() {
    let mut run = Run::new();
    let mut pauses = Vec::new();
    for _ in 0..9 {
        run.registration.on_no_response(run.now, Status::REQUEST_TIMEOUT, MOST);
        assert!(run.take()[0].starts_with("Timeout"));
        pauses.push(run.wake().0);
    }
    assert_eq!(pauses, [4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(run.answer(503, &[], NEVER), ["Rejected(Status(503)) Some(150)"]);
    run.wake();
    run.answer(200, &[], NEVER);
    run.registration.on_flow_lost(run.now, NEVER);
    assert_eq!(run.take(), ["Unreachable Some(2)"], "a success resets the pauses");
    assert!(!run.registration.is_registered());
}

#[test]
fn retry_after_is_heeded_within_bounds() {
    for (value, secs) in [("60", 60), ("0", 4), ("9999999", 3600)] {
        let mut run = Run::new();
        run.answer(503, &[(name::RETRY_AFTER, value)], NEVER);
        assert_eq!(run.wake(), (secs, vec!["REGISTER 2 600".to_owned()]), "{value}");
    }
}

#[test]
fn a_challenge_is_answered_once_and_a_wrong_password_rests() {
    let mut run = Run::new();
    assert_eq!(run.answer(401, &[], NEVER), ["challenged"]);
    run.registration.again();
    assert_eq!(run.take(), ["REGISTER 2 600"]);
    assert_eq!(run.answer(401, &[], NEVER), ["challenged"]);
    run.registration.fail();
    assert_eq!((run.take(), run.registration.wake()), (vec!["WrongCredentials None".to_owned()], None));
    run.registration.start();
    assert_eq!(run.take(), ["REGISTER 3 600"]);
}

#[test]
fn refusals_that_last_are_tried_rarely() {
    let mut run = Run::new();
    assert_eq!(run.answer(403, &[], MOST), ["Rejected(Status(403)) Some(300)"]);
    let mut run = Run::new();
    assert_eq!(run.answer(200, &[(name::EXPIRES, "0")], NEVER), ["Rejected(Status(200)) Some(150)"]);
}

#[test]
fn leaving_ends_with_any_final_response_or_silence() {
    for silent in [false, true] {
        let mut run = Run::new();
        run.answer(200, &[], NEVER);
        run.registration.stop();
        run.registration.stop();
        assert_eq!(run.take(), ["REGISTER 2 0"]);
        assert_eq!(run.answer(401, &[], NEVER), ["challenged"]);
        run.registration.again();
        assert_eq!(run.take(), ["REGISTER 3 0"]);
        let seen = if silent {
            run.registration.on_no_response(run.now, Status::REQUEST_TIMEOUT, NEVER);
            run.take()
        } else {
            run.answer(500, &[], NEVER)
        };
        assert_eq!((seen, run.registration.wake()), (vec!["unregistered".to_owned()], None));
    }
}

#[test]
fn old_responses_are_ignored_and_a_move_registers_anew() {
    let mut run = Run::new();
    let old = run.last.as_ref().unwrap().response(Status::FORBIDDEN, Some("x"));
    run.registration.move_to(NameAddr::parse("<sip:bob@198.51.100.1:1024>").unwrap());
    assert_eq!(run.take(), ["REGISTER 2 600"]);
    run.registration.on_response(run.now, old, NEVER);
    assert!(run.take().is_empty());
    assert!(run.last.as_ref().unwrap().headers.text(&name::CONTACT).unwrap().contains("198.51.100.1"));
}

/// A thousand accounts lose their registrar at once: no second sees more than a few of them.
#[test]
fn a_thousand_accounts_come_back_spread_over_time() {
    let (mut rng, now) = (fastrand::Rng::with_seed(5), Instant::now());
    let mut per_second = [0u32; 200];
    for _ in 0..1_000 {
        let mut run = Run::new();
        run.now = now;
        for _ in 0..5 {
            run.registration.on_no_response(run.now, Status::REQUEST_TIMEOUT, rng.u32(..));
            run.take();
            run.wake();
        }
        per_second[(run.now - now).as_secs() as usize] += 1;
    }
    assert!(per_second.iter().max() < Some(&60), "{per_second:?}");
}
