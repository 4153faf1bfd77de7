//! One case: the clock jumps from event to event.

mod script;
mod sides;
mod tally;
mod verdict;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use fastrand::Rng;
use gateway::Timing;
use gateway::sip::{DtmfMode, Input, Line, MediaEvent, Output, Side, SipCall};
use signal::call::Call;
use signal::{CallId, Gcid};
use sip::dialog::{DialogId, TimerPolicy};
use sip::endpoint::Endpoint;
use sip::message::{Headers, Host, NameAddr, Uri};
use sip::transaction::ClientKey;

use super::bridge::{Bridge, Kinds};
use super::browser::{Page, Phase};
use super::phone::{BOTH, Phone, capabilities, hop};

pub use tally::Tally;

/// Most events of a case.
const STEPS: usize = 40_000;
/// Until when users do things, in ms.
const FAULTS_END: u64 = 60_000;
/// When everybody has come to rest.
const JUDGE: u64 = 130_000;

#[derive(Debug)]
enum Happening {
    Up(usize, Call),
    Down(usize, Call),
    /// To the phone of that side; to the core if 0.
    Bytes(u16, u16, Vec<u8>),
    Media(MediaEvent),
    Wake,
    Tick,
    Ring(usize, u8),
    Accept(usize),
    Wish(Option<Kinds>),
    PhoneWish(Kinds),
    EarlyWish(Kinds),
    Press,
    Dtmf,
    Reload,
    HangUp,
    PhoneHangUp,
    Refer,
    Replace,
    TakeBack,
    Transfer,
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
    /// How long the bridge takes at most, in ms.
    patience: u64,
    media_at: u64,
    pages: Vec<Page>,
    gone: Vec<bool>,
    last: [u64; 2],
    page: usize,
    /// The one in the call, and whom it is handed on to.
    phones: [Phone; 2],
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
        let phones = [Phone::new(1, rng.u64(..), phone_wish), Phone::new(2, rng.u64(..), (BOTH, None))];
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
            patience: 15,
            media_at: 0,
            pages: Vec::new(),
            gone: Vec::new(),
            last: [0; 2],
            page: 0,
            phones,
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
                self.phones[0].call(late, None);
            }
        }
        self.drain_phones();
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < STEPS, "it never ends");
            let next = self.events.first_key_value().map(|(key, _)| key.0);
            let millis = |at: Instant| at.saturating_duration_since(self.start).as_millis() as u64 + 1;
            let wakes = self.endpoint.next_wake().into_iter().chain(self.phones.iter().filter_map(Phone::wake));
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
                    self.phones.iter_mut().for_each(|phone| phone.on_wake(now));
                }
            }
            self.drain_phones();
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
            Happening::Bytes(from, 0, bytes) => self.endpoint.receive_datagram(now, &bytes, hop(from)),
            Happening::Bytes(_, to, bytes) => self.reach(usize::from(to) - 1, &bytes),
            Happening::Media(event) => self.feed(Input::Media(event)),
            Happening::Wake => self.feed(Input::Timeout),
            Happening::Tick => self.tick(),
            Happening::Ring(at, what) => self.phones[at].ring(now, what),
            Happening::Accept(page) => {
                if let Some(message) = self.pages[page].accept() {
                    self.page =
                        if self.pages.iter().any(|page| page.phase == Phase::Established) { self.page } else { page };
                    self.up(page, message);
                }
            }
            Happening::Wish(wish) => self.pages[page].want(wish),
            // Until it talks, its answer says what it wants.
            Happening::PhoneWish(wish) if self.phone().is_talking() => {
                self.phone().wish = wish;
                self.phone().tick(now);
            }
            Happening::PhoneWish(_) => {}
            Happening::EarlyWish(wish) => self.phones[0].update(wish),
            Happening::Press => self.phone().press(),
            Happening::Dtmf if self.pages[page].phase == Phase::Established => {
                let id = self.pages[page].leg;
                let dtmf = signal::call::Dtmf { id, gcid: None, dtmf: "1#".into(), duration_ms: None, account: None };
                self.up(page, Call::Dtmf(dtmf));
            }
            Happening::Dtmf => {}
            Happening::Reload => self.reload(),
            Happening::HangUp => self.hang_up(),
            Happening::PhoneHangUp => self.phone().hang_up(),
            Happening::Refer => self.phones[0].refer(),
            Happening::Replace => self.replace(),
            Happening::TakeBack => self.take_back(),
            Happening::Transfer => self.transfer(),
            Happening::PageDies => self.kill_page(),
            Happening::PhoneDies => self.kill_phone(),
            Happening::Lost(page) => {
                let leg = self.pages[page].leg;
                self.feed(Input::LegLost { leg });
            }
            // Only what should be heard is missed.
            Happening::Silent if self.bridge.expects() => {
                self.feed(Input::Media(MediaEvent::Silent { side: Side::Phone }));
            }
            Happening::Silent => {}
            Happening::Judge => self.judge(),
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
                match &output {
                    Output::Wake(at) => {
                        println!("{:>7}   wake at {:?}", self.now, at.saturating_duration_since(self.start))
                    }
                    output => println!("{:>7}   {output:?}", self.now),
                }
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
                        self.media_at = self.media_at.max(self.now + self.rng.u64(1..self.patience));
                        self.at(self.media_at, Happening::Media(event));
                    }
                }
                Output::Sip(output) => self.perform(output),
                Output::Challenged { reference, response } => self.challenged(reference, &response),
                Output::Dialogs(dialogs) => self.dialogs = dialogs,
                Output::AskTarget { question, target, .. } => {
                    let uri = Uri::parse(&target).filter(|_| self.rng.u8(..8) > 0);
                    self.feed(Input::Target { question, uri });
                }
                Output::AskReplaces { .. } => panic!("nobody hands a call to another one here"),
                Output::Answered { .. } => {}
                Output::LegEnded { leg, reason, .. } => self.ended(leg, reason),
                Output::Wake(at) => {
                    let at = at.saturating_duration_since(self.start).as_millis() as u64;
                    self.at((at + 1).max(self.now), Happening::Wake);
                }
                Output::Done => self.done = true,
            }
        }
    }
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
