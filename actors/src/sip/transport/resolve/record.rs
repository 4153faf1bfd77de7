//! What DNS is asked, and what it answers.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

/// An answer on its way.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<Answer<T>, NoAnswer>> + Send>>;

/// Asks DNS. Tests bring their own.
pub trait Resolver: Send + Sync + 'static {
    /// A and AAAA of `name`; the machine's hosts file counts.
    fn addresses(&self, name: &str) -> Pending<IpAddr>;
    /// SRV of `name` (RFC 2782).
    fn services(&self, name: &str) -> Pending<Srv>;
    /// NAPTR of `name` (RFC 3403).
    fn naming(&self, name: &str) -> Pending<Naptr>;
}

/// Records, and how long they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// In no order.
    pub records: Vec<T>,
    /// From now on.
    pub ttl: Duration,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The name, or that record of it, does not exist.
    Absent,
    /// Nobody knows: no server answered.
    Failed,
}

/// Where a service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// The least first.
    pub priority: u16,
    /// Its share among those of the same priority.
    pub weight: u16,
    /// Where.
    pub port: u16,
    /// On which machine; `.`: the service is decidedly not there.
    pub target: String,
}

/// By what a domain is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// The least first.
    pub order: u16,
    /// The least first, within the same order.
    pub preference: u16,
    /// `s`: the replacement is a name of SRV records.
    pub flags: String,
    /// Such as `SIP+D2U`.
    pub services: String,
    /// The name to go on with.
    pub replacement: String,
}
