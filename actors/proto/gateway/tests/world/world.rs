//! One case: the clock jumps from event to event.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fastrand::Rng;
use gateway::Timing;
use gateway::peer::{Branch, Input, Output, PeerCall};
use signal::call::{Call, Start};
use signal::{CallId, EndReason, Gcid};
use uuid::Uuid;

use super::browser::{Browser, Doing, Phase, word};
use super::observe::Observer;
use super::script::{FAULTS_END, Fault, faults};
use super::wire::{Event, Socket};

/// Most events of a case: far above what any needs.
const STEPS: usize = 20_000;
/// How long a lost socket may take to come back, in ms.
const GRACE: u64 = 30_000;

/// How often things happened, so that a quiet simulation does not pass for a good one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub established: u64,
    pub changes: u64,
    pub resets: u64,
    pub taken_over: u64,
    pub kept_after_take_over: u64,
    pub forks: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.established += other.established;
        self.changes += other.changes;
        self.resets += other.resets;
        self.taken_over += other.taken_over;
        self.kept_after_take_over += other.kept_after_take_over;
        self.forks += other.forks;
    }

    pub fn expect_everything_happened(&self, seeds: u64) {
        println!("{seeds} cases: {self:?}");
        assert!(self.established > seeds / 4 && self.changes > seeds / 2 && self.resets > seeds / 4, "{self:?}");
        assert!(self.taken_over > seeds / 20 && self.kept_after_take_over > seeds / 40, "{self:?}");
        assert!(self.forks > seeds / 4, "{self:?}");
    }
}

pub struct World {
    start: Instant,
    now: u64,
    rng: Rng,
    prints: bool,
    events: BTreeMap<(u64, u64), Event>,
    sent: u64,
    call: Option<PeerCall>,
    observer: Observer,
    /// Pages in order of appearance; 0 is the caller.
    browsers: Vec<Browser>,
    sockets: Vec<Socket>,
    /// The page each place of the script is at now.
    places: Vec<usize>,
    tally: Tally,
}

impl World {
    pub fn new(seed: u64, prints: bool) -> World {
        let mut rng = Rng::with_seed(seed);
        let called = rng.usize(1..=3);
        let mut world = World {
            start: Instant::now(),
            now: 0,
            rng: rng.fork(),
            prints,
            events: BTreeMap::new(),
            sent: 0,
            call: None,
            observer: Observer::default(),
            browsers: Vec::new(),
            sockets: Vec::new(),
            places: Vec::new(),
            tally: Tally { forks: u64::from(called > 1), ..Tally::default() },
        };
        for place in 0..=called {
            let page = world.open_page(place == 0);
            world.places.push(page);
        }
        for (at, fault) in faults(&mut rng, called + 1) {
            world.schedule(at, Event::Fault(fault));
        }
        world
    }

    fn open_page(&mut self, creator: bool) -> usize {
        let page = self.browsers.len();
        let leg = CallId(Uuid::from_u128(page as u128 + 1));
        self.browsers.push(Browser::new(page as u32, leg, creator, &mut self.rng));
        self.sockets.push(Socket::default());
        page
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.sent += 1;
        self.events.insert((at, self.sent), event);
    }

    /// Runs to the end; panics where something does not hold.
    pub fn run(mut self) -> Tally {
        let trickle = self.rng.u32(0..5) > 0;
        let doing = self.browsers[0].start(false, trickle);
        self.act(0, doing);
        let mut steps = 0;
        while let Some(((at, order), event)) = self.events.pop_first() {
            steps += 1;
            assert!(steps < STEPS, "it never ends");
            self.now = self.now.max(at);
            if self.prints {
                println!("{:>7} {event:?}", self.now);
            }
            self.step(order, event);
            self.check_offers();
        }
        if self.call.is_some() {
            self.observer.finish();
        }
        self.tally.resets = self.observer.resets;
        self.tally
    }

    fn step(&mut self, order: u64, event: Event) {
        match event {
            Event::Up(page, message) => match self.held_up(page) {
                Some(until) => drop(self.events.insert((until, order), Event::Up(page, message))),
                None => self.up(page, message),
            },
            Event::Down(page, message) => match self.held_up(page) {
                Some(until) => drop(self.events.insert((until, order), Event::Down(page, message))),
                None => self.down(page, message),
            },
            Event::Timer(page, timer) if !self.sockets[page].gone => {
                let doing = self.browsers[page].fire(self.now, timer, &mut self.rng);
                self.act(page, doing);
            }
            Event::Timer(..) => {}
            Event::Wake => self.feed(Input::Timeout),
            Event::Fault(fault) => self.fault(fault),
        }
    }

    /// A socket that is away keeps what it has, in order.
    fn held_up(&self, page: usize) -> Option<u64> {
        let until = self.sockets[page].away_until;
        (until > self.now).then_some(until)
    }

    fn up(&mut self, page: usize, message: Call) {
        if self.sockets[page].gone {
            return;
        }
        match message {
            Call::Start(start) if start.replace => self.claim(page, *start),
            Call::Start(start) => self.start_call(*start),
            message => self.feed(Input::Browser { leg: self.browsers[page].leg, message }),
        }
    }

    fn down(&mut self, page: usize, message: Call) {
        if !self.sockets[page].gone {
            let doing = self.browsers[page].receive(self.now, message, &mut self.rng);
            self.act(page, doing);
        }
    }

    fn start_call(&mut self, start: Start) {
        let gcid = Gcid::parse("world").expect("a gcid");
        let now = self.start + Duration::from_millis(self.now);
        self.call = Some(PeerCall::new(now, start, gcid, self.rng.u64(..), Timing::default()));
        let legs = (1..self.browsers.len()).map(|page| self.branch(page)).collect();
        self.feed(Input::Branches { legs });
    }

    fn branch(&self, page: usize) -> Branch {
        Branch { leg: self.browsers[page].leg, account: None }
    }

    /// The shell finds the leg of the page before; if that call is over, there is nothing to claim.
    fn claim(&mut self, page: usize, start: Start) {
        let place = self.browsers[page].place;
        let before = self.browsers[..page].iter().rfind(|browser| browser.place == place);
        match before.map(|browser| browser.leg) {
            Some(leg) if !self.observer.done => {
                self.observer.taken_over = true;
                self.tally.taken_over += 1;
                self.feed(Input::TakeOver { leg, start: Box::new(start) });
            }
            Some(_) | None => self.browsers[page].phase = Phase::Idle,
        }
    }

    fn feed(&mut self, input: Input) {
        // After `Done` the shell keeps no call.
        let Some(call) = self.call.as_mut().filter(|_| !self.observer.done) else { return };
        call.handle(self.start + Duration::from_millis(self.now), input);
        while let Some(output) = self.call.as_mut().and_then(PeerCall::poll) {
            self.observer.see(&output);
            if self.prints {
                println!("{:>7}   {output:?}", self.now);
            }
            match output {
                Output::Send { leg, message } => self.send_down(leg, message),
                Output::Wake(at) => {
                    let at = at.saturating_duration_since(self.start).as_millis() as u64;
                    self.schedule(at.max(self.now), Event::Wake);
                }
                Output::Refuse { .. } | Output::Answered { .. } | Output::LegEnded { .. } | Output::Done => {}
            }
        }
    }

    fn send_down(&mut self, leg: CallId, message: Call) {
        let Some(page) = self.browsers.iter().position(|browser| browser.leg == leg) else { return };
        let latency = self.latency();
        let at = self.sockets[page].down(self.now, latency);
        self.schedule(at, Event::Down(page, message));
    }

    fn latency(&mut self) -> u64 {
        if self.rng.u32(0..10) == 0 { self.rng.u64(0..400) } else { self.rng.u64(1..40) }
    }

    fn act(&mut self, page: usize, doing: Doing) {
        for message in doing.send {
            let latency = self.latency();
            let at = self.sockets[page].up(self.now, latency);
            self.schedule(at, Event::Up(page, message));
        }
        for (at, timer) in doing.timers {
            self.schedule(at, Event::Timer(page, timer));
        }
    }

    fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Away(place, for_ms) => {
                let socket = &mut self.sockets[self.places[place]];
                socket.away_until = socket.away_until.max(self.now + for_ms);
            }
            Fault::Gone(place) => self.gone(self.places[place]),
            Fault::Lost(page) => {
                let leg = self.browsers[page].leg;
                self.feed(Input::LegLost { leg });
            }
            Fault::Reload(place) => self.reload(place),
            Fault::Change(place) => {
                let page = self.places[place];
                let doing = self.browsers[page].want_change(self.now);
                self.act(page, doing);
            }
            Fault::HangUp(place) => self.hang_up(self.places[place]),
            Fault::Dtmf(place) => {
                let page = self.places[place];
                let doing = self.browsers[page].dtmf();
                self.act(page, doing);
            }
            Fault::LateDevice => self.late_device(),
            Fault::Drain => self.feed(Input::End { reason: EndReason::Unavailable, detail: Some("drain".into()) }),
            Fault::Judge => self.judge(),
        }
    }

    fn gone(&mut self, page: usize) {
        self.sockets[page].gone = true;
        self.schedule(self.now + GRACE, Event::Fault(Fault::Lost(page)));
    }

    fn reload(&mut self, place: usize) {
        let old = self.places[place];
        let browser = &self.browsers[old];
        let in_call = matches!(browser.phase, Phase::Established | Phase::Calling | Phase::Accepted);
        if !in_call || self.sockets[old].gone || self.call.is_none() {
            return;
        }
        self.gone(old);
        let page = self.open_page(place == 0);
        self.browsers[page].place = place;
        self.places[place] = page;
        let doing = self.browsers[page].start(true, true);
        self.act(page, doing);
    }

    fn hang_up(&mut self, page: usize) {
        let word = word(&mut self.rng);
        let doing = self.browsers[page].hang_up(word);
        self.act(page, doing);
    }

    fn late_device(&mut self) {
        if self.call.is_some() && !self.observer.done {
            let page = self.open_page(false);
            self.browsers[page].place = page;
            let legs = vec![self.branch(page)];
            self.feed(Input::Branches { legs });
        }
    }

    /// At most one offer of the call is on its way.
    fn check_offers(&self) {
        let live = self.browsers.iter().zip(&self.sockets).filter(|(b, s)| b.is_live() && !s.gone);
        let offers = live.filter(|(browser, _)| browser.change.has_offer_out()).count();
        assert!(offers <= 1, "{offers} offers outstanding");
    }

    /// Long after the last fault: both sides are at rest and agree. Then someone ends the call.
    fn judge(&mut self) {
        assert!(self.now > FAULTS_END);
        let is_there = |page: &usize| self.browsers[*page].is_live() && !self.sockets[*page].gone;
        let live: Vec<usize> = (0..self.browsers.len()).filter(is_there).collect();
        let [a, b] = live[..] else {
            assert!(live.is_empty(), "left over: {live:?}");
            return;
        };
        let (one, other) = (&self.browsers[a], &self.browsers[b]);
        for browser in [one, other] {
            assert_eq!(browser.phase, Phase::Established);
            assert!(browser.change.is_free(), "stuck in a change");
            assert!(!browser.change.is_due(), "a change was never done");
            assert!(browser.candidates > 0, "no candidate came");
        }
        assert_eq!(one.sdp.local, other.sdp.remote, "the sides disagree");
        assert_eq!(one.sdp.remote, other.sdp.local, "the sides disagree");
        self.tally.established += 1;
        self.tally.changes += u64::from(one.change.done + other.change.done);
        self.tally.kept_after_take_over += u64::from(self.observer.taken_over);
        match self.rng.u32(0..3) {
            0 => self.hang_up(a),
            1 => self.hang_up(b),
            _ => [a, b].into_iter().for_each(|page| self.hang_up(page)),
        }
    }
}
