//! [`Section`]: a typed view of some lines. Attributes that the section does not
//! have are looked for in the session part where RFC 8866 says so.

use std::net::IpAddr;

use crate::Candidate;
use crate::attribute::{Direction, Fingerprint, RtpMap, Setup};

/// One `m=` section, or the session part.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    lines: &'a [String],
    session: &'a [String],
}

/// The `m=` line (RFC 8866 section 5.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaLine<'a> {
    /// `audio`, `video`, `application`...
    pub kind: &'a str,
    /// 0 is refused (or bundled), 9 is not known yet.
    pub port: u16,
    /// `UDP/TLS/RTP/SAVPF`...
    pub protocol: &'a str,
    /// Payload types, or whatever the protocol says.
    pub formats: Vec<&'a str>,
}

impl<'a> MediaLine<'a> {
    /// Reads a line `m=...`.
    pub fn parse(line: &'a str) -> Option<MediaLine<'a>> {
        let mut fields = line.strip_prefix("m=")?.split(' ').filter(|field| !field.is_empty());
        let kind = fields.next()?;
        let port = fields.next()?;
        let port = port.split_once('/').map_or(port, |(port, _)| port).parse().ok()?;
        let protocol = fields.next()?;
        let formats: Vec<_> = fields.collect();
        (!formats.is_empty()).then_some(MediaLine { kind, port, protocol, formats })
    }
}

impl<'a> Section<'a> {
    pub(crate) fn new(lines: &'a [String], session: &'a [String]) -> Section<'a> {
        Section { lines, session }
    }

    /// Its lines, without their ends.
    pub fn lines(self) -> &'a [String] {
        self.lines
    }

    /// The `m=` line; `None` for the session part.
    pub fn media_line(self) -> Option<MediaLine<'a>> {
        self.lines.first().and_then(|line| MediaLine::parse(line))
    }

    /// The values of each `a=name:value` (the empty string for `a=name`).
    pub fn attributes(self, name: &'a str) -> impl Iterator<Item = &'a str> {
        attributes(self.lines, name)
    }

    /// The first `a=name`, of the section alone.
    pub fn attribute(self, name: &'a str) -> Option<&'a str> {
        self.attributes(name).next()
    }

    /// The first `a=name`, of the section or else of the session.
    pub fn inherited(self, name: &'a str) -> Option<&'a str> {
        self.attribute(name).or_else(|| attributes(self.session, name).next())
    }

    /// The address of `c=`, of the section or else of the session (RFC 8866 section 5.7).
    /// `None` for a host name and when there is no such line.
    pub fn connection(self) -> Option<IpAddr> {
        let line = |lines: &'a [String]| lines.iter().find_map(|line| line.strip_prefix("c=IN "));
        let value = line(self.lines).or_else(|| line(self.session))?;
        value.split_once(' ')?.1.split('/').next()?.trim().parse().ok()
    }

    /// RFC 8866 section 6.7; `sendrecv` when nothing is said.
    pub fn direction(self) -> Direction {
        let of = |lines: &'a [String]| lines.iter().find_map(|line| line.strip_prefix("a=").and_then(Direction::parse));
        of(self.lines).or_else(|| of(self.session)).unwrap_or_default()
    }

    /// Whether it is not refused by port 0 (unless bundled).
    pub fn is_taken(self) -> bool {
        self.media_line().is_some_and(|m| m.port != 0) || self.attribute("bundle-only").is_some()
    }

    /// Whether media may flow: it is taken, and not `inactive`.
    pub fn is_live(self) -> bool {
        self.is_taken() && self.direction() != Direction::Inactive
    }

    /// `a=mid` (RFC 5888).
    pub fn mid(self) -> Option<&'a str> {
        self.attribute("mid")
    }

    /// `a=ice-ufrag` (RFC 8839 section 5.4).
    pub fn ice_ufrag(self) -> Option<&'a str> {
        self.inherited("ice-ufrag")
    }

    /// `a=ice-pwd` (RFC 8839 section 5.4).
    pub fn ice_pwd(self) -> Option<&'a str> {
        self.inherited("ice-pwd")
    }

    /// The first `a=fingerprint` (RFC 8122 section 5).
    pub fn fingerprint(self) -> Option<Fingerprint<'a>> {
        self.fingerprints().next()
    }

    /// All `a=fingerprint` lines of the section, or else of the session: one for each hash.
    pub fn fingerprints(self) -> impl Iterator<Item = Fingerprint<'a>> {
        let lines = if self.attribute("fingerprint").is_some() { self.lines } else { self.session };
        attributes(lines, "fingerprint").filter_map(Fingerprint::parse)
    }

    /// `a=setup` (RFC 4145 section 4).
    pub fn setup(self) -> Option<Setup> {
        self.inherited("setup").and_then(Setup::parse)
    }

    /// `a=rtpmap` lines (RFC 8866 section 6.6).
    pub fn rtpmaps(self) -> impl Iterator<Item = RtpMap<'a>> {
        self.attributes("rtpmap").filter_map(RtpMap::parse)
    }

    /// The parameters of `a=fmtp` for that payload type (RFC 8866 section 6.15).
    pub fn fmtp(self, payload_type: u8) -> Option<&'a str> {
        self.attributes("fmtp").find_map(|value| {
            let (format, parameters) = value.split_once(' ')?;
            (format.parse() == Ok(payload_type)).then_some(parameters)
        })
    }

    /// Candidates that can be read.
    pub fn candidates(self) -> impl Iterator<Item = Candidate<'a>> {
        self.lines.iter().filter(|line| line.starts_with("a=candidate:")).filter_map(|line| Candidate::parse(line).ok())
    }
}

fn attributes<'a>(lines: &'a [String], name: &'a str) -> impl Iterator<Item = &'a str> {
    lines.iter().filter_map(move |line| {
        let rest = line.strip_prefix("a=")?.strip_prefix(name)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
    })
}
