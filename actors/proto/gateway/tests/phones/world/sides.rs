//! What the browser and the phone do, and the socket between the browser and the core.

use gateway::sip::Input;
use signal::CallId;
use signal::call::{Call, Transfer};
use sip::message::{Method, Response, Status};
use uuid::Uuid;

use super::super::bridge::Kinds;
use super::super::browser::{Page, Phase};
use super::super::phone::{Phone, THIRD};
use super::{Happening, World};

impl World {
    pub(super) fn open_page(&mut self, phase: Phase, wish: Kinds) -> usize {
        let leg = CallId(Uuid::from_u128(self.pages.len() as u128 + 1));
        self.pages.push(Page::new(leg, phase, wish));
        self.gone.push(false);
        self.pages.len() - 1
    }

    pub(super) fn kill_page(&mut self) {
        let phase = self.pages[self.page].phase;
        if phase != Phase::Established && !(self.outgoing && phase == Phase::Calling) {
            return;
        }
        self.gone[self.page] = true;
        self.died_at.get_or_insert(self.now);
        self.at(self.now + 30_000, Happening::Lost(self.page));
    }

    pub(super) fn kill_phone(&mut self) {
        if !self.phone().is_over() {
            let proxy = *self.rng.choice(&[None, Some(404), Some(480), Some(503)]).unwrap();
            let phone = self.phone();
            (phone.dead, phone.gone) = (true, proxy.and_then(Status::new));
            self.tally.gone += u64::from(proxy.is_some());
            self.died_at.get_or_insert(self.now);
            self.at(self.now + 30_000, Happening::Silent);
            self.at(self.now + 60_000, Happening::Silent);
        }
    }

    pub(super) fn tick(&mut self) {
        for page in 0..self.pages.len() {
            let random = self.rng.u64(..1 << 40);
            if !self.gone[page]
                && let Some(message) = self.pages[page].tick(self.now, random)
            {
                self.up(page, message);
            }
        }
        let now = self.instant();
        self.phones.iter_mut().filter(|phone| !phone.dead).for_each(|phone| phone.tick(now));
    }

    pub(super) fn up(&mut self, page: usize, message: Call) {
        let delay = self.rng.u64(1..60);
        self.last[0] = self.last[0].max(self.now + delay);
        self.at(self.last[0], Happening::Up(page, message));
    }

    pub(super) fn reload(&mut self) {
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

    pub(super) fn hang_up(&mut self) {
        let page = self.page;
        if let Some(message) = self.pages[page].hang_up("normal").filter(|_| !self.gone[page]) {
            self.up(page, message);
        }
    }

    pub(super) fn down(&mut self, leg: CallId, message: Call) {
        let page = self.pages.iter().position(|page| page.leg == leg).unwrap();
        let delay = self.rng.u64(1..60);
        self.last[1] = self.last[1].max(self.now + delay);
        self.at(self.last[1], Happening::Down(page, message));
    }

    /// The phone that is in the call.
    pub(super) fn phone(&mut self) -> &mut Phone {
        let is_third = !self.phones[0].is_talking() && self.phones[1].is_talking();
        &mut self.phones[usize::from(is_third)]
    }

    /// A message for a phone; who is called anew will be answered.
    pub(super) fn reach(&mut self, at: usize, bytes: &[u8]) {
        let (now, was_called) = (self.instant(), self.phones[at].is_called());
        if self.phones[at].dead && self.phones[at].gone.is_none() {
            return;
        }
        self.phones[at].receive(now, bytes);
        self.drain_phones();
        if at == 1 && !was_called && self.phones[1].is_called() {
            let (first, what) = (self.rng.u64(1..4_000), self.rng.u8(..10));
            self.at(self.now + first, Happening::Ring(1, what));
            self.at(self.now + 5_000, Happening::Ring(1, 9));
            self.phones[1].leaves = self.rng.u8(..3) == 0;
        }
    }

    /// The third phone takes the place of the one in the call.
    pub(super) fn replace(&mut self) {
        let Some(replaces) = self.phones[0].replaced().filter(|_| self.phones[1].is_over()) else { return };
        let late = self.rng.u8(..3) == 0;
        self.phones[1].call(late, Some(replaces));
        match self.rng.u8(..3) {
            0 => self.phones[1].leaves = true,
            1 => {
                let at = self.now + self.rng.u64(1..1_200);
                self.at(at, Happening::TakeBack);
            }
            _ => {}
        }
    }

    /// It gives up before it is answered.
    pub(super) fn take_back(&mut self) {
        if self.phones[1].is_calling() {
            self.phones[1].hang_up();
            self.tally.taken_back += 1;
        }
    }

    /// What is challenged in vain fails; only what the verdict does not ask for may.
    pub(super) fn challenged(&mut self, reference: u64, response: &Response) {
        let is_offer = response.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
        let taken = is_offer || self.rng.bool();
        self.tally.untaken += u64::from(!taken);
        self.at(self.now, Happening::Wake);
        self.feed(Input::Credentials { reference, taken });
    }

    /// The page hands the call on.
    pub(super) fn transfer(&mut self) {
        let id = self.pages[self.page].leg;
        if self.pages[self.page].phase == Phase::Established && !self.gone[self.page] {
            let transfer = Transfer { id, gcid: None, target: Some(THIRD.into()), replaces: None };
            self.up(self.page, Call::Transfer(transfer));
        }
    }

    pub(super) fn hang_up_page(&mut self, page: usize) {
        self.page = page;
        self.hang_up();
    }
}
