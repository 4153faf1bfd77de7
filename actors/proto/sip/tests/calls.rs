//! Whole calls between phones over a network that loses, delays and reorders, in virtual time
//! from one seed. Users ring, answer, refuse, give up, offer, hang up whenever they like, by INVITE, PRACK and
//! UPDATE; so offers cross, CANCELs cross answers, and ACKs are lost. Every third call is forked to two phones: both may
//! answer, the caller ends the later one. What a proxy would hold back, the failures of the second, is held back.
//!
//! `SIP_SEEDS` sets how many calls are made; the default is for a quick look.

use std::time::{Duration, Instant};

#[path = "calls/phone.rs"]
mod phone;

use phone::{Phone, Stage};
use sip::message::{CSeq, Incoming, Message, Method, parse_datagram};

/// When the last user hangs up at the latest, in seconds.
const LONGEST_CALL: u64 = 120;

struct World {
    now: Instant,
    begin: Instant,
    /// The caller, the one called, and perhaps another fork.
    phones: Vec<Phone>,
    /// When it arrives, from whom, to whom.
    network: Vec<(Instant, usize, usize, Vec<u8>)>,
    rng: fastrand::Rng,
    loss_percent: u8,
    steps: u32,
}

impl World {
    fn new(seed: u64, loss_percent: u8) -> World {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut phones: Vec<_> =
            (0..if seed.is_multiple_of(3) { 3 } else { 2 }).map(|side| Phone::new(side, rng.u64(..))).collect();
        // A proxy would not fork to an address twice.
        phones[1].redirects = phones.len() == 2;
        let now = Instant::now();
        World { now, begin: now, phones, network: Vec::new(), rng, loss_percent, steps: 0 }
    }

    fn collect(&mut self) {
        for side in 0..self.phones.len() {
            for (to, bytes) in self.phones[side].drain(self.now) {
                if self.phones.len() == 3 && is_forked(&bytes) {
                    self.send(side, 2, bytes.clone());
                }
                if side != 2 || !is_failure_of_the_call(&bytes) {
                    self.send(side, to, bytes);
                }
            }
        }
    }

    fn send(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        if self.rng.u8(..100) < self.loss_percent {
            return;
        }
        // One in ten takes a detour.
        let longest = if self.rng.u8(..10) == 0 { 900 } else { 60 };
        let at = self.now + Duration::from_millis(self.rng.u64(1..longest));
        self.network.push((at, from, to, bytes));
    }

    fn deliver(&mut self) {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.network).into_iter().partition(|(at, ..)| *at <= self.now);
        self.network = later;
        for (_, from, to, bytes) in due {
            self.phones[to].receive(self.now, from, &bytes);
            self.collect();
        }
    }

    /// To whatever comes next. `false`: nothing ever does.
    fn step(&mut self, until: Option<Instant>) -> bool {
        self.steps += 1;
        assert!(self.steps < 20_000, "it never ends");
        let message = self.network.iter().map(|(at, ..)| *at).min();
        let wakes = self.phones.iter().filter_map(Phone::wake);
        let Some(next) = message.into_iter().chain(wakes).chain(until).min() else { return false };
        self.now = self.now.max(next);
        self.deliver();
        self.phones.iter_mut().for_each(|phone| phone.on_wake(self.now));
        self.collect();
        true
    }

    fn run(&mut self) {
        self.phones[0].call();
        self.collect();
        let mut act_at = self.now;
        let end = self.begin + Duration::from_secs(LONGEST_CALL);
        while self.now < end && !self.phones.iter().all(Phone::is_over) {
            act_at = act_at.max(self.now) + Duration::from_millis(self.rng.u64(10..4_000));
            while self.now < act_at {
                self.step(Some(act_at));
            }
            let side = self.rng.usize(..self.phones.len());
            self.phones[side].act(self.now);
            self.collect();
        }
        self.phones.iter_mut().for_each(Phone::hang_up);
        self.collect();
        while self.step(None) {}
    }

    /// What holds at the end of every call.
    fn check(&self, seed: u64) {
        for phone in &self.phones {
            assert!(phone.is_over(), "{seed}: {} is stuck: {:?}", phone.side, phone.seen);
            assert_eq!(phone.transactions(), 0, "{seed}: transactions are left");
            assert!(phone.ends() <= 1, "{seed}: ended twice: {:?}", phone.seen);
            assert!(phone.bad_offers == 0, "{seed}: an offer upon an offer: {:?}", phone.seen);
        }
        // Whoever was told of the session was told of its end.
        let talked = self.phones.iter().filter(|phone| phone.talked);
        talked.for_each(|phone| assert_eq!(phone.ends(), 1, "{seed}: {:?}", phone.seen));
    }
}

/// What a forking proxy sends to every phone.
fn is_forked(bytes: &[u8]) -> bool {
    let Ok(Incoming::Message(message)) = parse_datagram(bytes) else { return false };
    match *message {
        Message::Request(request) => {
            let is_new = request.headers.to().unwrap().tag().is_none();
            is_new && matches!(request.method(), Method::Invite | Method::Cancel)
        }
        Message::Response(_) => false,
    }
}

fn is_failure_of_the_call(bytes: &[u8]) -> bool {
    let Ok(Incoming::Message(message)) = parse_datagram(bytes) else { return false };
    match *message {
        Message::Request(_) => false,
        Message::Response(response) => {
            response.status().is_failure() && response.cseq() == Ok(CSeq { number: 1, method: Method::Invite })
        }
    }
}

fn seeds() -> u64 {
    std::env::var("SIP_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}

/// How many calls stood, how many offers within were answered, and how many calls both forks answered.
fn run_all(loss_percent: u8) -> [u32; 3] {
    let (mut talked, mut agreed, mut both) = (0, 0, 0);
    for seed in 0..seeds() {
        let mut world = World::new(seed, loss_percent);
        world.run();
        world.check(seed);
        talked += u32::from(world.phones[0].talked && world.phones[1..].iter().any(|phone| phone.talked));
        both += u32::from(world.phones.iter().filter(|phone| phone.talked).count() == 3);
        agreed += world.phones.iter().map(|phone| phone.answers).sum::<u32>();
        assert!(world.phones.iter().all(|phone| !matches!(phone.stage, Stage::Talking(_))));
    }
    [talked, agreed, both]
}

#[test]
fn calls_without_loss_end_for_both() {
    let [talked, answers, both] = run_all(0);
    assert!(u64::from(both) > seeds() / 100, "{both} calls answered twice");
    assert!(u64::from(talked) > seeds() / 5 && answers > talked / 3, "{talked} calls, {answers} answers");
}

#[test]
fn calls_with_five_percent_loss_end_for_both() {
    assert!(u64::from(run_all(5)[0]) > seeds() / 5);
}

#[test]
fn calls_with_twenty_percent_loss_end_for_both() {
    assert!(u64::from(run_all(20)[0]) > seeds() / 6);
}
