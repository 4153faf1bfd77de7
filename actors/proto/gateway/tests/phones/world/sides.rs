//! What the browser and the phone do, and the socket between the browser and the core.

use gateway::sip::Input;
use signal::CallId;
use signal::call::Call;
use uuid::Uuid;

use super::super::bridge::Kinds;
use super::super::browser::{Page, Phase};
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
        if !self.phone.is_over() {
            self.phone.dead = true;
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
        if !self.phone.dead {
            self.phone.tick(self.instant());
        }
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

    pub(super) fn hang_up_page(&mut self, page: usize) {
        self.page = page;
        self.hang_up();
    }
}
