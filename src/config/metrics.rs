//! `[metrics]`: who may read `/metrics`.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Invalid;
use super::source::Section;

/// `[metrics]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Networks a scrape may come from, directly and not through a proxy; where `http.trusted_proxies`
    /// is set the default is read as none.
    pub allow: Vec<IpNet>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        Metrics { allow: vec![IpNet::V4(v4), IpNet::V6(v6)] }
    }
}

impl Metrics {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Metrics, Invalid> {
        let metrics = Metrics { allow: section.get("allow", Metrics::default().allow)? };
        section.finish()?;
        Ok(metrics)
    }
}
