//! The workers over real loopback sockets, with the virtual browser of `media::client`.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ::media::Certificate;
use ::media::client::{Change, Client, Codec, MediaKind, Output, Packet};

use super::*;

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn media(workers: usize) -> Media {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Media::start(Config { listen, announce: Vec::new(), rtp_ports: None, workers }).expect("loopback sockets")
}

fn events() -> (Sink, Receiver<Event>) {
    let (sender, receiver) = channel();
    let sink: Sink = Arc::new(move |_, event| drop(sender.send(event)));
    (sink, receiver)
}

#[track_caller]
fn wait(events: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Event {
    let until = Instant::now() + PATIENCE;
    loop {
        let event = events.recv_timeout(until.saturating_duration_since(Instant::now())).expect("the event");
        if wanted(&event) {
            return event;
        }
    }
}

/// A browser with a real socket, driven by the thread of its test.
pub(super) struct Browser {
    pub client: Client,
    socket: UdpSocket,
    wake: Instant,
    pub connected: bool,
    pub closed: bool,
    pub received: Vec<Packet>,
}

impl Browser {
    pub fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let certificate = Certificate::generate().expect("a certificate");
        let address = socket.local_addr().expect("bound");
        let client = Client::new(Instant::now(), address, &certificate).expect("a client");
        Self { client, socket, wake: Instant::now(), connected: false, closed: false, received: Vec::new() }
    }

    /// Offers audio and applies the answer.
    fn call(&mut self, peer: &PeerHandle, events: &Receiver<Event>) {
        peer.offer(self.client.offer(&[Change::Add(MediaKind::Audio)]).expect("an offer"));
        let Event::Answer { sdp } = wait(events, |event| matches!(event, Event::Answer { .. })) else { return };
        self.client.answer(&sdp).expect("the answer fits");
    }

    #[track_caller]
    pub fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        self.drain();
        while !done(self) {
            assert!(Instant::now() < until, "it did not happen in time");
            self.turn();
        }
    }

    fn turn(&mut self) {
        let mut buffer = [0; 2048];
        let pause = self.wake.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(pause)).expect("a timeout");
        match self.socket.recv_from(&mut buffer) {
            Ok((length, source)) => self.client.receive(Instant::now(), source, &buffer[..length]),
            Err(_) => self.client.timeout(Instant::now()),
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Transmit { destination, bytes } => {
                    self.socket.send_to(&bytes, destination).expect("loopback takes it");
                }
                Output::Connected => self.connected = true,
                Output::Closed => self.closed = true,
                Output::Received(packet) => self.received.push(packet),
                Output::KeyframeRequest(_) => {}
                Output::Wake(at) => self.wake = at,
            }
        }
    }

    /// Sends `count` packets and waits for as many.
    fn talk(&mut self, count: usize) {
        let audio = self.client.mids()[0];
        for index in 0..count {
            assert!(self.client.send(Instant::now(), audio, Codec::Opus, 960, false, &[index as u8; 80]));
            self.run_until(|browser| browser.received.len() > index);
        }
    }
}

#[test]
fn packets_come_back_over_real_sockets() {
    let media = media(1);
    let (sink, events) = events();
    let peer = media.open(Kind::Echo, sink);
    let mut browser = Browser::new();
    browser.call(&peer, &events);
    browser.run_until(|browser| browser.connected);
    wait(&events, |event| *event == Event::Connected);
    browser.talk(50);
    assert!(browser.received.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
    let counters = media.counters();
    assert!(counters.packets_in.load(Ordering::Relaxed) >= 50);
    assert_eq!(counters.peers.load(Ordering::Relaxed), 1);
    drop(peer);
    browser.run_until(|browser| browser.closed);
    media.stop();
    assert_eq!(counters.peers.load(Ordering::Relaxed), 0);
}

#[test]
fn garbage_is_counted_and_a_call_beside_it_goes_on() {
    let media = media(1);
    let (sink, events) = events();
    let peer = media.open(Kind::Echo, sink);
    let mut browser = Browser::new();
    browser.call(&peer, &events);
    browser.run_until(|browser| browser.connected);
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    for length in 0..200 {
        let bytes = vec![if length % 2 == 0 { 22 } else { 128 }; length];
        stranger.send_to(&bytes, media.addresses()[0]).expect("loopback takes it");
        browser.socket.send_to(&bytes, media.addresses()[0]).expect("loopback takes it");
    }
    browser.talk(20);
    let bad: u64 = media.counters().bad_datagrams().iter().map(|bad| bad.count).sum();
    assert!(bad >= 150, "{:?}", media.counters().bad_datagrams());
    assert_eq!(media.counters().peers_failed.load(Ordering::Relaxed), 0);
}

#[test]
fn a_panic_ends_its_own_peer_only() {
    let media = media(1);
    let (told, failures) = channel();
    let bad: Sink = Arc::new(move |_, event| {
        let failed = matches!(event, Event::Failed { .. });
        drop(told.send(event));
        assert!(failed, "a sink that panics at the answer");
    });
    let bad_peer = media.open(Kind::Echo, bad);
    let (sink, events) = events();
    let peer = media.open(Kind::Echo, sink);
    let offer = Browser::new().client.offer(&[Change::Add(MediaKind::Audio)]).expect("an offer");
    bad_peer.offer(offer);
    wait(&failures, |event| matches!(event, Event::Failed { .. }));
    let mut browser = Browser::new();
    browser.call(&peer, &events);
    browser.run_until(|browser| browser.connected);
    browser.talk(3);
    assert_eq!(media.counters().peers.load(Ordering::Relaxed), 1);
}

#[test]
fn peers_are_spread_over_workers_and_freed_with_their_handles() {
    let media = media(3);
    let addresses = media.addresses();
    assert_eq!(addresses.len(), 3);
    let mut browsers: Vec<(Browser, PeerHandle, Receiver<Event>)> = Vec::new();
    for _ in 0..3 {
        let (sink, events) = events();
        let (peer, mut browser) = (media.open(Kind::Echo, sink), Browser::new());
        browser.call(&peer, &events);
        browsers.push((browser, peer, events));
    }
    let mut used = Vec::new();
    for (browser, _, _) in &mut browsers {
        browser.run_until(|browser| browser.connected);
        browser.talk(2);
    }
    drop(browsers);
    let (sink, last) = events();
    for _ in 0..3 {
        // Commands of one worker are taken in order: an answer proves the closing before it.
        let peer = media.open(Kind::Echo, sink.clone());
        peer.offer(String::new());
        used.push(peer);
        wait(&last, |event| matches!(event, Event::Failed { .. }));
    }
    media.stop();
    assert_eq!(media.counters().peers.load(Ordering::Relaxed), 0);
}

#[test]
fn what_comes_after_the_end_is_an_event_and_not_a_hang() {
    let media = media(1);
    let (sink, events) = events();
    let running = media.open(Kind::Echo, sink.clone());
    running.offer(Browser::new().client.offer(&[Change::Add(MediaKind::Audio)]).expect("an offer"));
    wait(&events, |event| matches!(event, Event::Answer { .. }));
    media.stop();
    wait(&events, |event| matches!(event, Event::Failed { .. }));
    let late = media.open(Kind::Echo, sink);
    wait(&events, |event| matches!(event, Event::Failed { .. }));
    late.offer(String::new());
    running.close();
    media.stop();
    assert_eq!(events.try_recv().ok(), None);
}

#[test]
fn a_taken_port_and_a_port_out_of_range_are_errors() {
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let listen = taken.local_addr().expect("bound");
    let error =
        Media::start(Config { listen, announce: Vec::new(), rtp_ports: None, workers: 1 }).err().expect("taken");
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 65_535));
    assert!(Media::start(Config { listen, announce: Vec::new(), rtp_ports: None, workers: 2 }).is_err());
}

#[test]
fn candidates_are_what_is_announced_else_what_the_machine_has() {
    let bound = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5000));
    let mut config = Config {
        listen: bound,
        announce: vec!["203.0.113.5".parse().expect("an address")],
        rtp_ports: None,
        workers: 1,
    };
    assert_eq!(config.candidates(bound), ["203.0.113.5:5000".parse().expect("an address")]);
    config.announce.clear();
    let found = config.candidates(bound);
    assert!(found.contains(&SocketAddr::from((Ipv4Addr::LOCALHOST, 5000))), "{found:?}");
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 7));
    assert_eq!(config.candidates(loopback), [loopback]);
}
