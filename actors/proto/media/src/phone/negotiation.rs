//! Offer and answer (RFC 3264) of one leg: what we write and what we read in theirs.

use std::net::IpAddr;

use sdp::plain::{Format, Ice, Media, Profile, Session, Versions, formats};
use sdp::{AddressPolicy, Direction};

use super::latch::is_private;
use super::protection::{Floor, Guard, Protection};
use super::secrets::Secrets;
use super::{Agreed, Medium, PhoneSetup, Refusal, fingerprint, ice};
use crate::Certificate;
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
    /// How it is protected.
    pub guard: Guard,
    /// Our credentials, where ICE is used.
    pub ice: Option<Ice>,
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
        let is_secured = |section: &Section| section.guard.is_secured();
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
    /// The phone's sections in force.
    theirs: Vec<Media>,
    offered: Option<Session>,
    described: Option<Session>,
}

impl Negotiation {
    /// For the `dialog`th dialog of the leg; `floor` is what those before have left.
    pub fn new(setup: &PhoneSetup, secrets: &Secrets, dialog: u64, floor: Floor) -> Negotiation {
        let (policy, secrets) = (setup.policy.clone(), secrets.clone());
        let versions = Versions::new(secrets.number("session", dialog));
        let protection = Protection { policy: policy.srtp, floor, secrets, dialog, fingerprint: None };
        let (addresses, ports) = (setup.addresses, setup.ports);
        let (ours, theirs, offered, described) = (None, Vec::new(), None, None);
        Negotiation { policy, addresses, ports, versions, protection, ours, theirs, offered, described }
    }

    /// DTLS may be agreed on, with that certificate of ours.
    pub fn identify(&mut self, certificate: &Certificate) {
        self.protection.fingerprint = Some(fingerprint::ours(&certificate.dtls.certificate));
    }

    /// What later descriptions must at least be protected by.
    pub fn floor(&self) -> Floor {
        self.protection.floor
    }

    /// A pair of offer and answer is in force.
    fn settle(&mut self, ours: Session, outcome: &Outcome) {
        let sections = [Some(&outcome.audio), outcome.video.as_ref()];
        for section in sections.into_iter().flatten() {
            self.protection.floor = self.protection.floor.raised_by(&section.theirs.kind, &section.guard);
        }
        self.theirs = sections.into_iter().flatten().map(|section| section.theirs.clone()).collect();
        self.ours = Some(ours);
    }

    /// Our section and theirs of that kind, as in force.
    fn last(&self, kind: &str) -> Option<(&Media, &Media)> {
        let of_kind = |media: &&Media| media.kind == kind && !media.is_refused();
        self.ours.as_ref()?.media.iter().find(of_kind).zip(self.theirs.iter().find(of_kind))
    }

    pub fn rollback(&mut self) {
        self.offered = None;
        self.described = None;
    }

    /// Our offer, and our credentials where it offers ICE.
    pub fn describe(
        &mut self,
        audio: Direction,
        video: Option<Direction>,
    ) -> Result<(String, Vec<(Medium, Ice)>), Refusal> {
        let mut session = self.ours.clone().unwrap_or(Session {
            address: Some(self.policy.announce),
            ice_lite: false,
            media: Vec::new(),
        });
        self.place(&mut session, "audio", Some(audio))?;
        self.place(&mut session, "video", video)?;
        session.ice_lite = session.media.iter().any(|media| media.ice.is_some());
        self.described = Some(session.clone());
        let ice = session.media.iter().filter_map(|media| Some((medium(&media.kind), media.ice.clone()?)));
        Ok((self.versions.write(&session), ice.collect()))
    }

    /// Puts a section of ours in its old place, or behind the others.
    fn place(&self, session: &mut Session, kind: &str, direction: Option<Direction>) -> Result<(), Refusal> {
        let at = session.media.iter().position(|media| media.kind == kind);
        let old = at.and_then(|at| session.media.get_mut(at));
        let Some(mut new) = direction.and_then(|direction| self.section(kind, direction)) else {
            old.into_iter().for_each(|old| *old = old.refused());
            return Ok(());
        };
        self.protection.offer(&mut new, old.as_deref())?;
        self.offer_ice(&mut new);
        match old {
            Some(old) => {
                if !old.is_refused() && !old.formats.is_empty() {
                    new.formats = keep_numbers(&old.formats, new.formats);
                }
                *old = new;
            }
            None => session.media.push(new),
        }
        Ok(())
    }

    /// Where ICE is used, it stays; where it was left, it stays left.
    fn offer_ice(&self, media: &mut Media) {
        let last = self.last(&media.kind);
        let known = last.and_then(|(ours, _)| ours.ice.clone());
        let first = || self.credentials(&media.kind, None).filter(|_| self.policy.ice && last.is_none());
        media.ice = known.or_else(first);
        if media.ice.is_some() {
            // Whether RTCP is muxed is not known yet (RFC 5761 section 5.1.3).
            media.candidates = ice::lines(self.policy.announce, media.port, false);
        }
    }

    /// Answers their ICE (RFC 8839 section 4.2). Between two lite agents nobody checks: then it is left.
    fn answer_ice(&self, is_lite: bool, theirs: &Media, ours: &mut Media) {
        if is_lite || !ice::is_usable(theirs) {
            return;
        }
        if ice::is_mismatch(theirs) {
            ours.ice_mismatch = true;
            return;
        }
        // Other credentials than before are a restart, which we answer with others (RFC 8445 section 9).
        let last = self.last(&theirs.kind).filter(|(_, old)| old.ice == theirs.ice);
        let known = last.and_then(|(ours, _)| ours.ice.clone());
        ours.ice = known.or_else(|| self.credentials(&theirs.kind, theirs.ice.as_ref()));
        ours.candidates = ice::lines(self.policy.announce, ours.port, ours.rtcp_mux);
    }

    /// Credentials of ours for a section whose other side has `theirs`.
    fn credentials(&self, kind: &str, theirs: Option<&Ice>) -> Option<Ice> {
        let (secrets, dialog) = (&self.protection.secrets, self.protection.dialog);
        let words = theirs.map_or([kind, "", ""], |theirs| [kind, &theirs.ufrag, &theirs.pwd]);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (ufrag, pwd) = (secrets.about::<4>("ufrag", &words, dialog)?, secrets.about::<16>("pwd", &words, dialog)?);
        Some(Ice { ufrag: hex(&ufrag), pwd: hex(&pwd) })
    }

    fn section(&self, kind: &str, direction: Direction) -> Option<Media> {
        let (port, formats) = match kind {
            "audio" => (self.ports.0, self.audio_formats()),
            _ => (self.ports.1.filter(|_| self.policy.video)?, self.video_formats()),
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

    /// What browsers speak (RFC 7742 section 5), of the codecs that the policy names, or all: of H.264 (constrained)
    /// Baseline in both modes, as an answer must have that of its offer (RFC 6184 section 8.2.2).
    fn video_formats(&self) -> Vec<Format> {
        let h264 = [(98, "42e01f", 1), (99, "42e01f", 0), (102, "42001f", 1), (103, "42001f", 0)];
        let h264 = h264.map(|(payload_type, profile, mode)| {
            let fmtp = format!("profile-level-id={profile};packetization-mode={mode};level-asymmetry-allowed=1");
            Format { fmtp: Some(fmtp), ..Format::new(payload_type, "H264", 90000) }
        });
        let all: Vec<Format> = [Format::new(97, "VP8", 90000)].into_iter().chain(h264).collect();
        let of = |name: &String| all.iter().filter(|format| format.is(name)).cloned().collect::<Vec<_>>();
        let named: Vec<Format> = self.policy.codecs.iter().flat_map(of).collect();
        if named.is_empty() { all } else { named }
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
        self.settle(answer.clone(), &outcome);
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
        answer.ice_lite = answer.media.iter().any(|media| media.ice.is_some());
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
        let direction = formats::direction(theirs.direction, allow);
        let mut media = Media {
            protocol: theirs.protocol.clone(),
            formats: shared.clone(),
            direction,
            rtcp_mux: theirs.rtcp_mux,
            mid: theirs.mid.clone(),
            ..ours
        };
        self.answer_ice(offer.ice_lite, theirs, &mut media);
        let guard = self.protection.answer(theirs, &mut media, self.last(&theirs.kind), self.reaches(theirs))?;
        let ice = media.ice.clone();
        if let Some(place) = answer.media.get_mut(at) {
            *place = media;
        }
        let receives = shared.iter().map(|format| (format.payload_type, format.payload_type)).collect();
        let agreed = Agreed { direction, formats: shared, ptime_ms: theirs.ptime };
        Ok(Some(Section { agreed, theirs: theirs.clone(), receives, rtcp_mux: theirs.rtcp_mux, guard, ice }))
    }

    /// Whether a datagram of ours can come to the phone before one of its: not where it says a private address and we
    /// have a public one, unless ICE finds the way.
    fn reaches(&self, theirs: &Media) -> bool {
        let is_hidden = theirs.rtp_address().is_none_or(|address| is_private(address.ip()));
        theirs.ice.is_some() || !is_hidden || is_private(self.policy.announce)
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
            let section = self.read_answer(mine, theirs, answer.ice_lite)?;
            match mine.kind.as_str() {
                "audio" => audio = section,
                _ => video = section,
            }
        }
        let outcome = Outcome { audio: audio.ok_or(Refusal::NoCodec)?, video };
        self.settle(ours, &outcome);
        Ok(outcome)
    }

    fn read_answer(&self, mine: &Media, theirs: &Media, is_lite: bool) -> Result<Option<Section>, Refusal> {
        self.check(theirs)?;
        let shared = formats::common(&theirs.formats, &mine.formats);
        let number = |theirs: &Format| mine.formats.iter().find(|format| formats::matches(format, theirs));
        let own = shared.iter().filter_map(|format| Some((number(format)?.payload_type, format.payload_type)));
        // Some phones send with the numbers of their own answer.
        let receives = own.chain(shared.iter().map(|format| (format.payload_type, format.payload_type))).collect();
        let direction = formats::direction(theirs.direction, mine.direction);
        let agreed = Agreed { direction, formats: shared, ptime_ms: theirs.ptime };
        let guard = self.protection.answered(mine, theirs)?;
        let rtcp_mux = mine.rtcp_mux && theirs.rtcp_mux;
        let is_found = !is_lite && ice::is_usable(theirs) && !ice::is_mismatch(theirs);
        let ice = mine.ice.clone().filter(|_| is_found);
        let theirs = theirs.clone();
        Ok((!agreed.formats.is_empty()).then_some(Section { agreed, theirs, receives, rtcp_mux, guard, ice }))
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

fn medium(kind: &str) -> Medium {
    if kind == "audio" { Medium::Audio } else { Medium::Video }
}

/// Payload types that stood for a codec go on standing for it (RFC 3264 section 8.3.2), and stand first in their old order,
/// so that a hold does not change the codec.
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
    kept.sort_by_key(|format| old.iter().position(|known| formats::matches(known, format)).unwrap_or(old.len()));
    kept
}
