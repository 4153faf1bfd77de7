use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{Either, select};
use sip::message::Uri;
use sip::transport::Protocol;
use uuid::Uuid;

use super::*;

/// A name server that is a map.
#[derive(Default)]
pub struct Zone {
    pub addresses: Mutex<HashMap<String, Vec<IpAddr>>>,
    pub services: HashMap<String, Vec<Srv>>,
    pub naming: HashMap<String, Vec<Naptr>>,
    pub asked: AtomicUsize,
}

fn told<T: Clone + Send + 'static>(zone: &HashMap<String, Vec<T>>, name: &str) -> Pending<T> {
    let records = zone.get(name.trim_end_matches('.')).cloned();
    Box::pin(async move { Ok(Answer { records: records.ok_or(NoAnswer::Absent)?, ttl: Duration::from_secs(60) }) })
}

impl Resolver for Zone {
    fn addresses(&self, name: &str) -> Pending<IpAddr> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        told(&self.addresses.lock().unwrap(), name)
    }
    fn services(&self, name: &str) -> Pending<Srv> {
        told(&self.services, name)
    }
    fn naming(&self, name: &str) -> Pending<Naptr> {
        told(&self.naming, name)
    }
}

fn srv(priority: u16, port: u16, target: &str) -> Srv {
    Srv { priority, weight: 1, port, target: format!("{target}.") }
}

fn zone() -> Zone {
    let addresses = [("a.example", 1), ("b.example", 2), ("plain.example", 3)]
        .map(|(name, last)| (name.to_owned(), vec![IpAddr::from([192, 0, 2, last])]));
    let services = HashMap::from([
        ("_sip._udp.example".to_owned(), vec![srv(20, 5070, "b.example"), srv(10, 5060, "a.example")]),
        ("_sips._tcp.example".to_owned(), vec![srv(1, 5061, "a.example")]),
        ("_sip._tcp.none.example".to_owned(), vec![srv(1, 5060, "")]),
    ]);
    let naptr = |order, services: &str, replacement: &str| Naptr {
        order,
        preference: 1,
        flags: "s".to_owned(),
        services: services.to_owned(),
        replacement: replacement.to_owned(),
    };
    let records = vec![naptr(2, "SIP+D2U", "_sip._udp.example"), naptr(1, "SIPS+D2T", "_sips._tcp.example")];
    Zone {
        addresses: Mutex::new(addresses.into()),
        services,
        naming: [("named".to_owned(), records)].into(),
        ..Zone::default()
    }
}

async fn found(finder: &Finder, uri: &str, fallback: Option<Protocol>) -> Vec<String> {
    let Some(Uri::Sip(uri)) = Uri::parse(uri) else { panic!("{uri}") };
    match finder.find(&uri, fallback, 1).await {
        Ok(found) => found.iter().map(|t| format!("{} {} {}", t.protocol.as_str(), t.address, t.name)).collect(),
        Err(error) => vec![format!("{error:?}")],
    }
}

#[actix::test]
async fn a_uri_leads_where_rfc_3263_says() {
    let finder = Finder::new(Arc::new(zone()));
    for (uri, fallback, expected) in [
        ("sip:192.0.2.9", None, vec!["UDP 192.0.2.9:5060 192.0.2.9"]),
        ("sip:[2001:db8::1]:5070;transport=tcp", None, vec!["TCP [2001:db8::1]:5070 2001:db8::1"]),
        ("sips:192.0.2.9", None, vec!["TLS 192.0.2.9:5061 192.0.2.9"]),
        ("sip:a.example:5080", Some(Protocol::Tls), vec!["TLS 192.0.2.1:5080 a.example"]),
        ("sip:example", Some(Protocol::Udp), vec!["UDP 192.0.2.1:5060 example", "UDP 192.0.2.2:5070 example"]),
        ("sip:example", None, vec!["UDP 192.0.2.1:5060 example", "UDP 192.0.2.2:5070 example"]),
        ("sips:example", None, vec!["TLS 192.0.2.1:5061 example"]),
        ("sip:named", None, vec!["TLS 192.0.2.1:5061 named"]),
        ("sip:plain.example;transport=tcp", None, vec!["TCP 192.0.2.3:5060 plain.example"]),
        ("sip:nowhere.example", None, vec!["Absent"]),
        ("sip:none.example;transport=tcp", None, vec!["Absent"]),
    ] {
        assert_eq!(found(&finder, uri, fallback).await, expected, "{uri}");
    }
}

#[actix::test]
async fn what_was_found_is_not_asked_again_and_what_was_not_neither() {
    let zone = Arc::new(zone());
    let finder = Finder::new(zone.clone());
    for _ in 0..3 {
        found(&finder, "sip:A.example:5060", None).await;
        found(&finder, "sip:absent.example:5060", None).await;
    }
    assert_eq!(zone.asked.load(Ordering::Relaxed), 2);
}

#[actix::test]
async fn localhost_needs_no_name_server() {
    let finder = Finder::new(Arc::new(System::new()));
    assert!(found(&finder, "sip:localhost:5060", None).await.contains(&"UDP 127.0.0.1:5060 localhost".to_owned()));
}

/// Knows `a.example`, and is never done with any other name.
struct Tarpit(Zone);

impl Resolver for Tarpit {
    fn addresses(&self, name: &str) -> Pending<IpAddr> {
        let answer = self.0.addresses(name);
        if name == "a.example" { answer } else { Box::pin(std::future::pending()) }
    }
    fn services(&self, name: &str) -> Pending<Srv> {
        self.0.services(name)
    }
    fn naming(&self, name: &str) -> Pending<Naptr> {
        self.0.naming(name)
    }
}

#[actix::test]
async fn an_account_that_calls_slow_names_leaves_the_others_their_turns() {
    let tarpit = Arc::new(Tarpit(zone()));
    let finder = Finder::new(tarpit.clone());
    let slow = |n: usize| {
        let finder = finder.clone().of(Uuid::from_u128(1));
        async move { found(&finder, &format!("sip:{n}.slow.example:5060"), None).await }
    };
    let slow = Box::pin(futures_util::future::join_all((0..100).map(slow)));
    let other = finder.clone().of(Uuid::from_u128(2));
    let quick = Box::pin(found(&other, "sip:a.example:5060", None));
    let Either::Right((found, _)) = select(slow, quick).await else { panic!("the slow ones are not done") };
    assert_eq!(found, ["UDP 192.0.2.1:5060 a.example"]);
    assert_eq!(tarpit.0.asked.load(Ordering::Relaxed), 8 + 1);
}
