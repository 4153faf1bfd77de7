use std::time::Duration;

use super::super::samples::{request, response, start_line};
use super::*;
use crate::message::{Incoming, Message, parse_datagram};

struct Run {
    now: Instant,
    machine: InviteClient,
}

impl Run {
    fn new(is_reliable: bool) -> Run {
        let now = Instant::now();
        let mut run = Run { now, machine: InviteClient::new(now, &request("INVITE"), is_reliable) };
        assert_eq!(run.take(), ["INVITE sip:bob@b.example SIP/2.0"]);
        run
    }

    fn take(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.machine.poll())
            .map(|output| match output {
                ClientOutput::Send(bytes) => start_line(&bytes),
                ClientOutput::Response(response) => response.status().to_string(),
                ClientOutput::Timeout => "timeout".into(),
                ClientOutput::TransportFailed => "failed".into(),
            })
            .collect()
    }

    fn response(&mut self, status: u16) -> Vec<String> {
        self.machine.on_response(self.now, response("INVITE", status));
        self.take()
    }

    /// To the next wake-up; milliseconds that went by.
    fn wake(&mut self) -> (u128, Vec<String>) {
        let before = self.now;
        self.now = self.machine.wake().expect("a wake-up");
        self.machine.on_wake(self.now);
        ((self.now - before).as_millis(), self.take())
    }
}

const ACK: &str = "ACK sip:bob@b.example SIP/2.0";

#[test]
fn calling_repeats_at_doubling_intervals_until_timer_b() {
    let mut run = Run::new(false);
    let intervals: Vec<_> = (0..6).map(|_| run.wake().0).collect();
    assert_eq!(intervals, [500, 1000, 2000, 4000, 8000, 16000]);
    assert_eq!(run.wake(), (500, vec!["timeout".to_owned()]));
    assert!(run.machine.is_terminated() && run.machine.wake().is_none());
}

#[test]
fn over_a_reliable_transport_nothing_is_repeated() {
    let mut run = Run::new(true);
    assert_eq!(run.wake(), (32_000, vec!["timeout".to_owned()]));
}

#[test]
fn a_provisional_response_ends_repetition_and_allows_cancel() {
    let mut run = Run::new(false);
    assert!(!run.machine.may_cancel());
    assert_eq!(run.response(180), ["180"]);
    assert!(run.machine.may_cancel());
    run.now += Duration::from_secs(100);
    assert_eq!(run.response(183), ["183"]);
    let cancel = "CANCEL sip:bob@b.example SIP/2.0".to_owned();
    assert_eq!(run.wake(), (200_000, vec![cancel, "timeout".to_owned()]), "timer C");
    assert!(run.machine.is_terminated());
}

#[test]
fn a_cancelled_call_that_gets_no_answer_is_over_after_64_t1() {
    let mut run = Run::new(false);
    run.machine.on_cancelled(run.now);
    run.response(180);
    assert_eq!(run.machine.wake().map(|at| at - run.now), Some(timers::C), "it could not be cancelled before");
    run.machine.on_cancelled(run.now);
    run.response(180);
    assert_eq!(run.wake(), (32_000, vec!["timeout".to_owned()]));
    assert!(run.machine.is_terminated());
}

#[test]
fn a_2xx_is_told_each_time_until_timer_m() {
    for first in [None, Some(180)] {
        let mut run = Run::new(false);
        first.map(|status| run.response(status));
        assert_eq!((run.response(200), run.response(200)), (vec!["200".to_owned()], vec!["200".to_owned()]));
        assert!(run.response(486).is_empty() && run.response(180).is_empty());
        run.machine.on_transport_error();
        assert_eq!(run.wake(), (32_000, vec![]));
        assert!(run.machine.is_terminated());
    }
}

#[test]
fn a_failure_is_told_once_and_acknowledged_each_time_until_timer_d() {
    for first in [None, Some(100)] {
        let mut run = Run::new(false);
        first.map(|status| run.response(status));
        assert_eq!(run.response(486), [ACK, "486"]);
        assert_eq!((run.response(486), run.response(180), run.response(200)), (vec![ACK.to_owned()], vec![], vec![]));
        assert_eq!(run.wake(), (32_000, vec![]));
        assert!(run.machine.is_terminated());
    }
    let mut run = Run::new(true);
    run.response(486);
    assert!(run.machine.is_terminated(), "timer D is zero");
    assert!(run.response(486).is_empty());
}

#[test]
fn a_transport_error_ends_it_everywhere_but_in_accepted() {
    for statuses in [&[][..], &[180], &[486]] {
        let mut run = Run::new(false);
        statuses.iter().for_each(|status| drop(run.response(*status)));
        run.machine.on_transport_error();
        assert_eq!((run.take(), run.machine.is_terminated()), (vec!["failed".to_owned()], true));
        run.machine.on_transport_error();
        assert!(run.take().is_empty());
    }
}

#[test]
fn ack_and_cancel_are_those_of_the_invite() {
    let now = Instant::now() + Duration::ZERO;
    let mut machine = InviteClient::new(now, &request("INVITE"), false);
    machine.on_response(now, response("INVITE", 486));
    let sent: Vec<_> = std::iter::from_fn(|| machine.poll()).collect();
    let ClientOutput::Send(bytes) = &sent[1] else { panic!("an ACK") };
    let Ok(Incoming::Message(message)) = parse_datagram(bytes) else { panic!("readable") };
    let Message::Request(ack) = *message else { panic!("a request") };
    assert_eq!((ack.headers.to().unwrap().tag().as_deref(), ack.cseq().unwrap().number), (Some("b"), 1));
    assert_eq!(ack.headers.vias().unwrap(), request("INVITE").headers.vias().unwrap());
    assert!(ack.headers.has(&name::ROUTE));
    let cancel = cancel(machine.request());
    assert_eq!((cancel.headers.to().unwrap().tag(), cancel.cseq().unwrap().method), (None, Method::Cancel));
}
