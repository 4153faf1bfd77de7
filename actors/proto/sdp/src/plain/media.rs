//! [`Media`]: one `m=` section of an RTP session.

use std::net::{IpAddr, SocketAddr};

use crate::plain::{Crypto, Format, Profile};
use crate::{Direction, Fingerprint, MediaLine, Section, Setup};

/// One `m=` section, read or to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`...
    pub kind: String,
    /// 0 is refused.
    pub port: u16,
    /// The protocol as written.
    pub protocol: String,
    /// The words behind the protocol as written.
    pub words: Vec<String>,
    /// Those of them that are payload types we can name, each once.
    pub formats: Vec<Format>,
    /// `c=`, of the section or else of the session. `None` for a host name and for none at all.
    pub address: Option<IpAddr>,
    /// `a=rtcp` (RFC 3605).
    pub rtcp: Option<Rtcp>,
    /// `a=rtcp-mux` (RFC 5761).
    pub rtcp_mux: bool,
    /// As the writer sees it; the old hold of RFC 2543, `c=0.0.0.0`, is read as `inactive` or `sendonly`.
    pub direction: Direction,
    /// `a=ptime` in milliseconds.
    pub ptime: Option<u16>,
    /// `a=maxptime` in milliseconds.
    pub maxptime: Option<u16>,
    /// The `a=crypto` lines we can use, in order.
    pub cryptos: Vec<Crypto>,
    /// `a=fingerprint` (RFC 8122): hash names in lower case, the bytes in hex with colons, in upper case.
    pub fingerprints: Vec<(String, String)>,
    /// `a=setup` (RFC 4145).
    pub setup: Option<Setup>,
    /// `a=tls-id` (RFC 8842 section 4).
    pub tls_id: Option<String>,
    /// User name fragment and password (RFC 8839).
    pub ice: Option<Ice>,
    /// `a=candidate` values as written, with `candidate:`.
    pub candidates: Vec<String>,
    /// `a=ice-mismatch` (RFC 8839 section 5.3).
    pub ice_mismatch: bool,
    /// `a=rtcp-fb` values (RFC 4585): payload type, `None` for `*`, and what it says.
    pub feedback: Vec<(Option<u8>, String)>,
    /// `a=mid` (RFC 5888).
    pub mid: Option<String>,
}

/// Where RTCP goes when not one above the RTP port (RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port.
    pub port: u16,
    /// `None` is that of `c=`.
    pub address: Option<IpAddr>,
}

/// ICE credentials of a section (RFC 8839 section 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Ice {
    /// `a=ice-ufrag`.
    pub ufrag: String,
    /// `a=ice-pwd`.
    pub pwd: String,
}

impl std::fmt::Debug for Ice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ice({})", self.ufrag)
    }
}

impl Media {
    /// An empty section of that kind; formats and the rest are for the caller to set.
    pub fn new(kind: &str, port: u16, profile: Profile) -> Media {
        Media {
            kind: kind.to_owned(),
            port,
            protocol: profile.name().to_owned(),
            words: Vec::new(),
            formats: Vec::new(),
            address: None,
            rtcp: None,
            rtcp_mux: false,
            direction: Direction::SendRecv,
            ptime: None,
            maxptime: None,
            cryptos: Vec::new(),
            fingerprints: Vec::new(),
            setup: None,
            tls_id: None,
            ice: None,
            candidates: Vec::new(),
            ice_mismatch: false,
            feedback: Vec::new(),
            mid: None,
        }
    }

    /// Reads a section; `None` without an `m=` line. `connection` is the session's `c=`.
    pub fn read(section: Section<'_>) -> Option<Media> {
        let line = section.media_line()?;
        let mut media = Media { protocol: line.protocol.to_owned(), ..Media::new(line.kind, line.port, Profile::Avp) };
        media.words = line.formats.iter().map(|word| (*word).to_owned()).collect();
        media.formats = formats(section, &line);
        media.read_transport(section);
        media.read_security(section);
        media.direction = section.direction();
        media.read_old_hold();
        let milliseconds = |name| section.attribute(name).and_then(|value| value.trim().parse().ok());
        media.ptime = milliseconds("ptime").filter(|ms| *ms > 0);
        media.maxptime = milliseconds("maxptime").filter(|ms| *ms > 0);
        media.feedback = section.attributes("rtcp-fb").filter_map(feedback).collect();
        media.mid = section.mid().map(str::to_owned);
        Some(media)
    }

    fn read_transport(&mut self, section: Section<'_>) {
        self.address = section.connection();
        self.rtcp = section.attribute("rtcp").and_then(rtcp);
        self.rtcp_mux = section.attribute("rtcp-mux").is_some();
        let is_candidate = |line: &&str| line.starts_with("candidate:");
        let attributes = section.lines().iter().filter_map(|line| line.strip_prefix("a="));
        self.candidates = attributes.filter(is_candidate).map(str::to_owned).collect();
    }

    fn read_security(&mut self, section: Section<'_>) {
        self.cryptos = section.attributes("crypto").filter_map(|value| Crypto::parse(value).ok()).collect();
        let prints = section.fingerprints();
        let print = |print: Fingerprint<'_>| (print.hash.to_ascii_lowercase(), print.value.to_ascii_uppercase());
        self.fingerprints = prints.map(print).collect();
        self.setup = section.setup();
        self.tls_id = section.inherited("tls-id").map(str::to_owned);
        self.ice_mismatch = section.attribute("ice-mismatch").is_some();
        let ice = section.ice_ufrag().zip(section.ice_pwd());
        self.ice = ice.map(|(ufrag, pwd)| Ice { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() });
    }

    /// `c=0.0.0.0` asks for silence (RFC 3264 section 8.4): nothing can be sent there.
    fn read_old_hold(&mut self) {
        if self.address.is_none_or(|address| !address.is_unspecified()) || !self.candidates.is_empty() {
            return;
        }
        self.direction = match self.direction {
            Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
            Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
        };
    }

    /// Its profile, if we know it.
    pub fn profile(&self) -> Option<Profile> {
        Profile::parse(&self.protocol)
    }

    /// Whether it is refused or switched off.
    pub fn is_refused(&self) -> bool {
        self.port == 0
    }

    /// The same line refused in place: port 0, kind, protocol and formats as they came
    /// (RFC 3264 section 6).
    pub fn refused(&self) -> Media {
        let line = Media::new(&self.kind, 0, Profile::Avp);
        Media { protocol: self.protocol.clone(), words: self.words.clone(), mid: self.mid.clone(), ..line }
    }

    /// Where RTP goes, as far as the description says.
    pub fn rtp_address(&self) -> Option<SocketAddr> {
        let address = self.address.filter(|address| !address.is_unspecified())?;
        (self.port != 0).then_some(SocketAddr::new(address, self.port))
    }

    /// Where RTCP goes: muxed, as `a=rtcp` says, or one above (RFC 3550 section 11).
    pub fn rtcp_address(&self) -> Option<SocketAddr> {
        let rtp = self.rtp_address()?;
        match (self.rtcp_mux, self.rtcp) {
            (true, _) => Some(rtp),
            (false, Some(rtcp)) => {
                // The unspecified address says that it is not known yet: many hosts take it for themselves.
                let address = rtcp.address.unwrap_or(rtp.ip());
                (rtcp.port != 0 && !address.is_unspecified()).then(|| SocketAddr::new(address, rtcp.port))
            }
            (false, None) => Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?)),
        }
    }
}

/// Every payload type once: what a second mention says could only contradict the first.
fn formats(section: Section<'_>, line: &MediaLine<'_>) -> Vec<Format> {
    let mut formats: Vec<Format> = Vec::new();
    for format in line.formats.iter().filter_map(|word| Format::read(section, word)) {
        if !formats.iter().any(|known| known.payload_type == format.payload_type) {
            formats.push(format);
        }
    }
    formats
}

fn rtcp(value: &str) -> Option<Rtcp> {
    let mut words = value.split(' ').filter(|word| !word.is_empty());
    let port = words.next()?.parse().ok()?;
    Some(Rtcp { port, address: words.nth(2).and_then(|address| address.parse().ok()) })
}

fn feedback(value: &str) -> Option<(Option<u8>, String)> {
    let (payload_type, what) = value.split_once(' ')?;
    let payload_type = if payload_type == "*" { None } else { Some(payload_type.parse().ok()?) };
    Some((payload_type, what.trim().to_owned()))
}
