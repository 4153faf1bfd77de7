use super::super::samples::{request, response, start_line};
use super::*;

fn take(machine: &mut Server) -> Vec<String> {
    std::iter::from_fn(|| machine.poll())
        .map(|output| match output {
            ServerOutput::Send(bytes) => start_line(&bytes).trim_start_matches("SIP/2.0 ").chars().take(3).collect(),
            ServerOutput::Ack(_) => "ACK".into(),
            ServerOutput::Timeout => "timeout".into(),
            ServerOutput::TransportFailed => "failed".into(),
        })
        .collect()
}

#[test]
fn trying_absorbs_then_the_last_response_is_repeated_until_timer_j() {
    let now = Instant::now();
    let mut machine = Server::new(now, request("BYE"), false);
    machine.on_retransmission();
    machine.on_transport_error();
    assert!(take(&mut machine).is_empty());
    machine.respond(now, &response("BYE", 180));
    machine.on_retransmission();
    assert_eq!(take(&mut machine), ["180", "180"]);
    machine.respond(now, &response("BYE", 200));
    machine.respond(now, &response("BYE", 500));
    machine.on_retransmission();
    assert_eq!(take(&mut machine), ["200", "200"]);
    let end = machine.wake().unwrap();
    assert_eq!((end - now).as_secs(), 32);
    machine.on_wake(end);
    machine.on_retransmission();
    assert!(machine.is_terminated() && take(&mut machine).is_empty());
}

#[test]
fn a_final_response_from_trying_ends_at_once_over_a_reliable_transport() {
    let mut machine = Server::new(Instant::now(), request("BYE"), true);
    machine.respond(Instant::now(), &response("BYE", 404));
    assert_eq!((take(&mut machine), machine.is_terminated()), (vec!["404".to_owned()], true));
}

#[test]
fn a_transport_error_ends_it() {
    for status in [180, 200] {
        let mut machine = Server::new(Instant::now(), request("BYE"), false);
        machine.respond(Instant::now(), &response("BYE", status));
        take(&mut machine);
        machine.on_transport_error();
        assert_eq!((take(&mut machine), machine.is_terminated()), (vec!["failed".to_owned()], true));
    }
}

#[test]
fn who_is_never_answered_leaves_nothing_behind() {
    for status in [None, Some(180)] {
        let now = Instant::now();
        let mut machine = Server::new(now, request("BYE"), false);
        status.into_iter().for_each(|status| machine.respond(now, &response("BYE", status)));
        take(&mut machine);
        machine.on_wake(now + timers::F);
        assert_eq!((take(&mut machine), machine.is_terminated()), (vec![], true));
    }
}
