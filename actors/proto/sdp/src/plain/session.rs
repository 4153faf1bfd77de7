//! [`Session`]: a whole description.

use std::fmt::Write;
use std::net::IpAddr;

use crate::plain::{Media, Profile};
use crate::{Description, Direction, Setup};

/// A description of RTP media, read or to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The writer's own address; ours in what we write.
    pub address: Option<IpAddr>,
    /// `a=ice-lite` (RFC 8839 section 5.3).
    pub ice_lite: bool,
    /// All `m=` sections in order, refused ones too.
    pub media: Vec<Media>,
}

impl Session {
    /// Reads a description.
    ///
    /// Errors: those of [`Description::parse`].
    pub fn parse(text: &str) -> Result<Session, crate::Error> {
        Description::parse(text).map(|description| Session::read(&description))
    }

    /// The typed view of a description.
    pub fn read(description: &Description) -> Session {
        let session = description.session();
        Session {
            address: session.connection(),
            ice_lite: session.attribute("ice-lite").is_some(),
            media: description.media().filter_map(Media::read).collect(),
        }
    }

    /// The text with CRLF line ends (RFC 8866 section 5).
    pub(crate) fn write(&self, id: u64, version: u64) -> String {
        let mut out = String::with_capacity(512);
        let address = self.address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let lines = [
            "v=0".to_owned(),
            format!("o=- {id} {version} IN {}", connection(address)),
            "s=-".to_owned(),
            format!("c=IN {}", connection(address)),
            "t=0 0".to_owned(),
        ];
        lines.iter().for_each(|line| push(&mut out, line));
        if self.ice_lite {
            push(&mut out, "a=ice-lite");
            // Of RFC 8445, not of RFC 5245 (RFC 8839 section 5.6).
            push(&mut out, "a=ice-options:ice2");
        }
        for media in &self.media {
            write_media(&mut out, media, address);
        }
        out
    }
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push_str("\r\n");
}

/// `<addrtype> <address>`.
fn connection(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => format!("IP4 {v4}"),
        IpAddr::V6(v6) => format!("IP6 {v6}"),
    }
}

fn write_media(out: &mut String, media: &Media, session: IpAddr) {
    let words = if media.formats.is_empty() {
        media.words.join(" ")
    } else {
        media.formats.iter().map(|format| format.payload_type.to_string()).collect::<Vec<_>>().join(" ")
    };
    push(out, &format!("m={} {} {} {words}", media.kind, media.port, media.protocol));
    if media.is_refused() {
        // The name of the line is answered all the same (RFC 5888 section 9.2).
        media.mid.iter().for_each(|mid| push(out, &format!("a=mid:{mid}")));
        return;
    }
    if let Some(address) = media.address.filter(|address| *address != session) {
        push(out, &format!("c=IN {}", connection(address)));
    }
    let mut attribute = |value: std::fmt::Arguments<'_>| {
        // Writing to a String does not fail.
        let _ = write!(out, "a={value}\r\n");
    };
    for format in &media.formats {
        attribute(format_args!("rtpmap:{}", format.rtpmap()));
        if let Some(fmtp) = &format.fmtp {
            attribute(format_args!("fmtp:{} {fmtp}", format.payload_type));
        }
    }
    if let Some(ms) = media.ptime {
        attribute(format_args!("ptime:{ms}"));
    }
    if let Some(ms) = media.maxptime {
        attribute(format_args!("maxptime:{ms}"));
    }
    write_transport(media, &mut attribute);
    attribute(format_args!("{}", direction(media.direction)));
}

fn write_transport(media: &Media, attribute: &mut impl FnMut(std::fmt::Arguments<'_>)) {
    if let Some(rtcp) = media.rtcp {
        match rtcp.address {
            Some(address) => attribute(format_args!("rtcp:{} IN {}", rtcp.port, connection(address))),
            None => attribute(format_args!("rtcp:{}", rtcp.port)),
        }
    }
    if media.rtcp_mux {
        attribute(format_args!("rtcp-mux"));
    }
    for (payload_type, what) in &media.feedback {
        match payload_type {
            Some(payload_type) => attribute(format_args!("rtcp-fb:{payload_type} {what}")),
            None => attribute(format_args!("rtcp-fb:* {what}")),
        }
    }
    media.cryptos.iter().for_each(|crypto| attribute(format_args!("crypto:{crypto}")));
    for (hash, value) in &media.fingerprints {
        attribute(format_args!("fingerprint:{hash} {value}"));
    }
    if let Some(role) = media.setup {
        attribute(format_args!("setup:{}", setup(role)));
    }
    if let Some(id) = &media.tls_id {
        attribute(format_args!("tls-id:{id}"));
    }
    if let Some(ice) = &media.ice {
        attribute(format_args!("ice-ufrag:{}", ice.ufrag));
        attribute(format_args!("ice-pwd:{}", ice.pwd));
    }
    if media.ice_mismatch {
        attribute(format_args!("ice-mismatch"));
    }
    media.candidates.iter().for_each(|candidate| attribute(format_args!("{candidate}")));
    if let Some(mid) = &media.mid {
        attribute(format_args!("mid:{mid}"));
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

fn setup(setup: Setup) -> &'static str {
    match setup {
        Setup::ActPass => "actpass",
        Setup::Active => "active",
        Setup::Passive => "passive",
        Setup::HoldConn => "holdconn",
    }
}

impl Session {
    /// The first section of that kind that is not refused and has a profile we know.
    pub fn first(&self, kind: &str) -> Option<usize> {
        let fits = |media: &Media| media.kind == kind && !media.is_refused() && media.profile().is_some();
        self.media.iter().position(fits)
    }

    /// An answer that refuses everything, section by section; the caller replaces what it takes.
    pub fn refusal(&self, address: IpAddr) -> Session {
        Session { address: Some(address), ice_lite: false, media: self.media.iter().map(Media::refused).collect() }
    }

    /// Whether every section is secured by its profile.
    pub fn is_secure(&self) -> bool {
        self.media.iter().filter(|media| !media.is_refused()).all(|m| m.profile().is_some_and(Profile::is_secure))
    }
}
