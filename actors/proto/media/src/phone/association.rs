//! DTLS-SRTP of one component (RFC 5763, RFC 5764): its handshakes, and the keys they leave.
//!
//! Each source that opens one has a handshake of its own, so that what a stranger sends spoils
//! nothing; the first whose certificate the description names counts, and ends the others. Where there are too many,
//! one gives way that has not shown yet that it hears us, and never that of the described source. A handshake that
//! fails is begun again, within [`PATIENCE`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::{Config, Dtls, KeyingMaterial, Output, SrtpProfile};
use sdp::plain::Suite;

use super::fingerprint::Prints;
use super::protection::Keys;
use super::srtp::Master;
use crate::Certificate;

/// Handshakes at the same time.
const SOURCES: usize = 4;
/// A handshake of ours that failed is begun again after this long.
const AGAIN: Duration = Duration::from_millis(500);
/// How long ours are begun again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest record that is written; ours are of [`Config::mtu`] at most.
const RECORD_BYTES: usize = 2048;

/// What a pair of offer and answer says of an association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    /// Whether we open it.
    pub is_client: bool,
    /// Of the phone's certificate.
    pub prints: Prints,
    /// `a=tls-id` of the phone (RFC 8842 section 4).
    pub tls_id: Option<String>,
    /// Where the phone is, as described.
    pub address: Option<SocketAddr>,
    /// Its ICE user name fragment.
    pub ufrag: Option<String>,
}

impl Terms {
    /// Whether an association under `old` goes on (RFC 8842 section 4): without `a=tls-id`, where the phone is says
    /// so too. A phone on hold may say no address.
    pub fn continues(&self, old: &Terms) -> bool {
        let is_same = match (&self.tls_id, &old.tls_id) {
            (Some(new), Some(old)) => new == old,
            (None, None) => {
                let is_there = self.address.zip(old.address).is_none_or(|(new, old)| new == old);
                is_there && self.ufrag == old.ufrag
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        is_same && (self.is_client, &self.prints) == (old.is_client, &old.prints)
    }
}

/// A handshake is done and the phone is who it says.
#[derive(Debug)]
pub(super) struct Established {
    /// Where it came from.
    pub source: SocketAddr,
    pub keys: Keys,
}

/// See the module.
pub(super) struct Association {
    terms: Terms,
    certificate: Certificate,
    config: Arc<Config>,
    handshakes: Vec<Handshake>,
    until: Instant,
    /// When ours begins again.
    again: Option<Instant>,
    is_established: bool,
    /// Why there are no keys, in words.
    trouble: Option<&'static str>,
    /// Datagrams to send.
    sent: Vec<(SocketAddr, Vec<u8>)>,
}

struct Handshake {
    source: SocketAddr,
    dtls: Dtls,
    wake: Option<Instant>,
    /// Its source is where the phone should be.
    is_expected: bool,
    /// Its source has returned our cookie (RFC 6347 section 4.2.1).
    is_heard: bool,
    is_verified: bool,
}

/// What polling a handshake led to.
enum Step {
    Goes,
    Done(Keys),
    Wrong(&'static str),
}

impl Association {
    /// `None` when the crypto library fails.
    pub fn new(now: Instant, terms: Terms, certificate: Certificate) -> Option<Association> {
        let again = terms.is_client.then_some(now);
        Some(Association {
            terms,
            certificate,
            config: crate::dtls::for_phones()?,
            handshakes: Vec::new(),
            until: now + PATIENCE,
            again,
            is_established: false,
            trouble: None,
            sent: Vec::new(),
        })
    }

    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Why there are no keys yet.
    pub fn trouble(&self) -> Option<&'static str> {
        let waits = "the phone has not completed the DTLS handshake";
        (!self.is_established).then_some(self.trouble.unwrap_or(waits))
    }

    /// Opens, where that is on us and it is known where to.
    pub fn open(&mut self, now: Instant, destination: Option<SocketAddr>) -> Option<Established> {
        let to = destination.filter(|_| self.again.is_some_and(|again| now >= again))?;
        self.again = None;
        if now > self.until {
            return None;
        }
        let mut handshake = self.handshake(now, to);
        handshake.dtls.set_active(true);
        self.handshakes = vec![handshake];
        self.run(now, 0, None)
    }

    fn handshake(&self, now: Instant, source: SocketAddr) -> Handshake {
        let dtls = Dtls::new_12(self.config.clone(), self.certificate.dtls.clone(), now);
        Handshake { source, dtls, wake: None, is_expected: true, is_heard: false, is_verified: false }
    }

    /// Takes a datagram of a source that may be the phone; `is_expected`: it is where the phone should be.
    pub fn handle(&mut self, now: Instant, source: SocketAddr, is_expected: bool, bytes: &[u8]) -> Option<Established> {
        let at = match self.handshakes.iter().position(|handshake| handshake.source == source) {
            Some(at) => at,
            // The phone may answer from elsewhere than described.
            None if self.terms.is_client && !self.is_established => 0,
            None if !self.terms.is_client && !self.is_established && is_client_hello(bytes) => {
                self.make_room(is_expected)?;
                self.handshakes.push(Handshake { is_expected, ..self.handshake(now, source) });
                self.handshakes.len() - 1
            }
            None => return None,
        };
        self.run(now, at, Some((source, bytes)))
    }

    /// For one handshake more, of the source that is expected or of another. `None`: there is none.
    fn make_room(&mut self, is_expected: bool) -> Option<()> {
        if self.handshakes.len() == SOURCES {
            let silent = self.handshakes.iter().position(|handshake| !handshake.is_heard && !handshake.is_expected);
            self.handshakes.remove(silent.or(is_expected.then_some(0))?);
        }
        Some(())
    }

    /// The time of [`Association::deadline`] has come.
    pub fn timeout(&mut self, now: Instant, destination: Option<SocketAddr>) -> Option<Established> {
        let mut established = self.open(now, destination);
        for at in (0..self.handshakes.len()).rev() {
            let is_due = self.handshakes.get(at).is_some_and(|it| it.wake.is_some_and(|wake| now >= wake));
            if is_due {
                established = self.run(now, at, None).or(established);
            }
        }
        established
    }

    /// `is_found`: it is known where to send.
    pub fn deadline(&self, is_found: bool) -> Option<Instant> {
        let again = self.again.filter(|_| is_found);
        self.handshakes.iter().filter_map(|handshake| handshake.wake).chain(again).min()
    }

    /// Whether we do not try any more.
    pub fn has_given_up(&self, now: Instant) -> bool {
        self.terms.is_client && !self.is_established && now > self.until
    }

    /// The phone uses the keys: it has our last flight.
    pub fn confirmed(&mut self) {
        self.handshakes = Vec::new();
    }

    /// Datagrams to send since the last call.
    pub fn sent(&mut self) -> std::vec::Drain<'_, (SocketAddr, Vec<u8>)> {
        self.sent.drain(..)
    }

    /// Lets a handshake take the time, and what came.
    fn run(&mut self, now: Instant, at: usize, came: Option<(SocketAddr, &[u8])>) -> Option<Established> {
        let handshake = self.handshakes.get_mut(at)?;
        let step = match (wait(now, handshake, &self.terms, &mut self.sent), came) {
            (Step::Goes, Some(came)) => take(now, handshake, &self.terms, &mut self.sent, came),
            (step, _) => step,
        };
        match step {
            Step::Goes => None,
            Step::Done(keys) => {
                self.is_established = true;
                let mut done = self.handshakes.swap_remove(at);
                done.wake = None;
                let source = done.source;
                self.handshakes = vec![done];
                Some(Established { source, keys })
            }
            // After it is done, it is only kept to repeat its last flight.
            Step::Wrong(trouble) => {
                self.handshakes.swap_remove(at);
                self.trouble = Some(trouble);
                self.again = (self.terms.is_client && !self.is_established).then_some(now + AGAIN);
                None
            }
        }
    }
}

impl std::fmt::Debug for Association {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Association").field("terms", &self.terms).finish_non_exhaustive()
    }
}

/// What is due goes where it went before.
fn wait(now: Instant, handshake: &mut Handshake, terms: &Terms, sent: &mut Vec<(SocketAddr, Vec<u8>)>) -> Step {
    let acted = handshake.dtls.handle_timeout(now);
    let step = poll(now, handshake, terms, sent);
    acted.map_or_else(|error| Step::Wrong(trouble(&error)), |()| step)
}

/// What is not answered by the handshake, and does not end it, was not of the phone: it goes on where it was. What is
/// wrong ends it only if it is of who was answered before.
fn take(
    now: Instant,
    handshake: &mut Handshake,
    terms: &Terms,
    sent: &mut Vec<(SocketAddr, Vec<u8>)>,
    (source, bytes): (SocketAddr, &[u8]),
) -> Step {
    let (before, count) = (std::mem::replace(&mut handshake.source, source), sent.len());
    let acted = handshake.dtls.handle_packet(bytes);
    let step = poll(now, handshake, terms, sent);
    if sent.len() == count && !matches!(step, Step::Done(_)) {
        handshake.source = before;
    }
    match acted {
        Err(error) if handshake.source == source => Step::Wrong(trouble(&error)),
        Ok(()) | Err(_) => step,
    }
}

fn poll(now: Instant, handshake: &mut Handshake, terms: &Terms, sent: &mut Vec<(SocketAddr, Vec<u8>)>) -> Step {
    let mut buffer = vec![0; RECORD_BYTES];
    let mut step = Step::Goes;
    loop {
        match handshake.dtls.poll_output(&mut buffer) {
            Output::Packet(record) => {
                handshake.is_heard |= !is_cookie(record);
                sent.push((handshake.source, record.to_vec()));
            }
            Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
            Output::PeerCert(der) => {
                handshake.is_verified = terms.prints.fit(der);
                if !handshake.is_verified {
                    return Step::Wrong("the phone's certificate is not the one that its description names");
                }
            }
            Output::KeyingMaterial(material, profile) if handshake.is_verified => {
                step = match keys(&material, profile, terms.is_client) {
                    Some(keys) => Step::Done(keys),
                    None => Step::Wrong("the DTLS handshake left no keys"),
                };
            }
            Output::Timeout(at) => {
                // One that waits for nothing says a time far away.
                handshake.wake = Some(at).filter(|at| *at < now + PATIENCE * 2);
                return step;
            }
            // Non-exhaustive in dimpl. The end of a call is told by SIP, not by close_notify.
            _ => {}
        }
    }
}

fn trouble(error: &dimpl::Error) -> &'static str {
    match error {
        dimpl::Error::CertificateError(_) => "the phone has no certificate that can be taken: ECDSA is needed",
        dimpl::Error::Timeout(_) => "the phone has not completed the DTLS handshake in time",
        // Non-exhaustive in dimpl.
        _ => "the DTLS handshake with the phone failed",
    }
}

/// A handshake record (RFC 6347 section 4.1) that begins with a ClientHello.
fn is_client_hello(bytes: &[u8]) -> bool {
    bytes.first() == Some(&22) && bytes.get(13) == Some(&1)
}

/// One that is or begins with a HelloVerifyRequest: whoever asks has it.
fn is_cookie(bytes: &[u8]) -> bool {
    bytes.first() == Some(&22) && bytes.get(13) == Some(&3)
}

/// RFC 5764 section 4.2: keys of client and server, then their salts.
fn keys(material: &KeyingMaterial, profile: SrtpProfile, is_client: bool) -> Option<Keys> {
    let suite = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        // Non-exhaustive in dimpl.
        _ => return None,
    };
    let (key, salt) = Master::parts(suite);
    let (client_key, rest) = material.split_at_checked(key)?;
    let (server_key, rest) = rest.split_at_checked(key)?;
    let (client_salt, server_salt) = rest.split_at_checked(salt)?;
    let client = Master::of_parts(suite, client_key, client_salt)?;
    let server = Master::of_parts(suite, server_key, server_salt)?;
    let (ours, theirs) = if is_client { (client, server) } else { (server, client) };
    Some(Keys { ours, theirs, mki: 0 })
}
