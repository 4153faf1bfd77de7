//! Bridges over real loopback sockets: a virtual browser, and a phone leg as the phone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use ::media::bridge::{Command, Direction, Event, PhonePolicy, Side};
use ::media::client::{Change, Codec, MediaKind};
use ::media::phone::{Input, Medium, Output, Packet, PhoneLeg, PhoneSetup, Socket};
use ::media::record::Container;
use sdp::AddressPolicy;

use super::tests::{Browser, PATIENCE, media};
use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PCMA: u8 = 8;

fn policy() -> PhonePolicy {
    let mut policy = PhonePolicy::new(LOOPBACK);
    policy.codecs = vec!["PCMA".into()];
    policy
}

/// A phone with a real socket, driven by the thread of its test.
struct Phone {
    leg: PhoneLeg,
    socket: UdpSocket,
    heard: usize,
    said: u64,
}

impl Phone {
    fn new() -> Self {
        let socket = UdpSocket::bind((LOOPBACK, 0)).expect("a socket");
        socket.set_nonblocking(true).expect("non-blocking");
        let ports = (socket.local_addr().expect("bound").port(), None);
        let addresses = AddressPolicy { loopback: true, ..AddressPolicy::default() };
        let leg = PhoneLeg::new(PhoneSetup { policy: policy(), addresses, ports, entropy: [5; 32] });
        Self { leg, socket, heard: 0, said: 0 }
    }

    fn turn(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            let bytes = &buffer[..length];
            self.leg.handle(Instant::now(), Input::Datagram { socket: Socket::Audio, source, bytes });
        }
        while let Some(output) = self.leg.poll() {
            match output {
                Output::Transmit { socket: Socket::Audio, destination, bytes } => {
                    self.socket.send_to(&bytes, destination).expect("loopback takes it");
                }
                Output::Rtp(packet) if packet.payload.as_slice() == [9; 160] => self.heard += 1,
                _ => {}
            }
        }
    }

    fn say(&mut self) {
        self.said += 1;
        let (sequence, timestamp) = (self.said, self.said as u32 * 160);
        let packet = Packet { payload_type: PCMA, sequence, timestamp, marker: false, payload: &[7; 160] };
        self.leg.send(Instant::now(), Medium::Audio, &packet);
        self.turn();
    }
}

fn open(media: &Media) -> (BridgeHandle, Receiver<Event>) {
    let (sender, receiver) = channel();
    let sink: BridgeSink = Arc::new(move |_, event| drop(sender.send(event)));
    (media.open_bridge(BridgeSetup { policy: policy(), bind: LOOPBACK }, sink), receiver)
}

#[track_caller]
fn next(events: &Receiver<Event>) -> Event {
    loop {
        match events.recv_timeout(PATIENCE).expect("an event") {
            Event::Stats { .. } | Event::Connected { .. } => {}
            event => return event,
        }
    }
}

/// Offer, answer, and both applied.
fn join(bridge: &BridgeHandle, events: &Receiver<Event>, browser: &mut Browser, phone: &mut Phone) {
    let (audio, video, fresh) = (Direction::SendRecv, None, false);
    let sdp = browser.client.offer(&[Change::Add(MediaKind::Audio)]).expect("an offer");
    bridge.command(Command::Offered { side: Side::Browser, sdp, fresh });
    assert!(matches!(next(events), Event::Offered { .. }));
    bridge.command(Command::Describe { side: Side::Phone, audio, video, fresh });
    let Event::Offer { sdp, .. } = next(events) else { panic!("no offer") };
    phone.leg.offered(&sdp, false).expect("a good offer");
    let (sdp, _) = phone.leg.accept(Instant::now(), audio, video).expect("an answer");
    bridge.command(Command::Answered { side: Side::Phone, sdp });
    assert!(matches!(next(events), Event::Applied { telephone_event: true, .. }));
    bridge.command(Command::Accept { side: Side::Browser });
    let Event::Answer { sdp, .. } = next(events) else { panic!("no answer") };
    browser.client.answer(&sdp).expect("the answer fits");
    browser.run_until(|browser| browser.connected);
}

#[test]
fn a_browser_and_a_phone_hear_each_other_over_real_sockets() {
    let media = media(1);
    let (bridge, events) = open(&media);
    let (mut browser, mut phone) = (Browser::new(), Phone::new());
    join(&bridge, &events, &mut browser, &mut phone);
    let audio = browser.client.mids()[0];
    let path = std::env::temp_dir().join(format!("bridge-{}.wav", uuid::Uuid::new_v4()));
    bridge.record(Recording::Start { path: path.clone(), container: Container::Wav });
    for index in 0..50 {
        assert!(browser.client.send(Instant::now(), audio, Codec::PCMA, 160, false, &[9; 160]));
        phone.say();
        browser.run_until(|browser| browser.received.len() > index);
        phone.turn();
    }
    let until = Instant::now() + PATIENCE;
    while phone.heard < 50 {
        assert!(Instant::now() < until, "heard {}", phone.heard);
        phone.turn();
        std::thread::yield_now();
    }
    assert!(browser.received.iter().all(|packet| packet.payload[..] == [7; 160]));
    bridge.record(Recording::Stop);
    bridge.close();
    browser.run_until(|browser| browser.closed);
    media.stop();
    assert_eq!(media.counters().peers.load(std::sync::atomic::Ordering::Relaxed), 0);
    let until = Instant::now() + PATIENCE;
    // The header gets its lengths when all is written.
    while std::fs::read(&path).map_or(true, |wav| wav.get(40..44) == Some(&[0xff; 4]) || wav.len() < 44) {
        assert!(Instant::now() < until, "the recording was not ended");
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read(&path).expect("a recording").get(..4), Some(&b"RIFF"[..]));
    std::fs::remove_file(&path).expect("it can be removed");
}

#[test]
fn a_bridge_without_a_free_port_fails_and_costs_nothing() {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let taken = UdpSocket::bind(listen).expect("a socket");
    let port = taken.local_addr().expect("bound").port();
    let rtp_ports = Some((port & !1, port | 1));
    let media = Media::start(Config { listen, announce: Vec::new(), rtp_ports, workers: 1 }).expect("loopback sockets");
    let (_bridge, events) = open(&media);
    assert_eq!(next(&events), Event::NoRoom { detail: "no RTP port is free".into() });
    assert_eq!(media.counters().peers.load(std::sync::atomic::Ordering::Relaxed), 0);
}
