//! One case: the clock jumps from event to event.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use fastrand::Rng;
use gateway::Timing;
use gateway::sip::{Branch, DtmfMode, Input, Line, MediaEvent, Output, Side, SipCall, SipInput, SipOutput};
use sdp::Direction;
use signal::call::Call;
use signal::{CallId, Gcid};
use sip::dialog::{DialogId, TimerPolicy};
use sip::endpoint::{Endpoint, Event, Output as Wire};
use sip::message::{Headers, Host, Method, NameAddr, Request, Status, Uri};
use sip::transaction::{ClientKey, ServerKey};
use uuid::Uuid;

use super::bridge::{Bridge, Kinds, receives, sends};
use super::browser::{Page, Phase};
use super::phone::{BOTH, Phone, capabilities, hop, sent_by};

/// Most events of a case.
const STEPS: usize = 40_000;
/// Until when users do things, in ms.
const FAULTS_END: u64 = 60_000;
/// When everybody has come to rest.
const JUDGE: u64 = 130_000;
/// How long one side may outlive the other.
const STUCK_MS: u64 = 90_000;

/// How often things happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    established: u64,
    changes: u64,
    held: u64,
    resets: u64,
    glares: u64,
    taken_over: u64,
    deaths: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.established += other.established;
        self.changes += other.changes;
        self.held += other.held;
        self.resets += other.resets;
        self.glares += other.glares;
        self.taken_over += other.taken_over;
        self.deaths += other.deaths;
    }

    pub fn expect_everything_happened(&self, seeds: u64) {
        println!("{seeds} cases: {self:?}");
        assert!(self.established > seeds / 5 && self.changes > seeds / 4 && self.held > seeds / 20, "{self:?}");
        assert!(self.glares > seeds / 50 && self.taken_over > seeds / 20 && self.deaths > seeds / 20, "{self:?}");
    }
}

#[derive(Debug)]
enum Happening {
    Up(usize, Call),
    Down(usize, Call),
    Bytes(bool, Vec<u8>),
    Media(MediaEvent),
    Wake,
    Tick,
    Ring(u8),
    Accept(usize),
    Wish(Option<Kinds>),
    PhoneWish(Kinds),
    Press,
    Dtmf,
    Reload,
    HangUp,
    PhoneHangUp,
    PageDies,
    PhoneDies,
    Lost(usize),
    Silent,
    Judge,
}

pub struct World {
    start: Instant,
    now: u64,
    rng: Rng,
    prints: bool,
    loss: u8,
    outgoing: bool,
    events: BTreeMap<(u64, u64), Happening>,
    order: u64,
    call: Option<SipCall>,
    done: bool,
    endpoint: Endpoint,
    dialogs: Vec<DialogId>,
    references: HashMap<u64, ClientKey>,
    keys: HashMap<ClientKey, u64>,
    bridge: Bridge,
    media_at: u64,
    pages: Vec<Page>,
    gone: Vec<bool>,
    last: [u64; 2],
    page: usize,
    phone: Phone,
    ended: HashMap<CallId, u32>,
    died_at: Option<u64>,
    tally: Tally,
}

impl World {
    pub fn new(seed: u64, prints: bool) -> World {
        let mut rng = Rng::with_seed(seed);
        let outgoing = rng.bool();
        let video = |rng: &mut Rng| (rng.u8(..4) == 0).then_some(BOTH);
        let (wish, phone_wish) = ((BOTH, video(&mut rng)), (BOTH, video(&mut rng)));
        let phone = Phone::new(rng.u64(..), phone_wish);
        let mut world = World {
            start: Instant::now(),
            now: 0,
            prints,
            loss: *rng.choice(&[0, 5, 20]).unwrap(),
            outgoing,
            rng,
            events: BTreeMap::new(),
            order: 0,
            call: None,
            done: false,
            endpoint: Endpoint::new(capabilities(), 64),
            dialogs: Vec::new(),
            references: HashMap::new(),
            keys: HashMap::new(),
            bridge: Bridge::default(),
            media_at: 0,
            pages: Vec::new(),
            gone: Vec::new(),
            last: [0; 2],
            page: 0,
            phone,
            ended: HashMap::new(),
            died_at: None,
            tally: Tally::default(),
        };
        let devices = if outgoing { 1 } else { world.rng.usize(1..=3) };
        (0..devices).for_each(|_| {
            world.open_page(if outgoing { Phase::Calling } else { Phase::Idle }, wish);
        });
        world.script();
        world
    }

    fn open_page(&mut self, phase: Phase, wish: Kinds) -> usize {
        let leg = CallId(Uuid::from_u128(self.pages.len() as u128 + 1));
        self.pages.push(Page::new(leg, phase, wish));
        self.gone.push(false);
        self.pages.len() - 1
    }

    fn script(&mut self) {
        for _ in 0..self.rng.u8(1..4) {
            let (at, what) = (self.rng.u64(500..8_000), self.rng.u8(..10));
            self.at(at, Happening::Ring(what));
        }
        self.at(9_000, Happening::Ring(9));
        // Nobody lets it ring for ever.
        self.at(100_000, Happening::Ring(0));
        for page in 0..self.pages.len() {
            let at = self.rng.u64(500..12_000);
            self.at(at, Happening::Accept(page));
        }
        for _ in 0..self.rng.u8(0..8) {
            let at = self.rng.u64(3_000..FAULTS_END);
            let what = match self.rng.u8(..12) {
                0..=3 => Happening::Wish(self.some_wish()),
                4..=6 => Happening::PhoneWish((self.some_direction(), self.phone.wish.1)),
                7 => Happening::PhoneWish((BOTH, Some(BOTH))),
                8 => Happening::Press,
                9 => Happening::Dtmf,
                10 => Happening::Reload,
                _ => Happening::Wish(None),
            };
            self.at(at, what);
        }
        if self.rng.bool() {
            self.glare();
        }
        let at = self.rng.u64(100..FAULTS_END);
        match self.rng.u8(..16) {
            0 | 1 => self.at(at, Happening::HangUp),
            2 | 3 => self.at(at, Happening::PhoneHangUp),
            4 => self.at(at, Happening::PageDies),
            5 => self.at(at, Happening::PhoneDies),
            _ => {}
        }
        (1..JUDGE / 250).for_each(|tick| self.at(tick * 250, Happening::Tick));
        self.at(JUDGE, Happening::Judge);
    }

    /// Both sides want something at about the same time.
    fn glare(&mut self) {
        let at = self.rng.u64(13_000..FAULTS_END) / 250 * 250;
        for _ in 0..self.rng.u8(1..3) {
            // The page needs the lock before it offers; the phone needs nothing.
            let (early, late) = (at - self.rng.u64(0..120), at + self.rng.u64(60..200));
            let wish = self.some_wish();
            let video = if self.rng.bool() { Some(BOTH) } else { self.phone.wish.1 };
            let phone = (self.some_direction(), video);
            self.at(early, Happening::Wish(wish));
            self.at(late, Happening::PhoneWish(phone));
        }
    }

    fn some_direction(&mut self) -> Direction {
        *self.rng.choice(&[BOTH, BOTH, Direction::SendOnly, Direction::Inactive]).unwrap()
    }

    fn some_wish(&mut self) -> Option<Kinds> {
        let video = if self.rng.u8(..3) == 0 { Some(BOTH) } else { self.pages[0].wish.1 };
        Some((self.some_direction(), video))
    }

    fn at(&mut self, at: u64, event: Happening) {
        self.order += 1;
        self.events.insert((at, self.order), event);
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.now)
    }

    /// Runs to the end; panics where something does not hold.
    pub fn run(mut self) -> Tally {
        match self.outgoing {
            true => {
                let start = self.pages[0].start(false);
                let target = Uri::parse("sip:b@127.0.0.1:5061").unwrap();
                let (gcid, seed) = (Gcid::parse("world").unwrap(), self.rng.u64(..));
                let call = SipCall::outgoing(self.instant(), start, target, gcid, line(), seed, Timing::default());
                self.call = Some(call);
                self.drain_call();
            }
            false => {
                let late = self.rng.u8(..5) == 0;
                self.phone.call(late);
            }
        }
        self.drain_phone();
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < STEPS, "it never ends");
            let next = self.events.first_key_value().map(|(key, _)| key.0);
            let millis = |at: Instant| at.saturating_duration_since(self.start).as_millis() as u64 + 1;
            let wakes = self.endpoint.next_wake().into_iter().chain(self.phone.wake());
            let Some(at) = wakes.map(millis).chain(next).min() else { break };
            self.now = self.now.max(at);
            self.check_death();
            match self.events.first_key_value().map(|(key, _)| *key).filter(|key| key.0 <= self.now) {
                Some(key) => {
                    let event = self.events.remove(&key).unwrap();
                    if self.prints && !matches!(event, Happening::Tick | Happening::Bytes(..)) {
                        println!("{:>7} {event:?}", self.now);
                    }
                    self.step(event);
                }
                None => {
                    let now = self.instant();
                    self.endpoint.wake(now);
                    self.phone.on_wake(now);
                }
            }
            self.drain_phone();
            self.drain_endpoint();
        }
        self.finish();
        self.tally
    }

    fn step(&mut self, event: Happening) {
        let (now, page) = (self.instant(), self.page);
        match event {
            Happening::Up(page, message) if !self.gone[page] => {
                let leg = self.pages[page].leg;
                self.feed(Input::Browser { leg, message });
            }
            Happening::Down(page, message) if !self.gone[page] => {
                let random = self.rng.u64(..1 << 40);
                let answers = self.pages[page].receive(self.now, message, random);
                answers.into_iter().for_each(|message| self.up(page, message));
            }
            Happening::Up(..) | Happening::Down(..) => {}
            Happening::Bytes(true, bytes) if !self.phone.dead => self.phone.receive(now, &bytes),
            Happening::Bytes(true, _) => {}
            Happening::Bytes(false, bytes) => self.endpoint.receive_datagram(now, &bytes, hop(1)),
            Happening::Media(event) => self.feed(Input::Media(event)),
            Happening::Wake => self.feed(Input::Timeout),
            Happening::Tick => self.tick(),
            Happening::Ring(what) => self.phone.ring(now, what),
            Happening::Accept(page) => {
                if let Some(message) = self.pages[page].accept() {
                    self.page =
                        if self.pages.iter().any(|page| page.phase == Phase::Established) { self.page } else { page };
                    self.up(page, message);
                }
            }
            Happening::Wish(wish) => self.pages[page].want(wish),
            // Until it talks, its answer says what it wants.
            Happening::PhoneWish(wish) if self.phone.is_talking() => {
                self.phone.wish = wish;
                self.phone.tick(now);
            }
            Happening::PhoneWish(_) => {}
            Happening::Press => self.phone.press(),
            Happening::Dtmf if self.pages[page].phase == Phase::Established => {
                let id = self.pages[page].leg;
                let dtmf = signal::call::Dtmf { id, gcid: None, dtmf: "1#".into(), duration_ms: None, account: None };
                self.up(page, Call::Dtmf(dtmf));
            }
            Happening::Dtmf => {}
            Happening::Reload => self.reload(),
            Happening::HangUp => self.hang_up(),
            Happening::PhoneHangUp => self.phone.hang_up(),
            Happening::PageDies => self.kill_page(),
            Happening::PhoneDies => self.kill_phone(),
            Happening::Lost(page) => {
                let leg = self.pages[page].leg;
                self.feed(Input::LegLost { leg });
            }
            Happening::Silent => self.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })),
            Happening::Judge => self.judge(),
        }
    }

    fn kill_page(&mut self) {
        let phase = self.pages[self.page].phase;
        if phase != Phase::Established && !(self.outgoing && phase == Phase::Calling) {
            return;
        }
        self.gone[self.page] = true;
        self.died_at.get_or_insert(self.now);
        self.at(self.now + 30_000, Happening::Lost(self.page));
    }

    fn kill_phone(&mut self) {
        if self.phone.is_talking() {
            self.phone.dead = true;
            self.died_at.get_or_insert(self.now);
            self.at(self.now + 30_000, Happening::Silent);
            self.at(self.now + 60_000, Happening::Silent);
        }
    }

    fn check_death(&mut self) {
        let Some(died) = self.died_at.filter(|died| died + STUCK_MS < self.now) else { return };
        let legs = self.pages.iter().zip(&self.gone).filter(|(_, gone)| !**gone);
        let stuck = legs.filter(|(page, _)| !matches!(page.phase, Phase::Over | Phase::Idle)).count();
        assert!(stuck == 0, "a browser outlives its phone, dead since {died}");
        assert!(self.phone.dead || self.phone.is_over(), "a phone outlives its browser, dead since {died}");
    }

    fn tick(&mut self) {
        for page in 0..self.pages.len() {
            let random = self.rng.u64(..1 << 40);
            if !self.gone[page]
                && let Some(message) = self.pages[page].tick(self.now, random)
            {
                self.up(page, message);
            }
        }
        if !self.phone.dead {
            self.phone.tick(self.instant());
        }
    }

    fn up(&mut self, page: usize, message: Call) {
        let delay = self.rng.u64(1..60);
        self.last[0] = self.last[0].max(self.now + delay);
        self.at(self.last[0], Happening::Up(page, message));
    }

    fn reload(&mut self) {
        let old = self.page;
        let can = matches!(self.pages[old].phase, Phase::Established)
            || (self.outgoing && self.pages[old].phase == Phase::Calling);
        if !can || self.gone[old] || self.done {
            return;
        }
        self.gone[old] = true;
        self.tally.taken_over += 1;
        let wish = self.pages[old].wish;
        self.page = self.open_page(Phase::Calling, wish);
        let start = Box::new(self.pages[self.page].start(true));
        let (leg, lost) = (self.pages[old].leg, self.now + 30_000);
        self.feed(Input::TakeOver { leg, start });
        self.at(lost, Happening::Lost(old));
    }

    fn hang_up(&mut self) {
        let page = self.page;
        if let Some(message) = self.pages[page].hang_up("normal").filter(|_| !self.gone[page]) {
            self.up(page, message);
        }
    }

    fn feed(&mut self, input: Input) {
        let now = self.instant();
        if self.done {
            return;
        }
        if let Some(call) = &mut self.call {
            call.handle(now, input);
            self.drain_call();
        }
    }

    fn drain_call(&mut self) {
        while let Some(output) = self.call.as_mut().and_then(SipCall::poll) {
            assert!(!self.done, "something after the end: {output:?}");
            if self.prints && !matches!(output, Output::Sip(_)) {
                println!("{:>7}   {output:?}", self.now);
            }
            match output {
                Output::Send { leg, message } => self.down(leg, message),
                Output::Refuse { leg, error } => {
                    // What crossed a reload or an end may be refused, nothing else.
                    let page = self.pages.iter().position(|page| page.leg == leg).unwrap();
                    assert!(error.code == signal::Code::WrongState, "{error:?} for page {page}");
                }
                Output::Media(command) => {
                    if let Some(event) = self.bridge.handle(command) {
                        self.media_at = self.media_at.max(self.now + self.rng.u64(1..15));
                        self.at(self.media_at, Happening::Media(event));
                    }
                }
                Output::Sip(output) => self.perform(output),
                Output::Challenged { reference, .. } => {
                    self.at(self.now, Happening::Wake);
                    self.feed(Input::Credentials { reference, taken: true });
                }
                Output::Dialogs(dialogs) => self.dialogs = dialogs,
                Output::AskTarget { .. } | Output::AskReplaces { .. } => panic!("nobody transfers here"),
                Output::Answered { .. } => {}
                Output::LegEnded { leg, .. } => *self.ended.entry(leg).or_default() += 1,
                Output::Wake(at) => {
                    let at = at.saturating_duration_since(self.start).as_millis() as u64;
                    self.at((at + 1).max(self.now), Happening::Wake);
                }
                Output::Done => self.done = true,
            }
        }
    }

    fn down(&mut self, leg: CallId, message: Call) {
        let page = self.pages.iter().position(|page| page.leg == leg).unwrap();
        let delay = self.rng.u64(1..60);
        self.last[1] = self.last[1].max(self.now + delay);
        self.at(self.last[1], Happening::Down(page, message));
    }

    fn perform(&mut self, output: SipOutput) {
        let (now, branch) = (self.instant(), format!("a-{:x}", self.rng.u64(..)));
        match output {
            SipOutput::Send { reference, request } => {
                let key = self.endpoint.send(now, *request, hop(1), &sent_by(0), &branch).unwrap();
                self.references.insert(reference, key.clone());
                self.keys.insert(key, reference);
            }
            SipOutput::Ack(request) => self.endpoint.send_ack(now, *request, hop(1), &sent_by(0), &branch),
            SipOutput::Cancel { reference } => {
                let key = self.references[&reference].clone();
                self.endpoint.cancel(now, &key);
            }
            SipOutput::Respond { key, response } => self.endpoint.respond(now, &key, &response),
        }
    }

    fn drain_endpoint(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Wire::Send { bytes, .. } => self.transmit(true, &bytes),
                Wire::Event(event) => self.on_event(event),
            }
        }
        self.drain_phone();
    }

    fn drain_phone(&mut self) {
        if !self.phone.dead {
            let now = self.instant();
            self.phone.drain(now).into_iter().for_each(|bytes| self.transmit(false, &bytes));
        }
    }

    fn transmit(&mut self, to_phone: bool, bytes: &[u8]) {
        if self.prints {
            println!("{:>7} {} {}", self.now, if to_phone { "->" } else { "<-" }, first_lines(bytes));
        }
        if self.rng.u8(..100) < self.loss {
            return;
        }
        let copies = if self.rng.u8(..20) == 0 { 2 } else { 1 };
        for _ in 0..copies {
            let longest = if self.rng.u8(..10) == 0 { 900 } else { 60 };
            let at = self.now + self.rng.u64(1..longest);
            self.at(at, Happening::Bytes(to_phone, bytes.to_vec()));
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Request { key, request, .. } => self.on_request(key, request),
            Event::Cancel { key, request, invite } => {
                self.feed_or_refuse(key.clone(), request.clone(), Input::Sip(SipInput::Cancel { key, request, invite }))
            }
            Event::Ack(request) => self.feed(Input::Sip(SipInput::Ack(request))),
            Event::Response { key, response } => {
                if let Some(reference) = self.keys.get(&key).copied() {
                    self.feed(Input::Sip(SipInput::Response { reference, response }));
                }
            }
            Event::NoResponse { key, status } => {
                if let Some(reference) = self.keys.get(&key).copied() {
                    self.feed(Input::Sip(SipInput::NoResponse { reference, status }));
                }
            }
            Event::ResponseLost(key) => self.feed(Input::Sip(SipInput::ResponseLost(key))),
        }
    }

    fn on_request(&mut self, key: ServerKey, request: Box<Request>) {
        let is_new = *request.method() == Method::Invite && request.headers.to().unwrap().tag().is_none();
        if is_new && self.call.is_none() && !self.outgoing {
            let (gcid, seed) = (Gcid::parse("world").unwrap(), self.rng.u64(..));
            self.call = Some(SipCall::incoming(self.instant(), key, *request, gcid, line(), seed, Timing::default()));
            self.drain_call();
            let legs = self.pages.iter().map(|page| Branch { leg: page.leg, account: None }).collect();
            return self.feed(Input::Branches { legs });
        }
        let id = DialogId::of_request(&request).unwrap();
        let input = Input::Sip(SipInput::Request { key: key.clone(), request: request.clone() });
        match self.dialogs.contains(&id) {
            true => self.feed_or_refuse(key, request, input),
            false => {
                let response = request.response(Status::CALL_DOES_NOT_EXIST, Some("a"));
                self.endpoint.respond(self.instant(), &key, &response);
            }
        }
    }

    fn feed_or_refuse(&mut self, key: ServerKey, request: Box<Request>, input: Input) {
        if self.done || self.call.is_none() {
            let response = request.response(Status::CALL_DOES_NOT_EXIST, Some("a"));
            return self.endpoint.respond(self.instant(), &key, &response);
        }
        self.feed(input);
    }

    /// Long after the last fault: both sides are at rest and agree. Then someone ends the call.
    fn judge(&mut self) {
        let live: Vec<usize> = (0..self.pages.len())
            .filter(|page| !matches!(self.pages[*page].phase, Phase::Idle | Phase::Over))
            .filter(|page| !self.gone[*page])
            .collect();
        self.tally.deaths += u64::from(self.died_at.is_some());
        self.tally.glares += self.phone.seen.iter().filter(|what| *what == "glare").count() as u64;
        let [page] = live[..] else {
            assert!(live.is_empty(), "left over: {live:?}");
            assert!(self.phone.dead || self.phone.is_over(), "the phone is left over: {:?}", self.phone.seen);
            return;
        };
        let browser = &self.pages[page];
        assert_eq!(browser.phase, Phase::Established);
        assert!(browser.is_at_rest(), "a change was never done: {browser:?}");
        assert!(self.phone.is_talking(), "only one side talks: {:?}", self.phone.seen);
        assert_eq!(self.phone.wish.0, self.phone.told.0, "the phone never said what it wants");
        let (far, wish) = (self.phone.far.unwrap().0, browser.agreed.0);
        let (they_send, they_hear) = (sends(self.phone.wish.0), receives(self.phone.wish.0));
        assert_eq!(
            sends(far) && they_hear,
            sends(wish) && they_hear,
            "the phone was told {far:?}, the browser wants {wish:?}"
        );
        assert_eq!(
            receives(far) && they_send,
            receives(wish) && they_send,
            "the phone was told {far:?}, the browser wants {wish:?}"
        );
        if sends(wish) {
            assert_eq!(browser.held, !they_hear, "the browser knows a hold that is none, or none that is");
        }
        self.tally.established += 1;
        self.tally.held += u64::from(browser.held);
        self.tally.changes += u64::from(browser.changes);
        self.tally.resets += u64::from(browser.resets);
        match self.rng.u8(..3) {
            0 => self.hang_up_page(page),
            1 => self.phone.hang_up(),
            _ => {
                self.hang_up_page(page);
                self.phone.hang_up();
            }
        }
    }

    fn hang_up_page(&mut self, page: usize) {
        self.page = page;
        self.hang_up();
    }

    fn finish(&mut self) {
        if self.call.is_none() {
            return;
        }
        assert!(self.done, "the core never ends");
        assert!(self.bridge.closed, "the bridge is left open");
        assert_eq!(self.endpoint.transactions(), 0, "transactions are left");
        assert!(self.phone.dead || self.phone.is_over(), "the phone is stuck: {:?}", self.phone.seen);
        assert!(self.phone.dead || self.phone.transactions() == 0, "the phone's transactions are left");
        assert!(self.ended.values().all(|times| *times == 1), "ended twice: {:?}", self.ended);
        let stuck = self.pages.iter().zip(&self.gone).filter(|(_, gone)| !**gone);
        for (page, _) in stuck {
            assert!(matches!(page.phase, Phase::Idle | Phase::Over), "stuck: {page:?}");
        }
    }
}

fn first_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let of = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let directions: Vec<_> = text.lines().filter(|line| line.starts_with("a=") || line.starts_with("m=")).collect();
    format!("{} | {} | {}", text.lines().next().unwrap_or_default(), of("CSeq"), directions.join(" "))
}

pub fn line() -> Line {
    Line {
        address_of_record: Uri::parse("sip:a@h").unwrap(),
        display_name: Some("Alice".into()),
        domain: Host::parse("h").unwrap(),
        contact: NameAddr::parse("<sip:a@127.0.0.1:5060>").unwrap(),
        headers: Headers::new(),
        prack: true,
        session_timer: Some(TimerPolicy::default()),
        trust_identity: true,
        dtmf: DtmfMode::Auto,
        ring_timeout: Duration::from_secs(60),
    }
}
