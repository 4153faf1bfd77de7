//! What must hold.

use signal::{CallId, EndReason};

use super::super::bridge::{receives, sends};
use super::super::browser::Phase;
use super::super::phone::Phone;
use super::World;

/// How long one side may outlive the other.
const STUCK_MS: u64 = 90_000;

impl World {
    pub(super) fn check_death(&mut self) {
        if self.phones[0].dead && self.phones[1].is_talking() && !self.gone[self.page] {
            // The call was handed on before it came out.
            self.died_at = None;
        }
        let Some(died) = self.died_at.filter(|died| died + STUCK_MS < self.now) else { return };
        let legs = self.pages.iter().zip(&self.gone).filter(|(_, gone)| !**gone);
        let stuck = legs.filter(|(page, _)| !matches!(page.phase, Phase::Over | Phase::Idle)).count();
        assert!(stuck == 0, "a browser outlives its phone, dead since {died}");
        let lives = self.phones.iter().any(|phone| !phone.dead && !phone.is_over());
        assert!(!lives, "a phone outlives its browser, dead since {died}");
    }

    /// A phone that has not left is lost by nobody: no request of ours that fails is the end of a call by itself.
    pub(super) fn ended(&mut self, leg: CallId, reason: EndReason) {
        *self.ended.entry(leg).or_default() += 1;
        let has_left = |phone: &Phone| phone.dead || phone.seen.iter().any(|what| what.starts_with("ended"));
        let is_cause = self.died_at.is_some() || self.loss > 5 || self.phones.iter().any(has_left);
        assert!(reason != EndReason::ConnectionLost || is_cause, "lost by nobody");
    }

    /// Long after the last fault: both sides are at rest and agree. Then someone ends the call.
    pub(super) fn judge(&mut self) {
        let live: Vec<usize> = (0..self.pages.len())
            .filter(|page| !matches!(self.pages[*page].phase, Phase::Idle | Phase::Over))
            .filter(|page| !self.gone[*page])
            .collect();
        self.tally.deaths += u64::from(self.died_at.is_some());
        self.count_seen();
        let [page] = live[..] else {
            assert!(live.is_empty(), "left over: {live:?}");
            assert!(self.phones.iter().all(|phone| phone.dead || phone.is_over()), "a phone is left over");
            return;
        };
        let talking = self.phones.iter().filter(|phone| phone.is_talking()).count();
        assert_eq!(talking, 1, "one phone talks: {:?}", self.phones.each_ref().map(|phone| &phone.seen));
        let swaps = self.bridge.swaps();
        assert!(!self.phones[0].is_talking() || swaps == 0, "its media is with a phone that never got the call");
        let phone = if self.phones[0].is_talking() { &self.phones[0] } else { &self.phones[1] };
        self.tally.handed_on += u64::from(self.phones[1].is_talking());
        let browser = &self.pages[page];
        assert_eq!(browser.phase, Phase::Established);
        assert!(browser.is_at_rest(), "a change was never done: {browser:?}");
        assert_eq!(phone.wish.0, phone.told.0, "the phone never said what it wants");
        let (far, wish) = (phone.far.unwrap().0, browser.agreed.0);
        let (they_send, they_hear) = (sends(phone.wish.0), receives(phone.wish.0));
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
            1 => self.phone().hang_up(),
            _ => {
                self.hang_up_page(page);
                self.phone().hang_up();
            }
        }
    }

    fn count_seen(&mut self) {
        let seen: Vec<_> = self.phones.iter().flat_map(|phone| &phone.seen).collect();
        let count = |word: &str| seen.iter().filter(|what| what.starts_with(word)).count() as u64;
        self.tally.early += count("early");
        self.tally.glares += count("glare");
        self.tally.referred += count("refer");
        self.tally.redirected += count("redirected");
        self.tally.left += count("left");
        self.tally.returned += self.bridge.returned();
    }

    pub(super) fn finish(&mut self) {
        if self.call.is_none() {
            return;
        }
        assert!(self.done, "the core never ends");
        assert!(self.bridge.closed, "the bridge is left open");
        assert_eq!(self.endpoint.transactions(), 0, "transactions are left");
        for phone in self.phones.iter().filter(|phone| !phone.dead) {
            assert!(phone.is_over(), "a phone is stuck: {:?}", phone.seen);
            assert_eq!(phone.transactions(), 0, "a phone's transactions are left");
        }
        assert!(self.ended.values().all(|times| *times == 1), "ended twice: {:?}", self.ended);
        let stuck = self.pages.iter().zip(&self.gone).filter(|(_, gone)| !**gone);
        for (page, _) in stuck {
            assert!(matches!(page.phase, Phase::Idle | Phase::Over), "stuck: {page:?}");
        }
    }
}
