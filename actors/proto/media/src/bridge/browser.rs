//! The browser's side of a bridge: its peer connection, and the one that is to take its place.

use std::net::SocketAddr;
use std::time::Instant;

use sdp::plain::Format;
use sdp::{Description, Direction};

use crate::leg::{Leg, LegOutput, Wanted, prefer};
use crate::offer::{Checked, OfferError};
use crate::{BadDatagram, Certificate};

/// Directions for audio and video as their writer sees them.
pub(super) type Directions = (Direction, Option<Direction>);

/// The page's offer that waits for `accept`.
struct Kept {
    checked: Checked,
    /// Of another peer connection.
    leg: Option<Box<Leg>>,
}

/// The legs of one browser after another.
pub(super) struct Browser {
    candidates: Vec<SocketAddr>,
    certificate: Certificate,
    pub leg: Box<Leg>,
    /// Describes itself, and takes over when it is answered.
    fresh: Option<Box<Leg>>,
    kept: Option<Kept>,
    now: Instant,
}

/// What becomes of a leg that another one replaces.
pub(super) struct Replaced {
    /// Its goodbye.
    pub goodbye: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// Its addresses.
    pub addresses: Vec<SocketAddr>,
}

impl Browser {
    pub fn new(now: Instant, candidates: Vec<SocketAddr>, certificate: Certificate) -> Browser {
        let leg = build(now, &candidates, &certificate);
        Browser { candidates, certificate, leg, fresh: None, kept: None, now }
    }

    /// The clock moves. Before every verb.
    pub fn at(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.leg.at(now);
        self.fresh.iter_mut().for_each(|leg| leg.at(now));
    }

    /// Checks and keeps a page's offer.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn offered(&mut self, sdp: &str, fresh: bool) -> Result<Directions, String> {
        let directions = directions(sdp)?;
        let leg = (fresh && !self.leg.is_new()).then(|| build(self.now, &self.candidates, &self.certificate));
        let checked = leg.as_ref().unwrap_or(&self.leg).check(sdp).map_err(|error| error.to_string())?;
        self.kept = Some(Kept { checked, leg });
        Ok(directions)
    }

    /// Answers the kept offer, the codecs named first before all others.
    ///
    /// # Errors
    /// What is wrong with it, in words. One that contradicts itself ends its leg.
    pub fn accept(&mut self, codecs: &[Format]) -> Result<(String, Option<Replaced>), String> {
        let Kept { checked, leg } = self.kept.take().ok_or(OfferError::NoOffer.to_string())?;
        let answer = match leg {
            Some(mut leg) => {
                let answer = leg.accept(checked).map_err(|error| error.to_string())?;
                (answer, Some(self.replace(leg)))
            }
            None => (self.leg.accept(checked).map_err(|error| self.spoiled(&error))?, None),
        };
        Ok((prefer(&answer.0, codecs), answer.1))
    }

    /// Makes our offer.
    ///
    /// # Errors
    /// A fault of ours, in words.
    pub fn describe(&mut self, wanted: Wanted, fresh: bool, codecs: &[Format]) -> Result<String, String> {
        self.rollback();
        let leg = if fresh && !self.leg.is_new() {
            self.fresh.insert(build(self.now, &self.candidates, &self.certificate))
        } else {
            &mut self.leg
        };
        let offer = leg.describe(wanted).map_err(|error| error.to_string())?;
        Ok(prefer(&offer, codecs))
    }

    /// Applies the answer to our offer.
    ///
    /// # Errors
    /// What is wrong with it, in words. One that contradicts itself ends its leg.
    pub fn answered(&mut self, sdp: &str) -> Result<(Directions, Option<Replaced>), String> {
        let directions = directions(sdp)?;
        let Some(mut leg) = self.fresh.take() else {
            self.leg.answered(sdp).map_err(|error| self.spoiled(&error))?;
            return Ok((directions, None));
        };
        match leg.answered(sdp) {
            Ok(()) => Ok((directions, Some(self.replace(leg)))),
            Err(error) => {
                self.fresh = leg.is_pending().then_some(leg);
                Err(error.to_string())
            }
        }
    }

    /// Forgets the pending offer of either direction.
    pub fn rollback(&mut self) {
        self.kept = None;
        self.fresh = None;
        self.leg.rollback();
    }

    /// A datagram: the newer leg's, else the older one's.
    ///
    /// # Errors
    /// Neither takes it.
    pub fn datagram(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> Result<(), BadDatagram> {
        if let Some(fresh) = &mut self.fresh {
            match fresh.datagram(source, destination, bytes) {
                Err(BadDatagram::Unauthenticated | BadDatagram::Unvalidated) => {}
                result @ (Ok(()) | Err(BadDatagram::Malformed | BadDatagram::Dtls)) => return result,
            }
        }
        self.leg.datagram(source, destination, bytes)
    }

    pub fn timeout(&mut self) {
        self.leg.timeout();
        self.fresh.iter_mut().for_each(|leg| leg.timeout());
    }

    /// What the leg that waits for its answer wants; it carries nothing yet.
    pub fn poll_fresh(&mut self) -> Option<LegOutput> {
        self.fresh.as_mut()?.poll()
    }

    /// How far a contradiction was applied is not known: such a leg cannot go on.
    fn spoiled(&mut self, error: &OfferError) -> String {
        if *error == OfferError::Contradiction {
            self.leg.fail(&error.to_string());
        }
        error.to_string()
    }

    fn replace(&mut self, leg: Box<Leg>) -> Replaced {
        let mut old = std::mem::replace(&mut self.leg, leg);
        self.fresh = None;
        self.kept = None;
        let addresses = old.validated().to_vec();
        old.close();
        let goodbye = std::iter::from_fn(|| old.poll()).filter_map(|output| match output {
            LegOutput::Transmit { source, destination, bytes } => Some((source, destination, bytes)),
            LegOutput::Ufrag(_)
            | LegOutput::Validated { .. }
            | LegOutput::Connected
            | LegOutput::Disconnected
            | LegOutput::Failed(_)
            | LegOutput::Stats(_)
            | LegOutput::Rtp(_)
            | LegOutput::KeyframeRequest(_)
            | LegOutput::Wake(_) => None,
        });
        Replaced { goodbye: goodbye.collect(), addresses }
    }
}

fn build(now: Instant, candidates: &[SocketAddr], certificate: &Certificate) -> Box<Leg> {
    let rtc = crate::rtc::build_for_phones(certificate, now);
    Box::new(Leg::new(now, rtc, candidates, None))
}

/// The directions of a page's description. Audio that flows neither way is a call on hold, but such video is none.
fn directions(sdp: &str) -> Result<Directions, String> {
    let description = Description::parse(sdp).map_err(|error| error.to_string())?;
    let of = |kind: &str| {
        let mut sections = description.media().filter(|section| section.is_taken());
        sections.find(|s| s.media_line().is_some_and(|line| line.kind == kind)).map(|s| s.direction())
    };
    let video = of("video").filter(|direction| *direction != Direction::Inactive);
    Ok((of("audio").ok_or("it has no audio section")?, video))
}
