//! Offer and answer (RFC 3264) of one leg: what we write and what we read in theirs.

use std::net::IpAddr;

use sdp::plain::{Format, Media, Profile, Session, Versions, formats};
use sdp::{AddressPolicy, Direction};

use super::protection::{Floor, Keys, Protection};
use super::secrets::Secrets;
use super::{Agreed, PhoneSetup, Refusal};
use crate::bridge::PhonePolicy;

/// Where the phone is, and what was agreed on, of one section.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub agreed: Agreed,
    /// The phone's section.
    pub theirs: Media,
    /// Payload types it may send with, and which of `agreed.formats` each stands for.
    pub receives: Vec<(u8, u8)>,
    /// Whether RTCP goes over the RTP port.
    pub rtcp_mux: bool,
    /// `None` is plain RTP.
    pub keys: Option<Keys>,
}

/// The sections that a pair of offer and answer leaves.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub audio: Section,
    pub video: Option<Section>,
}

impl Outcome {
    /// Whether every section is protected.
    pub fn is_secured(&self) -> bool {
        let is_secured = |section: &Section| section.keys.is_some();
        is_secured(&self.audio) && self.video.as_ref().is_none_or(is_secured)
    }
}

/// One dialog's descriptions.
#[derive(Debug, Clone)]
pub(super) struct Negotiation {
    policy: PhonePolicy,
    addresses: AddressPolicy,
    ports: (u16, Option<u16>),
    versions: Versions,
    protection: Protection,
    /// Our last description in force: a re-offer keeps its sections.
    ours: Option<Session>,
    offered: Option<Session>,
    described: Option<Session>,
}

impl Negotiation {
    /// For the `dialog`th dialog of the leg; `floor` is what those before have left.
    pub fn new(setup: &PhoneSetup, secrets: &Secrets, dialog: u64, floor: Floor) -> Negotiation {
        let (policy, secrets) = (setup.policy.clone(), secrets.clone());
        let versions = Versions::new(secrets.number("session", dialog));
        let protection = Protection { policy: policy.srtp, floor, secrets, dialog };
        let (addresses, ports) = (setup.addresses, setup.ports);
        Negotiation { policy, addresses, ports, versions, protection, ours: None, offered: None, described: None }
    }

    /// What later descriptions must at least be protected by.
    pub fn floor(&self) -> Floor {
        self.protection.floor
    }

    fn raise(&mut self, outcome: &Outcome) {
        let sections = [Some(&outcome.audio), outcome.video.as_ref()];
        for section in sections.into_iter().flatten() {
            self.protection.floor = self.protection.floor.raised_by(section.keys.as_ref());
        }
    }

    pub fn rollback(&mut self) {
        self.offered = None;
        self.described = None;
    }

    /// Our offer.
    pub fn describe(&mut self, audio: Direction, video: Option<Direction>) -> Result<String, Refusal> {
        let mut session = self.ours.clone().unwrap_or(Session {
            address: Some(self.policy.announce),
            ice_lite: false,
            media: Vec::new(),
        });
        self.place(&mut session, "audio", Some(audio))?;
        self.place(&mut session, "video", video)?;
        self.described = Some(session.clone());
        Ok(self.versions.write(&session))
    }

    /// Puts a section of ours in its old place, or behind the others.
    fn place(&self, session: &mut Session, kind: &str, direction: Option<Direction>) -> Result<(), Refusal> {
        let (profile, cryptos) = self.protection.offer(kind)?;
        let at = session.media.iter().position(|media| media.kind == kind);
        let old = at.and_then(|at| session.media.get_mut(at));
        match (direction.and_then(|direction| self.section(kind, direction)), old) {
            (Some(mut new), Some(old)) => {
                new.cryptos = cryptos;
                new.protocol = profile.name().to_owned();
                if !old.is_refused() && !old.formats.is_empty() {
                    new.formats = keep_numbers(&old.formats, new.formats);
                    new.protocol.clone_from(&old.protocol);
                }
                *old = new;
            }
            (Some(new), None) => session.media.push(Media { protocol: profile.name().to_owned(), cryptos, ..new }),
            (None, Some(old)) => *old = old.refused(),
            (None, None) => {}
        }
        Ok(())
    }

    fn section(&self, kind: &str, direction: Direction) -> Option<Media> {
        let (port, formats) = match kind {
            "audio" => (self.ports.0, self.audio_formats()),
            _ => (self.ports.1.filter(|_| self.policy.video)?, video_formats()),
        };
        let mut media = Media::new(kind, port, Profile::Avp);
        media.words = formats.iter().map(|format| format.payload_type.to_string()).collect();
        media.formats = formats;
        media.direction = direction;
        media.rtcp_mux = self.policy.rtcp_mux;
        media.ptime = (kind == "audio").then(|| u16::try_from(self.policy.ptime_ms).ok()).flatten();
        if kind == "video" {
            media.feedback = vec![(None, "nack pli".to_owned())];
        }
        Some(media)
    }

    /// The codecs of the policy that we carry, and key presses for each of their clocks.
    fn audio_formats(&self) -> Vec<Format> {
        let known = self.policy.codecs.iter().filter_map(|name| match name.to_ascii_lowercase().as_str() {
            "pcmu" => Some(Format::new(0, "PCMU", 8000)),
            "pcma" => Some(Format::new(8, "PCMA", 8000)),
            "g722" => Some(Format::new(9, "G722", 8000)),
            "opus" => {
                let fmtp = Some("useinbandfec=1".to_owned());
                Some(Format { channels: 2, fmtp, ..Format::new(96, "opus", 48000) })
            }
            _ => None,
        });
        let mut formats: Vec<Format> = known.collect();
        for (payload_type, clock_hz) in [(101, 8000), (100, 48000)] {
            if formats.iter().any(|format| format.is_codec() && format.clock_hz == clock_hz) {
                let fmtp = Some("0-15".to_owned());
                formats.push(Format { fmtp, ..Format::new(payload_type, "telephone-event", clock_hz) });
            }
        }
        formats
    }

    /// Checks and keeps the phone's offer. Returns its directions for audio and video.
    pub fn offered(&mut self, sdp: &str) -> Result<(Direction, Option<Direction>), Refusal> {
        let session = Session::parse(sdp)?;
        let (_, outcome) = self.answer_to(&session, Direction::SendRecv, Some(Direction::SendRecv))?;
        let video = outcome.video.map(|video| video.theirs.direction);
        self.offered = Some(session);
        Ok((outcome.audio.theirs.direction, video))
    }

    /// Answers the kept offer with what both allow.
    pub fn accept(&mut self, audio: Direction, video: Option<Direction>) -> Result<(String, Outcome), Refusal> {
        let offer = self.offered.take().ok_or(Refusal::NoOffer)?;
        let (answer, outcome) = self.answer_to(&offer, audio, video)?;
        self.ours = Some(answer.clone());
        self.raise(&outcome);
        Ok((self.versions.write(&answer), outcome))
    }

    fn answer_to(
        &self,
        offer: &Session,
        audio: Direction,
        video: Option<Direction>,
    ) -> Result<(Session, Outcome), Refusal> {
        let mut answer = offer.refusal(self.policy.announce);
        let at = offer.first("audio").ok_or(Refusal::NoAudio)?;
        let audio = self.answer_section(offer, &mut answer, at, audio)?.ok_or(Refusal::NoCodec)?;
        let wanted = offer.first("video").zip(video).filter(|_| self.policy.video);
        let video = match wanted {
            Some((at, direction)) => self.answer_section(offer, &mut answer, at, direction)?,
            None => None,
        };
        Ok((answer, Outcome { audio, video }))
    }

    fn answer_section(
        &self,
        offer: &Session,
        answer: &mut Session,
        at: usize,
        allow: Direction,
    ) -> Result<Option<Section>, Refusal> {
        let Some(theirs) = offer.media.get(at) else { return Ok(None) };
        let Some(ours) = self.section(&theirs.kind, allow) else { return Ok(None) };
        self.check(theirs)?;
        let shared = formats::common(&theirs.formats, &ours.formats);
        if shared.is_empty() {
            return Ok(None);
        }
        let (crypto, keys) = self.protection.answer(theirs)?;
        let direction = formats::direction(theirs.direction, allow);
        let media = Media {
            protocol: theirs.protocol.clone(),
            formats: shared.clone(),
            direction,
            rtcp_mux: theirs.rtcp_mux,
            mid: theirs.mid.clone(),
            cryptos: crypto.into_iter().collect(),
            ..ours
        };
        if let Some(place) = answer.media.get_mut(at) {
            *place = media;
        }
        let receives = shared.iter().map(|format| (format.payload_type, format.payload_type)).collect();
        let agreed = Agreed { direction, formats: shared, ptime_ms: theirs.ptime };
        Ok(Some(Section { agreed, theirs: theirs.clone(), receives, rtcp_mux: theirs.rtcp_mux, keys }))
    }

    /// Takes the phone's answer to our offer; it may come again (forks), the last one counts.
    pub fn answered(&mut self, sdp: &str) -> Result<Outcome, Refusal> {
        let answer = Session::parse(sdp)?;
        let ours = self.described.clone().ok_or(Refusal::NoOffer)?;
        if answer.media.len() != ours.media.len() {
            return Err(Refusal::Mismatch);
        }
        let (mut audio, mut video) = (None, None);
        for (mine, theirs) in ours.media.iter().zip(&answer.media) {
            if mine.is_refused() || theirs.is_refused() {
                continue;
            }
            if mine.kind != theirs.kind {
                return Err(Refusal::Mismatch);
            }
            let section = self.read_answer(mine, theirs)?;
            match mine.kind.as_str() {
                "audio" => audio = section,
                _ => video = section,
            }
        }
        let outcome = Outcome { audio: audio.ok_or(Refusal::NoCodec)?, video };
        self.ours = Some(ours);
        self.raise(&outcome);
        Ok(outcome)
    }

    fn read_answer(&self, mine: &Media, theirs: &Media) -> Result<Option<Section>, Refusal> {
        self.check(theirs)?;
        let shared = formats::common(&theirs.formats, &mine.formats);
        let number = |theirs: &Format| mine.formats.iter().find(|format| formats::matches(format, theirs));
        let own = shared.iter().filter_map(|format| Some((number(format)?.payload_type, format.payload_type)));
        // Some phones send with the numbers of their own answer.
        let receives = own.chain(shared.iter().map(|format| (format.payload_type, format.payload_type))).collect();
        let direction = formats::direction(theirs.direction, mine.direction);
        let agreed = Agreed { direction, formats: shared, ptime_ms: theirs.ptime };
        let keys = self.protection.answered(mine, theirs)?;
        let rtcp_mux = mine.rtcp_mux && theirs.rtcp_mux;
        Ok((!agreed.formats.is_empty()).then(|| Section { agreed, theirs: theirs.clone(), receives, rtcp_mux, keys }))
    }

    fn check(&self, theirs: &Media) -> Result<(), Refusal> {
        theirs.profile().ok_or(Refusal::NoAudio)?;
        let address = theirs.address.filter(|address| !address.is_unspecified());
        // Our sockets have one family.
        let fits =
            |address: IpAddr| address.is_ipv4() == self.policy.announce.is_ipv4() && self.addresses.permits(address);
        // Reports go there (RFC 3605): it is no safer to send to than the other.
        let reports = theirs.rtcp_address().map(|address| address.ip()).filter(|address| !address.is_unspecified());
        (address.is_none_or(fits) && reports.is_none_or(fits)).then_some(()).ok_or(Refusal::Address)
    }
}

fn video_formats() -> Vec<Format> {
    let h264 = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1";
    let h264 = Format { fmtp: Some(h264.to_owned()), ..Format::new(98, "H264", 90000) };
    vec![Format::new(97, "VP8", 90000), h264]
}

/// Payload types that stood for a codec go on standing for it (RFC 3264 section 8.3.2).
fn keep_numbers(old: &[Format], new: Vec<Format>) -> Vec<Format> {
    let mut kept: Vec<Format> = Vec::new();
    for mut format in new {
        if let Some(known) = old.iter().find(|known| formats::matches(known, &format)) {
            format.payload_type = known.payload_type;
        }
        let taken = |number: u8| {
            let by_old = old.iter().any(|o| o.payload_type == number && !formats::matches(o, &format));
            by_old || kept.iter().any(|k| k.payload_type == number)
        };
        if taken(format.payload_type) {
            let Some(free) = (96..128).find(|number| !taken(*number)) else { continue };
            format.payload_type = free;
        }
        kept.push(format);
    }
    kept
}
