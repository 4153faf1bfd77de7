//! [`System`]: the name servers and the hosts file of this machine.

use std::future::Future;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{Resolver as Hickory, TokioResolver};

use super::record::{Answer, Naptr, NoAnswer, Pending, Resolver, Srv};

/// How long an address of the hosts file holds: its file says nothing.
const LOCALHOST_TTL: Duration = Duration::from_secs(60);

/// Asks the name servers of `/etc/resolv.conf`.
#[derive(Clone)]
pub struct System(Option<TokioResolver>);

impl System {
    /// Reads the machine's configuration; where there is none, only `localhost` and numeric hosts are found.
    pub fn new() -> System {
        let built = Hickory::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
        System(built.inspect_err(|error| log::warn!("no DNS for SIP: {error}")).ok())
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T> + Send + 'static,
    ) -> Pending<T> {
        let Some(resolver) = self.0.clone() else { return Box::pin(async { Err(NoAnswer::Failed) }) };
        let name = absolute(name);
        Box::pin(async move { answer(&resolver.lookup(name, kind).await.map_err(no_answer)?, read) })
    }
}

impl Default for System {
    fn default() -> System {
        System::new()
    }
}

/// With a dot at the end, so that no search domain of the machine is tried; names without any dot are the machine's own.
fn absolute(name: &str) -> String {
    if name.ends_with('.') || !name.contains('.') { name.to_owned() } else { format!("{name}.") }
}

fn answer<T>(lookup: &Lookup, read: impl Fn(&RData) -> Option<T>) -> Result<Answer<T>, NoAnswer> {
    let records: Vec<T> = lookup.answers().iter().filter_map(|record| read(&record.data)).collect();
    let ttl = lookup.valid_until().saturating_duration_since(Instant::now());
    if records.is_empty() { Err(NoAnswer::Absent) } else { Ok(Answer { records, ttl }) }
}

fn no_answer(error: NetError) -> NoAnswer {
    if error.is_no_records_found() { NoAnswer::Absent } else { NoAnswer::Failed }
}

/// RFC 6761 section 6.3: no name server is asked.
fn localhost(name: &str) -> Option<Vec<IpAddr>> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let own = name == "localhost" || name.ends_with(".localhost");
    own.then(|| vec![IpAddr::from([127, 0, 0, 1]), std::net::Ipv6Addr::LOCALHOST.into()])
}

fn address(data: &RData) -> Option<IpAddr> {
    if let RData::A(address) = data {
        return Some(address.0.into());
    }
    if let RData::AAAA(address) = data { Some(address.0.into()) } else { None }
}

impl Resolver for System {
    fn addresses(&self, name: &str) -> Pending<IpAddr> {
        if let Some(records) = localhost(name) {
            return Box::pin(async move { Ok(Answer { records, ttl: LOCALHOST_TTL }) });
        }
        let (v4, v6) = (self.ask(name, RecordType::A, address), self.ask(name, RecordType::AAAA, address));
        Box::pin(both(v4, v6))
    }

    fn services(&self, name: &str) -> Pending<Srv> {
        self.ask(name, RecordType::SRV, |data| {
            let RData::SRV(srv) = data else { return None };
            let (priority, weight, port) = (srv.priority, srv.weight, srv.port);
            Some(Srv { priority, weight, port, target: srv.target.to_ascii() })
        })
    }

    fn naming(&self, name: &str) -> Pending<Naptr> {
        self.ask(name, RecordType::NAPTR, |data| {
            let RData::NAPTR(naptr) = data else { return None };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (order, preference, replacement) = (naptr.order, naptr.preference, naptr.replacement.to_ascii());
            let (flags, services) = (text(&naptr.flags), text(&naptr.services));
            Some(Naptr { order, preference, flags, services, replacement })
        })
    }
}

/// IPv4 first: more of the world can be reached by it.
async fn both(
    v4: impl Future<Output = Result<Answer<IpAddr>, NoAnswer>>,
    v6: impl Future<Output = Result<Answer<IpAddr>, NoAnswer>>,
) -> Result<Answer<IpAddr>, NoAnswer> {
    match futures_util::future::join(v4, v6).await {
        (Ok(v4), Ok(v6)) => {
            let records = v4.records.into_iter().chain(v6.records).collect();
            Ok(Answer { records, ttl: v4.ttl.min(v6.ttl) })
        }
        (Ok(answer), Err(_)) | (Err(_), Ok(answer)) => Ok(answer),
        (Err(NoAnswer::Absent), Err(NoAnswer::Absent)) => Err(NoAnswer::Absent),
        (Err(_), Err(_)) => Err(NoAnswer::Failed),
    }
}
