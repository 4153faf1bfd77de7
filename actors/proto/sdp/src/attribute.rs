//! Attribute values as types.

/// Which way media flows, as the writer of the description sees it (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// The writer sends only: it holds the other side.
    SendOnly,
    /// The writer receives only.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// Reads the attribute's name.
    pub fn parse(name: &str) -> Option<Direction> {
        match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }
}

/// Who opens the DTLS association (RFC 4145 section 4, RFC 8842 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Either; an offer's value.
    ActPass,
    /// The writer opens.
    Active,
    /// The writer waits.
    Passive,
    /// Not now.
    HoldConn,
}

impl Setup {
    /// Reads the attribute's value.
    pub fn parse(value: &str) -> Option<Setup> {
        match value {
            "actpass" => Some(Setup::ActPass),
            "active" => Some(Setup::Active),
            "passive" => Some(Setup::Passive),
            "holdconn" => Some(Setup::HoldConn),
            _ => None,
        }
    }
}

/// A certificate's hash (RFC 8122 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// `sha-256`...
    pub hash: &'a str,
    /// Hex bytes with colons between.
    pub value: &'a str,
}

impl<'a> Fingerprint<'a> {
    /// Reads the attribute's value.
    pub fn parse(value: &'a str) -> Option<Fingerprint<'a>> {
        let (hash, value) = value.split_once(' ')?;
        let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
        value.split(':').all(is_byte).then_some(Fingerprint { hash, value })
    }
}

/// What a payload type carries (RFC 8866 section 6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// 0 to 127.
    pub payload_type: u8,
    /// The codec's name; compare without case.
    pub codec: &'a str,
    /// Clock rate in Hz.
    pub clock_hz: u32,
    /// Channels; 1 when nothing is said.
    pub channels: u8,
}

impl<'a> RtpMap<'a> {
    /// Reads the attribute's value.
    pub fn parse(value: &'a str) -> Option<RtpMap<'a>> {
        let (payload_type, rest) = value.split_once(' ')?;
        let mut fields = rest.split('/');
        let (codec, clock, channels) = (fields.next()?, fields.next()?, fields.next());
        let payload_type = payload_type.parse().ok().filter(|pt| *pt < 128)?;
        let channels = channels.map_or(Some(1), |channels| channels.parse().ok())?;
        Some(RtpMap { payload_type, codec, clock_hz: clock.parse().ok()?, channels })
    }
}
