//! The reference client's side of a renegotiation, and the descriptions it is about.

use fastrand::Rng;
use signal::CallId;
use signal::call::{Call, CallRef, Described};

use super::browser::Doing;
use super::wire::Timer;

/// A page's two descriptions.
#[derive(Debug)]
pub struct Descriptions {
    page: u32,
    version: u32,
    pub local: Option<String>,
    pub remote: Option<String>,
    /// An offer of ours without an answer.
    pending: Option<String>,
}

impl Descriptions {
    pub fn new(page: u32) -> Descriptions {
        Descriptions { page, version: 0, local: None, remote: None, pending: None }
    }

    fn next(&mut self) -> String {
        self.version += 1;
        let (page, version) = (self.page, self.version);
        format!("v=0\r\no=- {page} {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
    }

    pub fn offer(&mut self) -> String {
        let offer = self.next();
        self.pending = Some(offer.clone());
        offer
    }

    pub fn pending(&self) -> String {
        self.pending.clone().expect("an offer of ours")
    }

    pub fn roll_back(&mut self) {
        self.pending = None;
    }

    pub fn offered(&mut self, offer: String) {
        self.remote = Some(offer);
    }

    /// The answer to what was offered.
    pub fn answer(&mut self) -> String {
        let answer = self.next();
        self.local = Some(answer.clone());
        answer
    }

    pub fn answered(&mut self, answer: String) {
        self.local = Some(self.pending.take().expect("an offer of ours"));
        self.remote = Some(answer);
    }

    /// Whether candidates of the far end belong to something.
    pub fn is_offered(&self) -> bool {
        self.remote.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Free,
    Asked,
    Offered,
    /// The far end has our lock.
    Lent,
    /// The far end's offer is being applied.
    Answering(String),
}

/// The lock as a client keeps it.
#[derive(Debug)]
pub struct Change {
    creator: bool,
    /// Whether this client says `lock.reset` when locks cross; both ways are in order.
    says_reset: bool,
    state: State,
    generation: u64,
    wanted: u32,
    /// The far end did not apply our answer: a change is owed, wanted or not.
    owed: bool,
    pub done: u32,
    /// We have answered, and the far end has not spoken since: a reset now may mean that the
    /// answer was not applied. What the far end says of its own comes after that reset.
    answered: bool,
    slow_answers: u32,
}

impl Change {
    pub fn new(creator: bool, says_reset: bool) -> Change {
        Change {
            creator,
            says_reset,
            state: State::Free,
            generation: 0,
            wanted: 0,
            owed: false,
            done: 0,
            answered: false,
            slow_answers: 1,
        }
    }

    pub fn is_free(&self) -> bool {
        self.state == State::Free
    }

    /// Whether a change is still to be made.
    pub fn is_due(&self) -> bool {
        self.wanted > 0 || self.owed
    }

    pub fn has_offer_out(&self) -> bool {
        self.state == State::Offered
    }

    pub fn want(&mut self, now: u64) -> Doing {
        self.wanted += 1;
        let timers = if self.is_free() { vec![(now, Timer::Ask(self.generation))] } else { Vec::new() };
        Doing { timers, ..Doing::default() }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }

    /// A message, and five seconds for the next.
    fn say(&self, now: u64, message: Call) -> Doing {
        Doing { send: vec![message], timers: vec![(now + 5_000, Timer::Stuck(self.generation))] }
    }

    /// The next attempt, if one is wanted.
    fn again(&self, now: u64, rng: &mut Rng) -> Vec<(u64, Timer)> {
        let delay = if self.creator { rng.u64(2_100..=4_000) } else { rng.u64(0..=2_000) };
        if self.is_due() { vec![(now + delay, Timer::Ask(self.generation))] } else { Vec::new() }
    }

    fn give_up(&mut self, now: u64, sdp: &mut Descriptions, rng: &mut Rng, say: Option<Call>) -> Doing {
        sdp.roll_back();
        if rng.u32(0..4) == 0 {
            // The user thinks better of it.
            self.wanted = self.wanted.saturating_sub(1);
        }
        self.enter(State::Free);
        Doing { send: say.into_iter().collect(), timers: self.again(now, rng) }
    }

    pub fn fire(&mut self, now: u64, timer: Timer, leg: CallId, sdp: &mut Descriptions, rng: &mut Rng) -> Doing {
        let it = CallRef { id: leg, gcid: None };
        match timer {
            Timer::Ask(generation) if generation == self.generation && self.is_free() && self.is_due() => {
                self.enter(State::Asked);
                self.say(now, Call::ChangeLock(it))
            }
            Timer::Stuck(generation) if generation == self.generation => {
                self.give_up(now, sdp, rng, Some(Call::ChangeLockReset(it)))
            }
            Timer::Answer(generation) if generation == self.generation => self.answer(now, leg, sdp, rng),
            Timer::Ask(_) | Timer::Stuck(_) | Timer::Answer(_) | Timer::React => Doing::default(),
        }
    }

    fn answer(&mut self, now: u64, leg: CallId, sdp: &mut Descriptions, rng: &mut Rng) -> Doing {
        let State::Answering(offer) = self.state.clone() else { return Doing::default() };
        sdp.offered(offer);
        let answer = sdp.answer();
        self.enter(State::Free);
        self.answered = true;
        self.owed = false;
        let answer = Call::ChangeAnswer(Described { id: leg, gcid: None, sdp: answer });
        Doing { send: vec![answer], timers: self.again(now, rng) }
    }

    pub fn receive(&mut self, now: u64, message: Call, leg: CallId, sdp: &mut Descriptions, rng: &mut Rng) -> Doing {
        let it = CallRef { id: leg, gcid: None };
        let reset = Call::ChangeLockReset(it.clone());
        let answered = std::mem::take(&mut self.answered);
        self.owed |= answered && matches!(message, Call::ChangeLockReset(_));
        match (message, self.state.clone()) {
            (Call::ChangeLock(_), State::Free) => {
                self.enter(State::Lent);
                self.say(now, Call::ChangeLockOk(it))
            }
            (Call::ChangeLock(_), State::Asked) => {
                let say = self.says_reset.then_some(reset);
                self.give_up(now, sdp, rng, say)
            }
            (Call::ChangeLockOk(_), State::Asked) => {
                self.enter(State::Offered);
                let offer = sdp.offer();
                self.say(now, Call::ChangeOffer(Described { id: leg, gcid: None, sdp: offer }))
            }
            (Call::ChangeLockOk(_), State::Offered) => Doing::default(),
            (Call::ChangeOffer(offer), State::Lent) => {
                self.enter(State::Answering(offer.sdp));
                let slow = self.slow_answers > 0 && rng.u32(0..4) == 0;
                self.slow_answers -= u32::from(slow);
                let after = if slow { rng.u64(0..8_000) } else { rng.u64(0..50) };
                let timers = vec![(now + after, Timer::Answer(self.generation))];
                Doing { timers, ..Doing::default() }
            }
            (Call::ChangeAnswer(answer), State::Offered) => {
                sdp.answered(answer.sdp);
                if !std::mem::take(&mut self.owed) {
                    self.wanted = self.wanted.saturating_sub(1);
                }
                self.done += 1;
                self.enter(State::Free);
                Doing { timers: self.again(now, rng), ..Doing::default() }
            }
            // Our own reset is on its way.
            (Call::ChangeAnswer(_), State::Free) => Doing::default(),
            (Call::ChangeLockReset(_), State::Free) => self.on_late_reset(now, rng),
            (Call::ChangeLockReset(_), _) => self.give_up(now, sdp, rng, None),
            (_, _) => self.give_up(now, sdp, rng, Some(reset)),
        }
    }

    /// A reset although we are free: if a change is owed for it, only we can bring both sides
    /// together again.
    fn on_late_reset(&mut self, now: u64, rng: &mut Rng) -> Doing {
        self.generation += 1;
        Doing { timers: self.again(now, rng), ..Doing::default() }
    }
}
