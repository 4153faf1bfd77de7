//! The virtual network between browsers, one bridge and one phone.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::Certificate;
use media::bridge::{Bridge, Command, Direction, Event, Heard, Input, Output, PhonePolicy, Setup, Side};
use media::client::{self, Change, Client, Codec, MediaKind, Packet};
use media::phone::{self, Medium, PhoneLeg, PhoneSetup, Received, Socket};
use sdp::AddressPolicy;

use crate::video::narrowed;

pub const LATENCY: Duration = Duration::from_millis(10);
pub const PERIOD: Duration = Duration::from_millis(20);

fn engine() -> SocketAddr {
    "192.0.2.1:10000".parse().unwrap()
}

/// Where a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Bridge(SocketAddr),
    BridgePhone(Socket),
    Browser(SocketAddr),
    Phone(Socket),
}

/// One page.
pub struct Page {
    pub client: Client,
    pub address: SocketAddr,
    wake: Instant,
    pub received: Vec<Packet>,
}

/// All of it.
pub struct World {
    pub now: Instant,
    pub pages: Vec<Page>,
    pub bridge: Bridge,
    pub phone: PhoneLeg,
    /// Of the bridge, statistics aside.
    pub events: Vec<Event>,
    /// What the phone got: RTP as it was on the wire.
    pub wire: Vec<Wire>,
    pub heard: Vec<Received>,
    /// Video that the phone got.
    pub seen: Vec<Received>,
    /// Keyframes that the phone, and the page, was asked for.
    pub keyframes: (usize, usize),
    pub keys: Vec<char>,
    /// Packets copied for a recording, and when.
    pub copies: Vec<(Instant, Heard)>,
    said: u64,
    pub forgotten: Vec<SocketAddr>,
    bridge_wake: Instant,
    phone_wake: Option<Instant>,
    in_flight: VecDeque<(Instant, To, Vec<u8>)>,
    /// Payload types of video that phone and page are offered, or offer, alone.
    taken: (Option<String>, Option<&'static str>),
}

/// A packet towards the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

fn leg(address: &str, port: u16, codecs: &[&str], video: bool) -> PhoneSetup {
    let mut policy = PhonePolicy::new(address.parse().unwrap());
    policy.codecs = codecs.iter().map(|name| (*name).to_owned()).collect();
    policy.video = video;
    let ports = (port, video.then_some(port + 2));
    PhoneSetup { policy, addresses: AddressPolicy::default(), ports, entropy: [port as u8; 32] }
}

impl World {
    /// Nothing is negotiated. The bridge's network allows `ours`, the phone speaks `theirs`.
    pub fn new(ours: &[&str], theirs: &[&str]) -> Self {
        Self::build(ours, theirs, false)
    }

    fn build(ours: &[&str], theirs: &[&str], video: bool) -> Self {
        let now = Instant::now();
        let setup = Setup {
            phone: leg("192.0.2.1", 4000, ours, video),
            candidates: vec![engine()],
            certificate: Certificate::generate().unwrap(),
            seed: 0x1234_5678_9abc_def0,
        };
        Self {
            now,
            pages: Vec::new(),
            bridge: Bridge::new(now, setup),
            phone: PhoneLeg::new(leg("192.0.2.9", 5000, theirs, video)),
            events: Vec::new(),
            wire: Vec::new(),
            heard: Vec::new(),
            seen: Vec::new(),
            keyframes: (0, 0),
            keys: Vec::new(),
            copies: Vec::new(),
            said: 0,
            forgotten: Vec::new(),
            bridge_wake: now,
            phone_wake: None,
            in_flight: VecDeque::new(),
            taken: (None, None),
        }
    }

    /// The browser has called the phone, both are connected.
    pub fn connected(ours: &[&str], theirs: &[&str]) -> Self {
        Self::joined(Self::new(ours, theirs), &[Change::Add(MediaKind::Audio)], None)
    }

    /// The same with video.
    pub fn with_video() -> Self {
        let changes = [Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)];
        Self::joined(Self::build(&["PCMA"], &["PCMA"], true), &changes, Some(Direction::SendRecv))
    }

    /// The same where phone and page take these payload types of video only, or all.
    pub fn with_video_as(phone: &str, page: Option<&'static str>) -> Self {
        let mut world = Self::build(&["PCMA"], &["PCMA"], true);
        world.taken = (Some(phone.to_owned()), page);
        let changes = [Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)];
        Self::joined(world, &changes, Some(Direction::SendRecv))
    }

    fn joined(mut world: Self, changes: &[Change], video: Option<Direction>) -> Self {
        world.open_page();
        let offer = world.page().client.offer(changes).unwrap();
        let sdp = world.taken.1.map_or(offer.clone(), |taken| narrowed(&offer, taken));
        world.command(Command::Offered { side: Side::Browser, sdp, fresh: false });
        world.call_phone(video);
        world.accept_browser();
        world.run(Duration::from_secs(2));
        assert!(world.page().client.is_connected(), "events: {:?}", world.events);
        world
    }

    /// Describes the bridge to the phone and applies its answer.
    pub fn call_phone(&mut self, video: Option<Direction>) {
        let describe = Command::Describe { side: Side::Phone, audio: Direction::SendRecv, video, fresh: false };
        let Event::Offer { sdp, .. } = self.command(describe) else { panic!("no offer") };
        let sdp = self.taken.0.as_ref().map_or(sdp.clone(), |taken| narrowed(&sdp, taken));
        self.phone.offered(&sdp, false).unwrap();
        let (sdp, _) = self.phone.accept(self.now, Direction::SendRecv, video).unwrap();
        let applied = self.command(Command::Answered { side: Side::Phone, sdp });
        assert!(matches!(applied, Event::Applied { .. }), "{applied:?}");
    }

    pub fn accept_browser(&mut self) {
        let event = self.command(Command::Accept { side: Side::Browser });
        let Event::Answer { sdp, telephone_event: true, .. } = event else { panic!("{event:?}") };
        self.page().client.answer(&sdp).unwrap();
    }

    pub fn open_page(&mut self) {
        let address = SocketAddr::from(([198, 51, 100, 7], 40_000 + self.pages.len() as u16));
        let client = Client::new(self.now, address, &Certificate::generate().unwrap()).unwrap();
        self.pages.push(Page { client, address, wake: self.now, received: Vec::new() });
    }

    /// The newest page.
    pub fn page(&mut self) -> &mut Page {
        self.pages.last_mut().unwrap()
    }

    /// The last event that a command led to.
    pub fn command(&mut self, command: Command) -> Event {
        self.bridge.handle(self.now, Input::Command(command)).unwrap();
        self.drain();
        self.events.last().cloned().unwrap_or(Event::Failed { detail: "no event".into() })
    }

    /// Both talk for `count` packet times: `codec` from the browser, `payload_type` from the phone.
    pub fn talk(&mut self, count: u64, codec: Codec, units: u32, payload_type: u8) {
        for index in 0..count {
            let now = self.now;
            let page = self.page();
            let audio = page.client.mids()[0];
            assert!(page.client.send(now, audio, codec, units, false, &[index as u8; 160]), "not negotiated");
            self.say(payload_type);
            self.run(PERIOD);
        }
        self.run(LATENCY * 3);
    }

    /// One packet of the phone.
    pub fn say(&mut self, payload_type: u8) {
        self.say_this(payload_type, &[self.said as u8 + 1; 160]);
    }

    pub fn say_this(&mut self, payload_type: u8, payload: &[u8]) {
        self.said += 1;
        let (sequence, timestamp) = (self.said, self.said as u32 * 160);
        let packet = phone::Packet { payload_type, sequence, timestamp, marker: false, payload };
        self.phone.send(self.now, Medium::Audio, &packet);
        self.drain();
    }

    /// Lets time pass: the clock jumps from one event to the next.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.drain();
        loop {
            let arrival = self.in_flight.front().map(|(at, ..)| *at);
            let pages = self.pages.iter().map(|page| page.wake).min();
            let next = [arrival, pages, Some(self.bridge_wake), self.phone_wake].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            self.deliver();
            self.wake(end);
            self.drain();
        }
        self.now = end;
    }

    fn wake(&mut self, end: Instant) {
        for page in self.pages.iter_mut().filter(|page| page.wake <= self.now) {
            page.wake = end + Duration::from_millis(1);
            page.client.timeout(self.now);
        }
        if self.bridge_wake <= self.now {
            self.bridge_wake = end + Duration::from_millis(1);
            self.bridge.handle(self.now, Input::Timeout).unwrap();
        }
        if self.phone_wake.is_some_and(|at| at <= self.now) {
            self.phone_wake = None;
            self.phone.handle(self.now, phone::Input::Timeout);
        }
    }

    fn deliver(&mut self) {
        while let Some((_, to, bytes)) = self.in_flight.pop_front_if(|(at, ..)| *at <= self.now) {
            match to {
                To::Bridge(source) => {
                    let input = Input::Browser { source, destination: engine(), bytes: &bytes };
                    // What a page that is gone still sends is dropped.
                    let _ = self.bridge.handle(self.now, input);
                }
                To::BridgePhone(socket) => {
                    let source = SocketAddr::from(([192, 0, 2, 9], 5000 + offset(socket)));
                    self.bridge.handle(self.now, Input::Phone { socket, source, bytes: &bytes }).unwrap();
                }
                To::Browser(address) => {
                    let now = self.now;
                    let page = self.pages.iter_mut().find(|page| page.address == address);
                    page.into_iter().for_each(|page| page.client.receive(now, engine(), &bytes));
                }
                To::Phone(socket) => {
                    self.wire.extend((socket == Socket::Audio).then(|| wire(&bytes)).flatten());
                    let source = SocketAddr::from(([192, 0, 2, 1], 4000 + offset(socket)));
                    self.phone.handle(self.now, phone::Input::Datagram { socket, source, bytes: &bytes });
                }
            }
            self.drain();
        }
    }

    fn drain(&mut self) {
        let at = self.now + LATENCY;
        for page in &mut self.pages {
            while let Some(output) = page.client.poll() {
                match output {
                    client::Output::Transmit { bytes, .. } => {
                        self.in_flight.push_back((at, To::Bridge(page.address), bytes));
                    }
                    client::Output::Received(packet) => page.received.push(packet),
                    client::Output::Wake(at) => page.wake = at.max(self.now + Duration::from_millis(1)),
                    client::Output::KeyframeRequest(_) => self.keyframes.1 += 1,
                    client::Output::Connected | client::Output::Closed => {}
                }
            }
        }
        while let Some(output) = self.bridge.poll() {
            match output {
                Output::Browser { destination, bytes, .. } => {
                    self.in_flight.push_back((at, To::Browser(destination), bytes));
                }
                Output::Phone { socket, bytes, .. } => self.in_flight.push_back((at, To::Phone(socket), bytes)),
                Output::Event(Event::Stats { .. }) | Output::Ufrag(_) | Output::Validated { .. } => {}
                Output::Heard(heard) => self.copies.push((self.now, heard)),
                Output::Event(event) => self.events.push(event),
                Output::Forget(address) => self.forgotten.push(address),
                Output::Wake(at) => self.bridge_wake = at,
            }
        }
        while let Some(output) = self.phone.poll() {
            match output {
                phone::Output::Transmit { socket, bytes, .. } => {
                    self.in_flight.push_back((at, To::BridgePhone(socket), bytes));
                }
                phone::Output::Rtp(packet) if packet.medium == Medium::Video => self.seen.push(packet),
                phone::Output::Rtp(packet) => self.heard.push(packet),
                phone::Output::KeyframeRequest => self.keyframes.0 += 1,
                phone::Output::Dtmf { digit, .. } => self.keys.push(digit),
                phone::Output::Wake(at) => self.phone_wake = Some(at),
                _ => {}
            }
        }
    }
}

fn offset(socket: Socket) -> u16 {
    match socket {
        Socket::Audio => 0,
        Socket::AudioRtcp => 1,
        Socket::Video => 2,
        Socket::VideoRtcp => 3,
    }
}

fn wire(bytes: &[u8]) -> Option<Wire> {
    let [_, kind, s0, s1, t0, t1, t2, t3, a, b, c, d, ..] = *bytes else { return None };
    let rtcp = (192..=223).contains(&kind);
    (!rtcp).then_some(Wire {
        payload_type: kind & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([a, b, c, d]),
    })
}

/// One SSRC and each number once, in order.
#[track_caller]
pub fn assert_continuous(wire: &[Wire]) {
    for pair in wire.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1), "sequence");
        assert_eq!(pair[1].ssrc, pair[0].ssrc, "ssrc");
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(step < 8000, "timestamp {:?}", pair);
    }
}
