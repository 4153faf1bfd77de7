//! `[sip]`: where phones and trunks reach the engine, and where it reaches them.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::Invalid;
use super::source::Section;
use super::value::Value;

/// `[sip]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sip {
    /// Empty: only accounts that register are reached, by the port they did it from.
    pub listen: Vec<Listen>,
    /// Where SIP may be sent. Empty: every unicast address but link-local ones and, unless a listener is there, loopback.
    pub destinations: Vec<IpNet>,
}

/// One SIP listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Over what.
    pub transport: Transport,
    /// Where; port 0 is any free one.
    pub address: SocketAddr,
}

/// How SIP messages travel (RFC 3261 section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream with TLS.
    Tls,
}

impl Value for Listen {
    fn expected() -> String {
        "udp:, tcp: or tls: before an address such as \"udp:0.0.0.0:5060\"".into()
    }
    fn from_text(text: &str) -> Option<Listen> {
        let (transport, address) = text.split_once(':')?;
        let transport = match transport {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            "tls" => Transport::Tls,
            _ => return None,
        };
        Some(Listen { transport, address: address.parse().ok()? })
    }
}

impl Sip {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Sip, Invalid> {
        let sip =
            Sip { listen: section.get("listen", Vec::new())?, destinations: section.get("destinations", Vec::new())? };
        section.finish()?;
        Ok(sip)
    }
}
