//! The virtual network between one browser and one peer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::client::{self, Change, Client, Codec, Direction, MediaKind, Mid, Packet};
use media::{BadDatagram, Certificate, Command, Event, Input, Kind, Output, Peer, Setup, Stats};

pub const LATENCY: Duration = Duration::from_millis(10);
pub const OPUS_FRAME: u32 = 960;

pub fn browser_address() -> SocketAddr {
    "198.51.100.7:40000".parse().unwrap()
}

pub fn engine_address() -> SocketAddr {
    "192.0.2.1:10000".parse().unwrap()
}

struct InFlight {
    at: Instant,
    to_engine: bool,
    bytes: Vec<u8>,
}

/// A browser, a peer, and the datagrams between them.
pub struct Pair {
    pub now: Instant,
    pub browser: Client,
    pub peer: Peer,
    pub browser_address: SocketAddr,
    /// Events of the peer so far, statistics aside.
    pub events: Vec<Event>,
    pub stats: Vec<Stats>,
    /// Packets the browser got back.
    pub received: Vec<Packet>,
    pub keyframe_requests: Vec<Mid>,
    pub ufrags: Vec<String>,
    pub validated: Vec<SocketAddr>,
    pub bad: Vec<BadDatagram>,
    /// Nothing passes, in either direction.
    pub cut: bool,
    /// Sizes of the SRTP datagrams the browser got.
    pub srtp_sizes: Vec<usize>,
    /// The browser was told goodbye.
    pub closed: bool,
    in_flight: VecDeque<InFlight>,
    browser_wake: Instant,
    peer_wake: Instant,
}

impl Pair {
    pub fn new() -> Self {
        let now = Instant::now();
        let certificate = Certificate::generate().unwrap();
        let setup = Setup { kind: Kind::Echo, candidates: vec![engine_address()], certificate, seed: 7 };
        let own = Certificate::generate().unwrap();
        Self {
            now,
            browser: Client::new(now, browser_address(), &own).unwrap(),
            peer: Peer::new(now, &setup),
            browser_address: browser_address(),
            events: Vec::new(),
            stats: Vec::new(),
            received: Vec::new(),
            keyframe_requests: Vec::new(),
            ufrags: Vec::new(),
            validated: Vec::new(),
            bad: Vec::new(),
            cut: false,
            srtp_sizes: Vec::new(),
            closed: false,
            in_flight: VecDeque::new(),
            browser_wake: now,
            peer_wake: now,
        }
    }

    /// Negotiated with audio and video, and connected.
    pub fn connected() -> Self {
        let mut pair = Self::new();
        pair.negotiate(&[Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)]);
        pair.run(Duration::from_secs(2));
        assert!(pair.browser.is_connected(), "events: {:?}", pair.events);
        assert!(pair.events.contains(&Event::Connected));
        pair
    }

    pub fn audio(&self) -> Mid {
        self.browser.mids()[0]
    }

    pub fn video(&self) -> Mid {
        self.browser.mids()[1]
    }

    /// Offer, answer, applied.
    pub fn negotiate(&mut self, changes: &[Change]) {
        let offer = self.browser.offer(changes).expect("the changes need an offer");
        let answer = self.answer_to(offer);
        self.browser.answer(&answer).expect("the answer fits");
    }

    /// Gives the peer an offer and returns its answer.
    pub fn answer_to(&mut self, offer: String) -> String {
        let before = self.events.len();
        self.command(Command::Offer(offer));
        match self.events.get(before) {
            Some(Event::Answer { sdp }) => sdp.clone(),
            other => panic!("no answer but {other:?}"),
        }
    }

    pub fn command(&mut self, command: Command) {
        self.peer.handle(self.now, Input::Command(command)).unwrap();
        self.drain();
    }

    /// A datagram from anywhere, at once.
    pub fn inject(&mut self, source: SocketAddr, bytes: &[u8]) {
        let input = Input::Datagram { source, destination: engine_address(), bytes };
        self.bad.extend(self.peer.handle(self.now, input).err());
        self.drain();
    }

    /// Sends `count` audio packets 20 ms apart and lets the last one come back.
    pub fn talk(&mut self, count: usize) {
        for index in 0..count {
            let mid = self.audio();
            assert!(self.browser.send(self.now, mid, Codec::Opus, OPUS_FRAME, false, &[index as u8; 80]));
            self.run(Duration::from_millis(20));
        }
        self.run(LATENCY * 3);
    }

    /// The audio packets that came back since `from`.
    pub fn audio_back(&self, from: usize) -> Vec<Packet> {
        let audio = self.audio();
        self.received.iter().skip(from).filter(|packet| packet.mid == audio).cloned().collect()
    }

    /// Lets time pass: the clock jumps from one event to the next.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.drain();
        loop {
            let arrival = self.in_flight.front().map(|datagram| datagram.at);
            let next = [arrival, Some(self.browser_wake), Some(self.peer_wake)].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            self.deliver();
            if self.browser_wake <= self.now {
                self.browser_wake = end + Duration::from_millis(1);
                self.browser.timeout(self.now);
            }
            if self.peer_wake <= self.now {
                self.peer_wake = end + Duration::from_millis(1);
                self.peer.handle(self.now, Input::Timeout).unwrap();
            }
            self.drain();
        }
        self.now = end;
    }

    fn deliver(&mut self) {
        while let Some(datagram) = self.in_flight.pop_front_if(|datagram| datagram.at <= self.now) {
            if datagram.to_engine {
                self.inject(self.browser_address, &datagram.bytes);
            } else {
                if let [0x80..=0xbf, payload_type, ..] = datagram.bytes[..]
                    && !(64..96).contains(&(payload_type & 0x7f))
                {
                    self.srtp_sizes.push(datagram.bytes.len());
                }
                self.browser.receive(self.now, engine_address(), &datagram.bytes);
                self.drain();
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.browser.poll() {
            match output {
                client::Output::Transmit { bytes, .. } => self.send(true, bytes),
                client::Output::Connected => {}
                client::Output::Closed => self.closed = true,
                client::Output::KeyframeRequest(mid) => self.keyframe_requests.push(mid),
                client::Output::Received(packet) => self.received.push(packet),
                client::Output::Wake(at) => self.browser_wake = at.max(self.now + Duration::from_millis(1)),
            }
        }
        while let Some(output) = self.peer.poll() {
            match output {
                Output::Transmit { bytes, destination, source } => {
                    assert_eq!((source, destination), (engine_address(), self.browser_address));
                    self.send(false, bytes);
                }
                Output::Event(Event::Stats(stats)) => self.stats.push(stats),
                Output::Event(event) => self.events.push(event),
                Output::Ufrag(ufrag) => self.ufrags.push(ufrag),
                Output::Validated { address, .. } => self.validated.push(address),
                Output::Wake(at) => self.peer_wake = at,
            }
        }
    }

    fn send(&mut self, to_engine: bool, bytes: Vec<u8>) {
        if !self.cut {
            self.in_flight.push_back(InFlight { at: self.now + LATENCY, to_engine, bytes });
        }
    }
}

/// Consecutive sequence numbers and one SSRC.
#[track_caller]
pub fn assert_continuous(packets: &[Packet]) {
    for pair in packets.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1, "sequence");
        assert_eq!(pair[1].ssrc, pair[0].ssrc, "ssrc");
    }
}

pub fn hold(pair: &mut Pair, direction: Direction) {
    let audio = pair.audio();
    pair.negotiate(&[Change::Direction(audio, direction)]);
}
