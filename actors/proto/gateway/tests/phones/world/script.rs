//! What happens in a case, from its seed: users, faults, and when it is judged.

use sdp::Direction;

use super::super::bridge::Kinds;
use super::super::phone::BOTH;
use super::{FAULTS_END, Happening, JUDGE, World};

impl World {
    pub(super) fn script(&mut self) {
        for _ in 0..self.rng.u8(1..4) {
            let (at, what) = (self.rng.u64(500..8_000), self.rng.u8(..11));
            self.at(at, Happening::Ring(0, what));
        }
        self.at(9_000, Happening::Ring(0, 9));
        // Nobody lets it ring for ever.
        self.at(100_000, Happening::Ring(0, 0));
        for _ in 0..self.rng.u8(0..3) {
            let (at, wish) = (self.rng.u64(500..12_000), (self.some_direction(), self.phones[0].wish.1));
            self.at(at, Happening::EarlyWish(wish));
        }
        for page in 0..self.pages.len() {
            let at = self.rng.u64(500..12_000);
            self.at(at, Happening::Accept(page));
        }
        for _ in 0..self.rng.u8(0..8) {
            let at = self.rng.u64(3_000..FAULTS_END);
            let what = match self.rng.u8(..12) {
                0..=3 => Happening::Wish(self.some_wish()),
                4..=6 => Happening::PhoneWish((self.some_direction(), self.phones[0].wish.1)),
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
        let at = self.rng.u64(8_000..FAULTS_END);
        match self.rng.u8(..10) {
            0 | 1 => self.at(at, Happening::Refer),
            2 | 3 => self.at(at, Happening::Replace),
            4 => self.at(at, Happening::Transfer),
            _ => {}
        }
        let at = self.rng.u64(100..FAULTS_END);
        match self.rng.u8(..16) {
            0 | 1 => self.at(at, Happening::HangUp),
            2 | 3 => self.at(at, Happening::PhoneHangUp),
            4 => self.at(at, Happening::PageDies),
            5 | 6 => self.at(at, Happening::PhoneDies),
            _ => {}
        }
        if self.rng.u8(..3) == 0 {
            self.patience = 600;
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
            let video = if self.rng.bool() { Some(BOTH) } else { self.phones[0].wish.1 };
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
}
