use std::time::Duration;

use super::super::invite_client::cancel;
use super::super::samples::{request, start_line};
use super::*;
use crate::message::{Incoming, parse_datagram};
use crate::transport::{Flow, Protocol};

fn hop(protocol: Protocol, port: u16) -> Hop {
    Hop { protocol, address: ([127, 0, 0, 1], port).into(), flow: Flow::default() }
}

/// Two layers and a network that loses what its seed says. The right side answers every request.
struct Pair {
    now: Instant,
    layers: [Layer; 2],
    hops: [Hop; 2],
    network: Vec<(Instant, usize, Arc<[u8]>)>,
    rng: fastrand::Rng,
    loss_percent: u8,
    /// Statuses the right side gives, in order; the last is the final one.
    answers: Vec<u16>,
    seen: Vec<String>,
}

impl Pair {
    fn new(protocol: Protocol, seed: u64, loss_percent: u8, answers: &[u16]) -> Pair {
        Pair {
            now: Instant::now(),
            layers: [Layer::new(8), Layer::new(8)],
            hops: [hop(protocol, 5060), hop(protocol, 5070)],
            network: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
            loss_percent,
            answers: answers.to_vec(),
            seen: Vec::new(),
        }
    }

    fn drain(&mut self, side: usize) {
        while let Some(output) = self.layers[side].poll() {
            match output {
                Output::Send { bytes, .. } => {
                    if self.rng.u8(..100) >= self.loss_percent {
                        let delay = Duration::from_millis(self.rng.u64(1..80));
                        self.network.push((self.now + delay, 1 - side, bytes));
                    }
                }
                Output::Event(event) => self.on_event(side, event),
            }
        }
    }

    fn on_event(&mut self, side: usize, event: Event) {
        match event {
            Event::Request { key, request, .. } => {
                self.seen.push(request.method().to_string());
                for status in self.answers.clone() {
                    let response = request.response(Status::new(status).unwrap(), Some("b"));
                    self.layers[side].respond(self.now, &key, &response);
                }
            }
            Event::Response { response, .. } => self.seen.push(response.status().to_string()),
            Event::Ack { .. } => self.seen.push("ACK".into()),
            Event::Timeout(_) => self.seen.push("timeout".into()),
            Event::TransportFailed(_) => self.seen.push("failed".into()),
        }
    }

    /// Until nothing is under way any more.
    fn run(&mut self) {
        for _ in 0..10_000 {
            (0..2).for_each(|side| self.drain(side));
            let message = self.network.iter().map(|(at, ..)| *at).min();
            let wake = self.layers.iter().filter_map(Layer::next_wake).min();
            let Some(next) = message.into_iter().chain(wake).min() else { return };
            self.now = self.now.max(next);
            let (due, later) = std::mem::take(&mut self.network).into_iter().partition(|(at, ..)| *at <= self.now);
            self.network = later;
            let due: Vec<(Instant, usize, Arc<[u8]>)> = due;
            for (_, side, bytes) in due {
                let Ok(Incoming::Message(message)) = parse_datagram(&bytes) else { panic!("{}", start_line(&bytes)) };
                self.layers[side].receive(self.now, *message, self.hops[1 - side]);
            }
            (0..2).for_each(|side| self.layers[side].wake(self.now));
        }
        panic!("it never ends");
    }
}

fn count(seen: &[String], what: &str) -> usize {
    seen.iter().filter(|word| *word == what).count()
}

#[test]
fn under_loss_every_request_is_seen_once_and_answered_or_times_out() {
    let mut answered = 0;
    for seed in 0..400 {
        for (method, answers) in [("INVITE", &[180, 486][..]), ("OPTIONS", &[200]), ("INVITE", &[404])] {
            let mut pair = Pair::new(Protocol::Udp, seed, 25, answers);
            let hop = pair.hops[1];
            pair.layers[0].send(pair.now, request(method), hop).unwrap();
            pair.run();
            let finals = count(&pair.seen, &answers.last().unwrap().to_string());
            assert!(count(&pair.seen, method) <= 1, "{seed}: {:?}", pair.seen);
            assert!(finals <= 1 && (finals == 1 || count(&pair.seen, "timeout") >= 1), "{seed}: {:?}", pair.seen);
            assert!(
                pair.layers.iter().all(|layer| layer.is_empty() && layer.woken.is_empty() && layer.asked.is_empty()),
                "{seed}"
            );
            answered += finals;
        }
    }
    assert!(answered > 1150, "{answered} of 1200");
}

#[test]
fn without_loss_a_reliable_exchange_leaves_nothing_behind() {
    let mut pair = Pair::new(Protocol::Tcp, 1, 0, &[180, 486]);
    let hop = pair.hops[1];
    pair.layers[0].send(pair.now, request("INVITE"), hop).unwrap();
    pair.run();
    assert_eq!(count(&pair.seen, "INVITE") + count(&pair.seen, "180") + count(&pair.seen, "486"), 3);
    assert!(count(&pair.seen, "ACK") == 0 && pair.layers.iter().all(Layer::is_empty));
}

#[test]
fn a_2xx_reaches_the_user_and_so_does_its_ack() {
    let mut pair = Pair::new(Protocol::Udp, 1, 0, &[200]);
    let hop = pair.hops[1];
    pair.layers[0].send(pair.now, request("INVITE"), hop).unwrap();
    for branch in ["z9hG4bK1", "z9hG4bKother"] {
        let mut ack = request("ACK");
        ack.headers.set(name::VIA, format!("SIP/2.0/UDP a.example;branch={branch};rport"));
        pair.layers[0].send_ack(&ack, hop);
    }
    pair.run();
    assert_eq!((count(&pair.seen, "200"), count(&pair.seen, "ACK")), (1, 2), "{:?}", pair.seen);
}

#[test]
fn a_cancel_names_the_invite_that_still_waits() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(8);
    layer.receive(now, Message::Request(request("INVITE")), source);
    let Some(Output::Event(Event::Request { key: invite, .. })) = layer.poll() else { panic!("an INVITE") };
    layer.receive(now, Message::Request(cancel(&request("INVITE"))), source);
    let Some(Output::Event(Event::Request { cancels, .. })) = layer.poll() else { panic!("a CANCEL") };
    assert_eq!(cancels, Some(invite.clone()));
    layer.respond(now, &invite, &request("INVITE").response(Status::OK, Some("b")));
    let mut late = cancel(&request("INVITE"));
    late.headers.set(name::VIA, "SIP/2.0/UDP a.example;branch=z9hG4bK2");
    layer.receive(now, Message::Request(late), source);
    let cancels = std::iter::from_fn(|| layer.poll()).find_map(|output| match output {
        Output::Event(Event::Request { cancels, .. }) => Some(cancels),
        Output::Event(_) | Output::Send { .. } => None,
    });
    assert_eq!(cancels, Some(None));
}

#[test]
fn there_is_room_for_so_many_only() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(1);
    layer.send(now, request("OPTIONS"), source).unwrap();
    assert_eq!(layer.send(now, request("BYE"), source), Err(Full));
    layer.poll();
    layer.receive(now, Message::Request(request("INFO")), source);
    let Some(Output::Send { id: None, bytes, .. }) = layer.poll() else { panic!("a 503") };
    assert!(start_line(&bytes).starts_with("SIP/2.0 503") && layer.poll().is_none() && layer.len() == 1);
}

#[test]
fn a_failed_send_is_told_by_its_transaction() {
    let (now, source) = (Instant::now(), hop(Protocol::Tcp, 5060));
    let mut layer = Layer::new(1);
    let key = layer.send(now, request("INVITE"), source).unwrap();
    layer.transport_failed(&Id::Client(key.clone()));
    let events: Vec<_> = std::iter::from_fn(|| layer.poll()).collect();
    assert!(matches!(&events[1], Output::Event(Event::TransportFailed(Id::Client(failed))) if *failed == key));
    assert!(layer.is_empty() && layer.next_wake().is_none());
    layer.receive(now, Message::Response(request("INVITE").response(Status::OK, None)), source);
    assert!(layer.poll().is_none(), "a response without a transaction is dropped");
}

#[test]
fn an_invite_is_cancelled_over_its_own_way_once_something_came() {
    let (now, hop) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(1);
    let key = layer.send(now, request("INVITE"), hop).unwrap();
    assert!(!layer.cancel(now, &key));
    layer.receive(now, Message::Response(request("INVITE").response(Status::RINGING, Some("b"))), hop);
    assert!(layer.cancel(now, &key));
    let sent: Vec<_> = std::iter::from_fn(|| layer.poll())
        .filter_map(|output| match output {
            Output::Send { bytes, .. } => Some(start_line(&bytes)),
            Output::Event(_) => None,
        })
        .collect();
    assert!(sent.len() == 2 && sent[1].starts_with("CANCEL sip:bob@b.example"), "{sent:?}");
}

#[test]
fn a_request_that_comes_over_two_ways_is_acted_on_once() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(8);
    layer.receive(now, Message::Request(request("INVITE")), source);
    let Some(Output::Event(Event::Request { .. })) = layer.poll() else { panic!("an INVITE") };
    let mut other = request("INVITE");
    other.headers.set(name::VIA, "SIP/2.0/UDP b.example;branch=z9hG4bK2");
    layer.receive(now, Message::Request(other), source);
    let Some(Output::Send { bytes, .. }) = layer.poll() else { panic!("a 482") };
    assert!(start_line(&bytes).starts_with("SIP/2.0 482") && layer.poll().is_none() && layer.len() == 1);
    let mut fork = request("INVITE");
    fork.set_uri(crate::message::Uri::parse("sip:carol@b.example").unwrap());
    fork.headers.set(name::VIA, "SIP/2.0/UDP b.example;branch=z9hG4bK3");
    layer.receive(now, Message::Request(fork), source);
    assert!(matches!(layer.poll(), Some(Output::Event(Event::Request { .. }))), "another user");
}

#[test]
fn a_dismissed_request_is_answered_once_and_forgotten() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(8);
    for _ in 0..2 {
        layer.receive(now, Message::Request(request("INVITE")), source);
        let Some(Output::Event(Event::Request { key, .. })) = layer.poll() else { panic!("an INVITE") };
        layer.dismiss(now, &key, &request("INVITE").response(Status::NOT_FOUND, Some("same")));
        let Some(Output::Send { id: None, bytes, .. }) = layer.poll() else { panic!("a 404") };
        assert!(start_line(&bytes).starts_with("SIP/2.0 404"));
        assert!(layer.is_empty() && layer.next_wake().is_none() && layer.poll().is_none());
    }
}

#[test]
fn a_dismissed_request_that_was_told_to_wait_keeps_its_transaction() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(8);
    layer.receive(now, Message::Request(request("INVITE")), source);
    let Some(Output::Event(Event::Request { key, .. })) = layer.poll() else { panic!("an INVITE") };
    layer.wake(now + super::super::timers::TRYING);
    layer.dismiss(now, &key, &request("INVITE").response(Status::NOT_FOUND, Some("same")));
    let sent = std::iter::from_fn(|| layer.poll()).filter(|output| matches!(output, Output::Send { id: Some(_), .. }));
    assert_eq!((sent.count(), layer.len()), (2, 1));
}

#[test]
fn strangers_leave_room_for_dialogs_and_for_us() {
    let (now, source) = (Instant::now(), hop(Protocol::Udp, 5060));
    let mut layer = Layer::new(super::super::Room::shared(16));
    let come = |layer: &mut Layer, n: u8, to: &str| {
        let mut came = request("OPTIONS");
        came.headers.set(name::VIA, format!("SIP/2.0/UDP b.example;branch=z9hG4bK{to}{n}"));
        came.headers.set(name::CALL_ID, format!("{to}{n}"));
        came.headers.set(name::TO, format!("<sip:b@b.example>{to}"));
        layer.receive(now, Message::Request(came), source);
        matches!(layer.poll(), Some(Output::Event(Event::Request { .. })))
    };
    assert_eq!((0..8).filter(|n| come(&mut layer, *n, "")).count(), 4, "one source");
    assert_eq!((0..20).filter(|n| come(&mut layer, *n, ";tag=x")).count(), 8, "in dialogs");
    let mut ours = request("OPTIONS");
    let mut sent = 0..;
    while sent.next().is_some_and(|n: u8| {
        ours.headers.set(name::VIA, format!("SIP/2.0/UDP a.example;branch=z9hG4bKours{n}"));
        layer.send(now, ours.clone(), source).is_ok()
    }) {}
    assert_eq!((sent.next(), layer.len()), (Some(5), 16));
}
