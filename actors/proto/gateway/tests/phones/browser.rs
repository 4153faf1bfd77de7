//! A page that follows the protocol.

use sdp::Direction;
use signal::CallId;
use signal::call::{Accept, Call, CallRef, Described, End, Ringing, Start};

use super::bridge::{Kinds, answer, read, write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Idle,
    Calling,
    Called,
    /// Answered by it, not acknowledged.
    Accepted,
    Established,
    /// Its end is out.
    Ending,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Free,
    Asked,
    Offered,
    Granted,
}

#[derive(Debug)]
pub struct Page {
    pub leg: CallId,
    pub phase: Phase,
    /// What its user wants, and what of it is agreed on.
    pub wish: Kinds,
    pub agreed: Kinds,
    /// Whether a change without a change of `wish` is wanted (ICE restart).
    restart: bool,
    lock: Lock,
    stuck_at: u64,
    retry_at: u64,
    pub held: bool,
    pub ends: u32,
    pending: Option<Kinds>,
    pub keys: String,
    pub changes: u32,
    pub resets: u32,
    serial: u64,
    creator: bool,
}

impl Page {
    pub fn new(leg: CallId, phase: Phase, wish: Kinds) -> Page {
        Page {
            leg,
            phase,
            wish,
            agreed: wish,
            restart: false,
            lock: Lock::Free,
            stuck_at: u64::MAX,
            retry_at: 0,
            held: false,
            ends: 0,
            pending: None,
            keys: String::new(),
            changes: 0,
            resets: 0,
            serial: 0,
            creator: phase == Phase::Calling,
        }
    }

    fn it(&self) -> CallRef {
        CallRef { id: self.leg, gcid: None }
    }

    fn described(&mut self, kinds: Kinds) -> Described {
        self.serial += 1;
        Described { id: self.leg, gcid: None, sdp: write(kinds, self.serial) }
    }

    pub fn start(&mut self, replace: bool) -> Start {
        self.phase = Phase::Calling;
        self.agreed = self.wish;
        let sdp = Some(self.described(self.wish).sdp);
        let target = "phone".to_owned();
        Start { id: self.leg, gcid: None, account: None, replace, trickle: true, target, sdp, peer: None, media: None }
    }

    pub fn want(&mut self, wish: Option<Kinds>) {
        self.restart |= wish.is_none();
        self.wish = wish.unwrap_or(self.wish);
    }

    pub fn is_at_rest(&self) -> bool {
        self.lock == Lock::Free && !self.wants()
    }

    fn wants(&self) -> bool {
        self.restart || self.wish != self.agreed
    }

    pub fn hang_up(&mut self, reason: &str) -> Option<Call> {
        let live = !matches!(self.phase, Phase::Idle | Phase::Ending | Phase::Over);
        live.then(|| {
            self.phase = Phase::Ending;
            Call::End(End { id: self.leg, gcid: None, reason: Some(reason.into()), detail: None })
        })
    }

    pub fn accept(&mut self) -> Option<Call> {
        if self.phase != Phase::Called {
            return None;
        }
        self.phase = Phase::Accepted;
        self.agreed = self.wish;
        let sdp = Some(self.described(self.wish).sdp);
        Some(Call::Accept(Accept { id: self.leg, gcid: None, account: None, trickle: true, sdp }))
    }

    /// What it does by itself.
    pub fn tick(&mut self, now: u64, random: u64) -> Option<Call> {
        if self.phase != Phase::Established {
            return None;
        }
        if self.lock != Lock::Free && self.stuck_at <= now {
            return Some(self.reset(now, random));
        }
        if self.lock == Lock::Free && self.wants() && self.retry_at <= now {
            (self.lock, self.stuck_at) = (Lock::Asked, now + 5_000);
            return Some(Call::ChangeLock(self.it()));
        }
        None
    }

    fn free(&mut self, now: u64, random: u64) {
        self.lock = Lock::Free;
        self.resets += 1;
        self.retry_at = now + if self.creator { 2_100 + random % 1_900 } else { random % 2_000 };
    }

    fn reset(&mut self, now: u64, random: u64) -> Call {
        self.free(now, random);
        Call::ChangeLockReset(self.it())
    }

    pub fn receive(&mut self, now: u64, message: Call, random: u64) -> Vec<Call> {
        if self.phase == Phase::Over {
            return Vec::new();
        }
        match message {
            Call::Start(start) => {
                self.phase = Phase::Called;
                let offer = read(&start.sdp.expect("an offer"));
                self.wish = answer(offer, (Direction::SendRecv, Some(Direction::SendRecv)));
                self.agreed = self.wish;
                let ringing = Call::Ringing(Ringing { id: self.leg, gcid: None, account: None });
                vec![Call::Alive(self.it()), ringing]
            }
            Call::Accept(accept) if self.phase == Phase::Calling => {
                read(&accept.sdp.expect("an answer"));
                self.phase = Phase::Established;
                vec![Call::AckAccept(self.it())]
            }
            Call::AckAccept(_) if self.phase == Phase::Accepted => {
                self.phase = Phase::Established;
                Vec::new()
            }
            Call::End(_) => {
                self.phase = Phase::Over;
                self.ends += 1;
                vec![Call::AckEnd(self.it())]
            }
            Call::AckEnd(_) => {
                self.phase = Phase::Over;
                self.ends += 1;
                Vec::new()
            }
            Call::Dtmf(dtmf) => {
                self.keys += &dtmf.dtmf;
                Vec::new()
            }
            Call::Info(info) => {
                self.held = info.held.unwrap_or(self.held);
                Vec::new()
            }
            Call::ChangeLock(_)
            | Call::ChangeLockOk(_)
            | Call::ChangeOffer(_)
            | Call::ChangeAnswer(_)
            | Call::ChangeLockReset(_)
                if self.phase == Phase::Established =>
            {
                self.change(now, message, random)
            }
            Call::Progress(body) => {
                read(&body.sdp);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn change(&mut self, now: u64, message: Call, random: u64) -> Vec<Call> {
        match (message, self.lock) {
            (Call::ChangeLock(_), Lock::Free) => {
                (self.lock, self.stuck_at) = (Lock::Granted, now + 5_000);
                vec![Call::ChangeLockOk(self.it())]
            }
            (Call::ChangeLockOk(_), Lock::Asked) => {
                self.lock = Lock::Offered;
                self.restart = false;
                let offer = self.described(self.wish);
                self.pending = Some(self.wish);
                vec![Call::ChangeOffer(offer)]
            }
            (Call::ChangeAnswer(body), Lock::Offered) => {
                read(&body.sdp);
                self.lock = Lock::Free;
                self.changes += 1;
                self.agreed = self.pending.take().unwrap_or(self.agreed);
                Vec::new()
            }
            (Call::ChangeOffer(body), Lock::Granted) => {
                let kinds = answer(read(&body.sdp), (self.wish.0, Some(Direction::SendRecv)));
                self.lock = Lock::Free;
                (self.wish, self.agreed) = (kinds, kinds);
                self.changes += 1;
                vec![Call::ChangeAnswer(self.described(kinds))]
            }
            (Call::ChangeLockReset(_), _) => {
                if self.lock != Lock::Free {
                    self.free(now, random);
                }
                Vec::new()
            }
            _ => vec![self.reset(now, random)],
        }
    }
}
