//! Offers and answers of a leg, in both directions (RFC 8829, RFC 3264).

use std::panic::{AssertUnwindSafe, catch_unwind};

use sdp::Direction;
use str0m::change::{SdpAnswer, SdpApi, SdpOffer, SdpPendingOffer};
use str0m::media::{MediaKind, Mid};

use super::Leg;
use crate::offer::{self, Checked, OfferError, Section};

/// What an offer of ours is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Our direction for audio.
    pub audio: Direction,
    /// Our direction for video; `None` leaves it out, or stops what there was.
    pub video: Option<Direction>,
}

/// An offer of ours that waits for its answer.
pub(super) struct Pending {
    changes: SdpPendingOffer,
    /// The sections of the offer.
    sections: Vec<Section>,
    /// Directions to go back to: str0m sets the new ones at once.
    before: Vec<(Mid, str0m::media::Direction)>,
}

impl Leg {
    /// Checks a far offer. Nothing is applied.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, sdp: &str) -> Result<Checked, OfferError> {
        let checked = offer::check(sdp, &self.sections)?;
        SdpOffer::from_sdp_string(&checked.sdp).map_err(|error| OfferError::Syntax(error.to_string()))?;
        Ok(checked)
    }

    /// Applies a far offer and returns our answer. A pending offer of ours is rolled back.
    ///
    /// # Errors
    /// After [`OfferError::Contradiction`] the leg is in no known state; else it is as before.
    pub fn accept(&mut self, checked: Checked) -> Result<String, OfferError> {
        let offer = SdpOffer::from_sdp_string(&checked.sdp).map_err(|error| OfferError::Syntax(error.to_string()))?;
        self.rollback();
        // DTLS starts with str0m's last known time.
        self.step();
        // str0m asserts that no payload type is used twice (`Pt locked multiple times`).
        let answer = catch_unwind(AssertUnwindSafe(|| self.rtc.sdp_api().accept_offer(offer)));
        let answer = answer.map_err(|_| OfferError::Contradiction)?;
        let answer = answer.map_err(|error| OfferError::Negotiation(error.to_string()))?;
        self.sections = checked.sections;
        self.negotiated();
        let ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        self.tell_ufrag(ufrag);
        Ok(answer.to_sdp_string())
    }

    /// Makes an offer of ours. Where nothing would change it restarts ICE, which harms nobody.
    ///
    /// # Errors
    /// Our own offer does not read, which is a fault of ours.
    pub fn describe(&mut self, wanted: Wanted) -> Result<String, OfferError> {
        self.rollback();
        let sections = [(MediaKind::Audio, Some(wanted.audio)), (MediaKind::Video, wanted.video)];
        let known = sections.map(|(kind, direction)| (kind, direction, self.mid(kind)));
        let before = known.iter().filter_map(|(_, _, mid)| *mid);
        let before: Vec<_> = before.filter_map(|mid| Some((mid, self.rtc.media(mid)?.direction()))).collect();
        let mut api = self.rtc.sdp_api();
        known.iter().for_each(|(kind, direction, mid)| change(&mut api, *kind, *direction, *mid));
        if !api.has_changes() {
            api.ice_restart(true);
        }
        let Some((offer, changes)) = api.apply() else {
            return Err(OfferError::Negotiation("it changes nothing".into()));
        };
        let sdp = offer.to_sdp_string();
        let sections = offer::check(&sdp, &[])?.sections;
        self.pending = Some(Pending { changes, sections, before });
        if let Some(ufrag) = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")) {
            self.tell_ufrag(ufrag.to_owned());
        }
        Ok(sdp)
    }

    /// Applies the far answer to our offer.
    ///
    /// # Errors
    /// As of [`Self::accept`]. After a syntax error the offer is still pending.
    pub fn answered(&mut self, sdp: &str) -> Result<(), OfferError> {
        let pending = self.pending.as_ref().ok_or(OfferError::NoOffer)?;
        let checked = offer::check(sdp, &pending.sections)?;
        if checked.sections.len() != pending.sections.len() {
            return Err(OfferError::Sections(checked.sections.len()));
        }
        let answer = SdpAnswer::from_sdp_string(&checked.sdp).map_err(|error| OfferError::Syntax(error.to_string()))?;
        self.step();
        let Some(Pending { changes, .. }) = self.pending.take() else { return Err(OfferError::NoOffer) };
        let applied = catch_unwind(AssertUnwindSafe(|| self.rtc.sdp_api().accept_answer(changes, answer)));
        let applied = applied.map_err(|_| OfferError::Contradiction)?;
        // str0m applies an answer step by step, as it does an offer.
        applied.map_err(|error| OfferError::Negotiation(error.to_string()))?;
        self.sections = checked.sections;
        self.negotiated();
        self.step();
        Ok(())
    }

    /// Forgets our pending offer, if there is one.
    pub fn rollback(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let mut api = self.rtc.sdp_api();
        pending.before.into_iter().for_each(|(mid, direction)| api.set_direction(mid, direction));
    }

    /// Whether an offer of ours waits for its answer.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// The first section of a kind that is not rejected: the one that carries the call.
    pub fn mid(&self, kind: MediaKind) -> Option<Mid> {
        let mut mids = self.sections.iter().filter_map(Section::live_mid).map(Mid::from);
        mids.find(|mid| self.rtc.media(*mid).is_some_and(|media| media.kind() == kind))
    }
}

fn change(api: &mut SdpApi<'_>, kind: MediaKind, direction: Option<Direction>, mid: Option<Mid>) {
    match (mid, direction) {
        (Some(mid), Some(direction)) => api.set_direction(mid, ours(direction)),
        (Some(mid), None) => api.set_direction(mid, str0m::media::Direction::Inactive),
        (None, Some(direction)) => {
            api.add_media(kind, ours(direction), None, None, None);
        }
        (None, None) => {}
    }
}

fn ours(direction: Direction) -> str0m::media::Direction {
    match direction {
        Direction::SendRecv => str0m::media::Direction::SendRecv,
        Direction::SendOnly => str0m::media::Direction::SendOnly,
        Direction::RecvOnly => str0m::media::Direction::RecvOnly,
        Direction::Inactive => str0m::media::Direction::Inactive,
    }
}
