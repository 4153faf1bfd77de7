//! SDES (RFC 4568): which `a=crypto` lines we write, and which of theirs we take.
//!
//! [`Floor`] is what the media of a leg must at least be protected by. It rises with the
//! first protected section and never falls, whatever is offered later and in whichever dialog.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sdp::plain::{Crypto, Media, Profile, Suite};

use super::Refusal;
use super::secrets::Secrets;
use super::srtp::Master;
use crate::bridge::Srtp;

/// The suites we offer, the one that every phone has first.
const SUITES: [Suite; 3] = [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32, Suite::AeadAes128Gcm];

/// Least protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Floor {
    /// Plain RTP will do.
    Open,
    /// SRTP or nothing.
    Secured,
}

/// The keys of a section in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub ours: Master,
    pub theirs: Master,
    /// Bytes of the master key identifier in their packets.
    pub mki: u8,
}

impl Floor {
    pub fn new(policy: Srtp) -> Floor {
        match policy {
            Srtp::Off | Srtp::Optional => Floor::Open,
            Srtp::Sdes | Srtp::Dtls => Floor::Secured,
        }
    }

    /// Whether media may flow with these keys.
    pub fn admits(self, keys: Option<&Keys>) -> Result<(), Refusal> {
        (self == Floor::Open || keys.is_some()).then_some(()).ok_or(Refusal::Security)
    }

    /// What is in force from now on.
    pub fn raised_by(self, keys: Option<&Keys>) -> Floor {
        self.max(if keys.is_some() { Floor::Secured } else { Floor::Open })
    }
}

/// Our keys in one dialog: each section and suite has its own, the same in every description.
#[derive(Debug, Clone)]
pub(super) struct Protection {
    pub policy: Srtp,
    pub floor: Floor,
    pub secrets: Secrets,
    pub dialog: u64,
}

impl Protection {
    /// Profile and `a=crypto` lines of a new section of our offer.
    pub fn offer(&self, kind: &str) -> Result<(Profile, Vec<Crypto>), Refusal> {
        match self.policy {
            Srtp::Off => Ok((Profile::Avp, Vec::new())),
            Srtp::Optional => Ok((Profile::Avp, self.lines(kind))),
            Srtp::Sdes => Ok((Profile::Savp, self.lines(kind))),
            Srtp::Dtls => Err(Refusal::Security),
        }
    }

    fn lines(&self, kind: &str) -> Vec<Crypto> {
        let numbered = SUITES.into_iter().zip(1..);
        numbered.filter_map(|(suite, tag)| Some(line(tag, suite, &self.own(kind, suite)?))).collect()
    }

    fn own(&self, kind: &str, suite: Suite) -> Option<Master> {
        let name = format!("{kind} {}", suite.name());
        let bytes = self.secrets.bytes::<32>(&name, self.dialog)?;
        Master::new(suite, bytes.get(..Master::length(suite)?)?)
    }

    /// Answers a section of theirs: our line and the keys, both `None` for plain RTP.
    pub fn answer(&self, theirs: &Media) -> Result<(Option<Crypto>, Option<Keys>), Refusal> {
        let chosen = theirs.cryptos.iter().find_map(|line| self.take(&theirs.kind, line));
        let profile = theirs.profile().ok_or(Refusal::NoAudio)?;
        let taken = match self.policy {
            Srtp::Off => None,
            Srtp::Optional => chosen,
            Srtp::Sdes => chosen.filter(|_| profile.is_secure()),
            Srtp::Dtls => return Err(Refusal::Security),
        };
        let keys = taken.as_ref().map(|(_, keys)| keys);
        if profile.is_dtls() || profile.is_secure() && keys.is_none() {
            return Err(Refusal::Security);
        }
        self.floor.admits(keys)?;
        Ok(taken.map(|(line, keys)| (Some(line), Some(keys))).unwrap_or_default())
    }

    fn take(&self, kind: &str, theirs: &Crypto) -> Option<(Crypto, Keys)> {
        let ours = self.own(kind, theirs.suite)?;
        let keys = Keys { theirs: read(theirs)?, mki: theirs.mki.map_or(0, |(_, length)| length), ours };
        Some((line(theirs.tag, theirs.suite, &keys.ours), keys))
    }

    /// The keys that their answer to our section leaves; `None` is plain RTP.
    pub fn answered(&self, mine: &Media, theirs: &Media) -> Result<Option<Keys>, Refusal> {
        let profile = theirs.profile().ok_or(Refusal::Mismatch)?;
        let fits = |line: &&Crypto| mine.cryptos.iter().any(|own| (own.tag, own.suite) == (line.tag, line.suite));
        let line = theirs.cryptos.iter().find(fits);
        let keys = line.and_then(|line| self.take(&mine.kind, line)).map(|(_, keys)| keys);
        let is_weaker = mine.profile().is_some_and(Profile::is_secure) && !profile.is_secure();
        // A line that names none of ours is a phone that believes in keys we do not have.
        let is_misread = !mine.cryptos.is_empty() && !theirs.cryptos.is_empty();
        let is_lost = keys.is_none() && (profile.is_secure() || is_misread);
        if profile.is_dtls() || is_weaker || is_lost {
            return Err(Refusal::Security);
        }
        self.floor.admits(keys.as_ref())?;
        Ok(keys)
    }
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
