//! [`Candidate`]: `candidate:...` of RFC 8839 section 5.1, with TCP (RFC 6544
//! section 4.5) and mDNS names (draft-ietf-mmusic-mdns-ice-candidates).

use std::net::IpAddr;

use crate::{Error, limits};

/// One ICE candidate. What follows the related address is not kept: who passes a
/// candidate on passes its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Groups candidates of one base; 1 to 32 ice-chars.
    pub foundation: &'a str,
    /// 1 is RTP, 2 is RTCP.
    pub component: u16,
    /// UDP, or TCP with its role.
    pub transport: Transport,
    /// Higher is better.
    pub priority: u32,
    /// Where to.
    pub address: CandidateAddress<'a>,
    /// 9 for an active TCP candidate.
    pub port: u16,
    /// How it was found.
    pub kind: CandidateKind,
}

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP (RFC 6544).
    Tcp(TcpType),
}

/// Who opens the connection (RFC 6544 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpType {
    /// The writer opens.
    Active,
    /// The writer listens.
    Passive,
    /// Both at once.
    SimultaneousOpen,
}

/// Where a candidate leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateAddress<'a> {
    /// An address.
    Ip(IpAddr),
    /// A name ending in `.local`, which only the same network can resolve.
    Mdns(&'a str),
}

/// How a candidate was found (RFC 8445 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateKind {
    /// An address of the machine's own.
    Host,
    /// Seen by a STUN server.
    ServerReflexive,
    /// Seen by the peer.
    PeerReflexive,
    /// On a TURN server.
    Relayed,
}

impl<'a> Candidate<'a> {
    /// Reads `candidate:...`, with or without `a=` before it.
    ///
    /// Errors: [`Error::Candidate`] naming the field. A host name other than
    /// `.local` is refused: nobody knows where it leads when the far end asks.
    pub fn parse(text: &'a str) -> Result<Candidate<'a>, Error> {
        if text.len() > limits::CANDIDATE_BYTES {
            return wrong("a shorter text");
        }
        let text = text.strip_prefix("a=").unwrap_or(text);
        let Some(text) = text.strip_prefix("candidate:") else { return wrong("candidate:") };
        let mut fields = text.trim_end().split(' ');
        let mut next = |expected| fields.next().ok_or(Error::Candidate { expected });
        let foundation = foundation(next("a foundation")?)?;
        let component = number(next(COMPONENT)?, 1, 256, COMPONENT)?;
        let protocol = next(TRANSPORT)?;
        let priority = number(next(PRIORITY)?, 0, u32::MAX, PRIORITY)?;
        let address = address(next(ADDRESS)?)?;
        let port = number(next(PORT)?, 0, u32::from(u16::MAX), PORT)?;
        if next("typ")? != "typ" {
            return wrong("typ");
        }
        let kind = kind(next(KIND)?)?;
        let transport = transport(protocol, fields)?;
        Ok(Candidate { foundation, component: low(component), transport, priority, address, port: low(port), kind })
    }
}

const COMPONENT: &str = "a component from 1 to 256";
const TRANSPORT: &str = "udp or tcp";
const PRIORITY: &str = "a priority";
const ADDRESS: &str = "an IP address or a name ending in .local";
const PORT: &str = "a port";
const KIND: &str = "host, srflx, prflx or relay";

fn wrong<T>(expected: &'static str) -> Result<T, Error> {
    Err(Error::Candidate { expected })
}

/// A number already checked to fit.
fn low(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn number(field: &str, least: u32, most: u32, expected: &'static str) -> Result<u32, Error> {
    let digits = !field.is_empty() && field.len() <= 10 && field.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| field.parse().ok()).flatten();
    number.filter(|n| (least..=most).contains(n)).ok_or(Error::Candidate { expected })
}

fn foundation(field: &str) -> Result<&str, Error> {
    let is_ice_char = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    match field.len() {
        1..=32 if field.bytes().all(is_ice_char) => Ok(field),
        _ => wrong("a foundation of 1 to 32 ice-chars"),
    }
}

fn address(field: &str) -> Result<CandidateAddress<'_>, Error> {
    if let Ok(ip) = field.parse() {
        return Ok(CandidateAddress::Ip(ip));
    }
    let is_name_char = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    match field.strip_suffix(".local") {
        Some(label) if (1..=63).contains(&label.len()) && label.bytes().all(is_name_char) => {
            Ok(CandidateAddress::Mdns(field))
        }
        _ => wrong(ADDRESS),
    }
}

fn kind(field: &str) -> Result<CandidateKind, Error> {
    match field {
        "host" => Ok(CandidateKind::Host),
        "srflx" => Ok(CandidateKind::ServerReflexive),
        "prflx" => Ok(CandidateKind::PeerReflexive),
        "relay" => Ok(CandidateKind::Relayed),
        _ => wrong(KIND),
    }
}

/// UDP, or TCP with the `tcptype` among the name-value pairs that follow.
fn transport<'a>(protocol: &str, mut pairs: impl Iterator<Item = &'a str>) -> Result<Transport, Error> {
    if protocol.eq_ignore_ascii_case("udp") {
        return Ok(Transport::Udp);
    }
    if !protocol.eq_ignore_ascii_case("tcp") {
        return wrong(TRANSPORT);
    }
    while let Some(name) = pairs.next() {
        match (name, pairs.next()) {
            ("tcptype", Some("active")) => return Ok(Transport::Tcp(TcpType::Active)),
            ("tcptype", Some("passive")) => return Ok(Transport::Tcp(TcpType::Passive)),
            ("tcptype", Some("so")) => return Ok(Transport::Tcp(TcpType::SimultaneousOpen)),
            _ => {}
        }
    }
    wrong("tcptype active, passive or so")
}
