use super::super::samples::{request, response, start_line};
use super::*;

struct Run {
    now: Instant,
    machine: InviteServer,
}

impl Run {
    fn new(is_reliable: bool) -> Run {
        let now = Instant::now();
        Run { now, machine: InviteServer::new(now, request("INVITE"), is_reliable) }
    }

    fn take(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.machine.poll())
            .map(|output| match output {
                ServerOutput::Send(bytes) => {
                    start_line(&bytes).trim_start_matches("SIP/2.0 ").chars().take(3).collect()
                }
                ServerOutput::Ack(_) => "ACK".into(),
                ServerOutput::Timeout => "timeout".into(),
                ServerOutput::TransportFailed => "failed".into(),
            })
            .collect()
    }

    fn respond(&mut self, status: u16) -> Vec<String> {
        self.machine.respond(self.now, &response("INVITE", status));
        self.take()
    }

    fn receive(&mut self, method: &str) -> Vec<String> {
        self.machine.on_request(self.now, request(method));
        self.take()
    }

    fn wake(&mut self) -> (u128, Vec<String>) {
        let before = self.now;
        self.now = self.machine.wake().expect("a wake-up");
        self.machine.on_wake(self.now);
        ((self.now - before).as_millis(), self.take())
    }
}

#[test]
fn silence_is_answered_100_after_200_ms() {
    let mut run = Run::new(false);
    assert!(run.receive("INVITE").is_empty(), "nothing to repeat yet");
    assert_eq!(run.wake(), (200, vec!["100".to_owned()]));
    assert_eq!(run.receive("INVITE"), ["100"]);
    assert_eq!(run.wake(), (timers::UNANSWERED.as_millis() - 200, vec![]));
    assert!(run.machine.is_terminated(), "a user that never answers leaves nothing behind");
}

#[test]
fn a_fast_user_makes_100_needless_and_the_last_1xx_is_repeated() {
    let mut run = Run::new(false);
    assert_eq!(run.respond(180), ["180"]);
    assert_eq!(run.machine.wake(), Some(run.now + timers::UNANSWERED));
    assert!(run.machine.may_be_cancelled());
    run.respond(183);
    assert_eq!((run.receive("INVITE"), run.receive("ACK")), (vec!["183".to_owned()], vec![]));
}

#[test]
fn a_failure_is_repeated_up_to_t2_until_the_ack() {
    let mut run = Run::new(false);
    assert_eq!(run.respond(486), ["486"]);
    let intervals: Vec<_> = (0..5).map(|_| run.wake()).collect();
    assert_eq!(intervals.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [500, 1000, 2000, 4000, 4000]);
    assert!(intervals.iter().all(|(_, sent)| sent == &["486"]));
    assert_eq!((run.receive("INVITE"), run.respond(200)), (vec!["486".to_owned()], vec![]));
    assert!(run.receive("ACK").is_empty() && run.receive("ACK").is_empty() && run.receive("INVITE").is_empty());
    assert_eq!(run.wake(), (5000, vec![]));
    assert!(run.machine.is_terminated());
}

#[test]
fn a_failure_nobody_acknowledges_is_told_by_timer_h() {
    let mut run = Run::new(true);
    run.respond(603);
    assert_eq!(run.wake(), (32_000, vec!["timeout".to_owned()]));
    assert!(run.machine.is_terminated());
    let mut run = Run::new(true);
    run.respond(603);
    run.receive("ACK");
    assert!(run.machine.is_terminated(), "timer I is zero");
}

#[test]
fn accepted_absorbs_invites_passes_acks_and_sends_further_2xx_until_timer_l() {
    let mut run = Run::new(false);
    run.respond(180);
    assert_eq!((run.respond(200), run.respond(200)), (vec!["200".to_owned()], vec!["200".to_owned()]));
    assert!(run.receive("INVITE").is_empty() && run.respond(486).is_empty() && !run.machine.may_be_cancelled());
    assert_eq!(run.receive("ACK"), ["ACK"]);
    run.machine.on_transport_error();
    assert_eq!((run.take(), run.machine.is_terminated()), (vec!["failed".to_owned()], false));
    assert_eq!(run.wake(), (32_000, vec![]));
    assert!(run.machine.is_terminated());
}

#[test]
fn a_transport_error_ends_proceeding_and_completed() {
    for status in [180, 486] {
        let mut run = Run::new(false);
        run.respond(status);
        run.machine.on_transport_error();
        assert_eq!((run.take(), run.machine.is_terminated()), (vec!["failed".to_owned()], true));
    }
    let mut run = Run::new(false);
    run.respond(486);
    run.receive("ACK");
    run.machine.on_transport_error();
    assert!(run.take().is_empty() && !run.machine.is_terminated());
}
