//! `[media]`: sockets and threads for audio and video.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::Invalid;
use super::source::Section;
use super::value::Value;

/// `[media]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where the worker threads bind their WebRTC sockets; port 0 is any free one.
    pub listen: SocketAddr,
    /// Addresses put into candidates; empty: those of `listen`.
    pub announce: Vec<IpAddr>,
    /// For plain RTP legs.
    pub rtp_ports: Ports,
    /// Threads; 0 is one a core.
    pub workers: usize,
    /// The folder of recordings; `None`: no call is recorded.
    pub recordings: Option<PathBuf>,
}

/// A range of UDP ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Even, for RTP; RTCP is the next (RFC 3550 section 11).
    pub first: u16,
    /// The last one used.
    pub last: u16,
}

impl Default for Media {
    fn default() -> Media {
        Media {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            announce: Vec::new(),
            rtp_ports: Ports { first: 30_000, last: 39_999 },
            workers: 0,
            recordings: None,
        }
    }
}

impl Value for Ports {
    fn expected() -> String {
        "a range of ports such as \"30000-39999\" that begins even and holds a pair".into()
    }
    fn from_text(text: &str) -> Option<Ports> {
        let (first, last) = text.split_once('-')?;
        let ports = Ports { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? };
        (ports.first > 0 && ports.first.is_multiple_of(2) && ports.last > ports.first).then_some(ports)
    }
}

impl Media {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Media, Invalid> {
        let default = Media::default();
        let media = Media {
            listen: section.get("listen", default.listen)?,
            announce: section.get("announce", default.announce)?,
            rtp_ports: section.get("rtp_ports", default.rtp_ports)?,
            workers: section.number("workers", 0, 0..=256)? as usize,
            recordings: section.get::<Option<String>>("recordings", None)?.map(|folder| section.folder().join(folder)),
        };
        section.finish()?;
        Ok(media)
    }
}
