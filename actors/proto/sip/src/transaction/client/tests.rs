use super::super::samples::{request, response, start_line};
use super::*;

struct Run {
    now: Instant,
    machine: Client,
}

impl Run {
    fn new(is_reliable: bool) -> Run {
        let now = Instant::now();
        let mut run = Run { now, machine: Client::new(now, &request("BYE"), is_reliable) };
        assert_eq!(run.take(), ["BYE sip:bob@b.example SIP/2.0"]);
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
        self.machine.on_response(self.now, response("BYE", status));
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
fn trying_repeats_up_to_t2_until_timer_f() {
    let mut run = Run::new(false);
    let intervals: Vec<_> = (0..10).map(|_| run.wake().0).collect();
    assert_eq!(intervals, [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000]);
    assert_eq!(run.wake(), (500, vec!["timeout".to_owned()]));
    assert!(run.machine.is_terminated());
}

#[test]
fn proceeding_repeats_at_t2_and_times_out_too() {
    let mut run = Run::new(false);
    assert_eq!((run.response(100), run.response(180)), (vec!["100".to_owned()], vec!["180".to_owned()]));
    assert_eq!((run.wake().0, run.wake().0), (4000, 4000));
    let last = (0..20).map(|_| run.wake().1).find(|seen| seen == &["timeout"]);
    assert!(last.is_some() && run.machine.is_terminated());
    let mut run = Run::new(true);
    run.response(100);
    assert_eq!(run.wake(), (32_000, vec!["timeout".to_owned()]));
}

#[test]
fn a_final_response_is_told_once_and_absorbed_until_timer_k() {
    for first in [None, Some(100)] {
        let mut run = Run::new(false);
        first.map(|status| run.response(status));
        assert_eq!((run.response(200), run.response(200)), (vec!["200".to_owned()], vec![]));
        run.machine.on_transport_error();
        assert_eq!(run.wake(), (5000, vec![]));
        assert!(run.machine.is_terminated());
    }
    let mut run = Run::new(true);
    assert_eq!(run.response(404), ["404"]);
    assert!(run.machine.is_terminated(), "timer K is zero");
}

#[test]
fn a_transport_error_is_told() {
    for first in [None, Some(100)] {
        let mut run = Run::new(false);
        first.map(|status| run.response(status));
        run.machine.on_transport_error();
        assert_eq!((run.take(), run.machine.is_terminated()), (vec!["failed".to_owned()], true));
    }
}
