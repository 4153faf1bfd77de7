//! Protection of media: by SDES (RFC 4568) or DTLS (RFC 5763). What we write of it, and which of theirs we take.
//!
//! [`Floor`] is what sound and pictures of a leg must at least be protected by, each by itself: a phone may protect
//! one of them only. It rises with the first protected section and never falls, whatever is offered later and in
//! whichever dialog.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sdp::Setup;
use sdp::plain::{Crypto, Media, Profile, Suite};

use super::Refusal;
use super::association::Terms;
use super::fingerprint::Prints;
use super::secrets::Secrets;
use super::srtp::Master;
use crate::bridge::Srtp;

/// The suites we offer, the one that every phone has first.
const SUITES: [Suite; 3] = [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32, Suite::AeadAes128Gcm];

/// Least protection: whether it is SRTP or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Floor {
    audio: bool,
    video: bool,
}

/// The keys of a section in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub ours: Master,
    pub theirs: Master,
    /// Bytes of the master key identifier in their packets.
    pub mki: u8,
}

/// How a section is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// Plain RTP.
    Plain,
    /// The keys were in the descriptions.
    Sdes(Keys),
    /// A handshake makes the keys.
    Dtls(Terms),
}

impl Guard {
    pub fn is_secured(&self) -> bool {
        !matches!(self, Guard::Plain)
    }
}

impl Floor {
    pub fn new(policy: Srtp) -> Floor {
        let is_needed = match policy {
            Srtp::Off | Srtp::Optional => false,
            Srtp::Sdes | Srtp::Dtls => true,
        };
        Floor { audio: is_needed, video: is_needed }
    }

    /// Whether media of that kind may flow so.
    fn admits(self, kind: &str, guard: &Guard) -> Result<(), Refusal> {
        let is_needed = if kind == "audio" { self.audio } else { self.video };
        (guard.is_secured() || !is_needed).then_some(()).ok_or(Refusal::Security)
    }

    /// What is in force from now on.
    pub fn raised_by(self, kind: &str, guard: &Guard) -> Floor {
        let is_audio = kind == "audio";
        let is_secured = guard.is_secured();
        Floor { audio: self.audio || is_secured && is_audio, video: self.video || is_secured && !is_audio }
    }
}

/// Our side in one dialog: each section and suite has its own key, the same in every description.
#[derive(Debug, Clone)]
pub(super) struct Protection {
    pub policy: Srtp,
    pub floor: Floor,
    pub secrets: Secrets,
    pub dialog: u64,
    /// `a=fingerprint` of our certificate; without one there is no DTLS.
    pub fingerprint: Option<(String, String)>,
}

impl Protection {
    /// Writes profile and keys into a section of our offer, which takes the place of `old`.
    pub fn offer(&self, media: &mut Media, old: Option<&Media>) -> Result<(), Refusal> {
        let (profile, is_dtls) = match self.policy {
            Srtp::Off | Srtp::Optional => (Profile::Avp, false),
            Srtp::Sdes => (Profile::Savp, false),
            Srtp::Dtls => (Profile::TlsSavp, true),
        };
        let old = old.filter(|old| !old.is_refused() && !old.formats.is_empty());
        media.protocol = old.map_or(profile.name(), |old| &old.protocol).to_owned();
        let known = old.filter(|old| !old.fingerprints.is_empty());
        if is_dtls || known.is_some() {
            // Either side may open it; an association that is up stays (RFC 8842 section 5.2).
            let id = known.map_or_else(|| self.tls_id(&media.kind, ""), |known| known.tls_id.clone());
            return self.identify(media, Setup::ActPass, id);
        }
        if self.policy != Srtp::Off {
            media.cryptos = self.lines(&media.kind);
        }
        Ok(())
    }

    fn identify(&self, media: &mut Media, role: Setup, id: Option<String>) -> Result<(), Refusal> {
        media.fingerprints = vec![self.fingerprint.clone().ok_or(Refusal::Security)?];
        media.setup = Some(role);
        media.tls_id = id;
        Ok(())
    }

    /// Names an association of ours by the phone's name for it; 20 characters at least (RFC 8842 section 4).
    fn tls_id(&self, kind: &str, theirs: &str) -> Option<String> {
        let bytes = self.secrets.about::<16>("tls-id", &[kind, theirs], self.dialog)?;
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn lines(&self, kind: &str) -> Vec<Crypto> {
        let numbered = SUITES.into_iter().zip(1..);
        numbered.filter_map(|(suite, tag)| Some(line(tag, suite, &self.own(kind, suite)?))).collect()
    }

    fn own(&self, kind: &str, suite: Suite) -> Option<Master> {
        let name = format!("{kind} {}", suite.name());
        let bytes = self.secrets.bytes::<44>(&name, self.dialog)?;
        Master::new(suite, bytes.get(..Master::length(suite))?)
    }

    /// Answers a section of theirs: writes our side into `ours`. `last`: our section and theirs so far. `opens`: whether
    /// we open a new association where the phone leaves it to us.
    pub fn answer(
        &self,
        theirs: &Media,
        ours: &mut Media,
        last: Option<(&Media, &Media)>,
        opens: bool,
    ) -> Result<Guard, Refusal> {
        let profile = theirs.profile().ok_or(Refusal::NoAudio)?;
        let sdes = match self.policy {
            Srtp::Off | Srtp::Dtls => None,
            Srtp::Optional => theirs.cryptos.iter().find_map(|line| self.take(&theirs.kind, line)),
            Srtp::Sdes => {
                theirs.cryptos.iter().filter(|_| profile.is_secure()).find_map(|line| self.take(&theirs.kind, line))
            }
        };
        let dtls = match self.policy {
            Srtp::Off | Srtp::Sdes => None,
            Srtp::Optional => Prints::read(theirs),
            Srtp::Dtls => Prints::read(theirs).filter(|_| profile.is_secure()),
        };
        let guard = match (sdes.filter(|_| !profile.is_dtls()), dtls) {
            (Some((line, keys)), _) => {
                ours.cryptos = vec![line];
                Guard::Sdes(keys)
            }
            (None, Some(prints)) => {
                // An association that is up keeps its roles.
                let opens = last.and_then(|(ours, theirs)| role(ours, theirs)).unwrap_or(opens);
                let is_client = is_client(theirs.setup.unwrap_or(Setup::Active), opens).ok_or(Refusal::Security)?;
                let role = if is_client { Setup::Active } else { Setup::Passive };
                let known =
                    last.filter(|(_, old)| old.tls_id == theirs.tls_id).and_then(|(ours, _)| ours.tls_id.clone());
                let id = theirs.tls_id.as_ref().and_then(|id| known.or_else(|| self.tls_id(&theirs.kind, id)));
                self.identify(ours, role, id)?;
                Guard::Dtls(terms(theirs, prints, is_client))
            }
            (None, None) if profile.is_secure() => return Err(Refusal::Security),
            (None, None) => Guard::Plain,
        };
        self.floor.admits(&theirs.kind, &guard)?;
        Ok(guard)
    }

    fn take(&self, kind: &str, theirs: &Crypto) -> Option<(Crypto, Keys)> {
        let ours = self.own(kind, theirs.suite)?;
        let keys = Keys { theirs: read(theirs)?, mki: theirs.mki.map_or(0, |(_, length)| length), ours };
        Some((line(theirs.tag, theirs.suite, &keys.ours), keys))
    }

    /// What their answer to our section leaves.
    pub fn answered(&self, mine: &Media, theirs: &Media) -> Result<Guard, Refusal> {
        let profile = theirs.profile().ok_or(Refusal::Mismatch)?;
        let offered = mine.profile().ok_or(Refusal::Mismatch)?;
        let guard = if mine.fingerprints.is_empty() {
            self.answered_by_key(mine, theirs)?
        } else {
            let prints = Prints::read(theirs).ok_or(Refusal::Security)?;
            // Without a word the answerer waits (RFC 4145 section 4.1); it must decide.
            let role = theirs.setup.unwrap_or(Setup::Passive);
            let is_client = is_client(role, true).filter(|_| role != Setup::ActPass).ok_or(Refusal::Security)?;
            Guard::Dtls(terms(theirs, prints, is_client))
        };
        let is_weaker = offered.is_secure() && !profile.is_secure();
        let is_other = profile.is_dtls() && mine.fingerprints.is_empty();
        if is_weaker || is_other || profile.is_secure() && !guard.is_secured() {
            return Err(Refusal::Security);
        }
        self.floor.admits(&mine.kind, &guard)?;
        Ok(guard)
    }

    fn answered_by_key(&self, mine: &Media, theirs: &Media) -> Result<Guard, Refusal> {
        let fits = |line: &&Crypto| mine.cryptos.iter().any(|own| (own.tag, own.suite) == (line.tag, line.suite));
        let keys = theirs.cryptos.iter().find(fits).and_then(|line| self.take(&mine.kind, line));
        match keys {
            Some((_, keys)) => Ok(Guard::Sdes(keys)),
            // A line that names none of ours is a phone that believes in keys we do not have.
            None if !mine.cryptos.is_empty() && !theirs.cryptos.is_empty() => Err(Refusal::Security),
            None => Ok(Guard::Plain),
        }
    }
}

/// Whether the role of the other side makes us the client (RFC 4145 section 4.1); `None` where nobody may open.
fn is_client(theirs: Setup, opens: bool) -> Option<bool> {
    match theirs {
        Setup::ActPass => Some(opens),
        Setup::Active => Some(false),
        Setup::Passive => Some(true),
        Setup::HoldConn => None,
    }
}

/// Whether a pair of sections made us the client.
fn role(ours: &Media, theirs: &Media) -> Option<bool> {
    match (theirs.setup, ours.setup) {
        (Some(Setup::Active), _) | (_, Some(Setup::Passive)) => Some(false),
        (Some(Setup::Passive), _) | (_, Some(Setup::Active)) => Some(true),
        (Some(Setup::ActPass | Setup::HoldConn) | None, Some(Setup::ActPass | Setup::HoldConn) | None) => None,
    }
}

fn terms(theirs: &Media, prints: Prints, is_client: bool) -> Terms {
    let ufrag = theirs.ice.as_ref().map(|ice| ice.ufrag.clone());
    // With ICE the described address follows the nominated pair (RFC 8839 section 4.4.1).
    let address = theirs.rtp_address().filter(|_| ufrag.is_none());
    Terms { is_client, prints, tls_id: theirs.tls_id.clone(), address, ufrag }
}

fn line(tag: u32, suite: Suite, master: &Master) -> Crypto {
    Crypto::new(tag, suite, STANDARD.encode(master.to_bytes()))
}

/// The key of a line; `None` for a suite or a parameter that we do not do.
fn read(line: &Crypto) -> Option<Master> {
    // `WSH` is a hint; one with a dash may be left out (RFC 4568 section 6.3).
    let is_hint = |parameter: &String| parameter.starts_with("WSH=") || parameter.starts_with('-');
    if !SUITES.contains(&line.suite) || !line.parameters.iter().all(is_hint) {
        return None;
    }
    let bytes = STANDARD_NO_PAD.decode(line.key.trim_end_matches('=')).ok()?;
    Master::new(line.suite, &bytes)
}
