//! A transport whose owner and connector are the test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, Recipient};
use ipnet::IpNet;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sip::admission::Capabilities;
use sip::message::{MediaType, Method, Request, Status, Uri, name};
use sip::transport::{Hop, Protocol};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use super::super::resolve::tests::Zone;
use super::super::*;
use crate::config::Tls;
use crate::counters::Counters;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Bench {
    pub transport: Addr<SipTransport>,
    pub bound: Vec<Listen>,
    pub told: UnboundedReceiver<FromTransport>,
    pub asked: UnboundedReceiver<FromNetwork>,
    pub rebuilt: UnboundedReceiver<Addr<SipTransport>>,
    pub counters: Counters,
    pub owner: Recipient<FromTransport>,
    next: AtomicU64,
}

struct Ear {
    told: UnboundedSender<FromTransport>,
    asked: UnboundedSender<FromNetwork>,
}

impl Actor for Ear {
    type Context = Context<Ear>;
}

impl Handler<FromTransport> for Ear {
    type Result = ();
    fn handle(&mut self, told: FromTransport, _: &mut Self::Context) {
        self.told.send(told).ok();
    }
}

impl Handler<FromNetwork> for Ear {
    type Result = ();
    fn handle(&mut self, asked: FromNetwork, _: &mut Self::Context) {
        self.asked.send(asked).ok();
    }
}

/// What a bench may have of its own.
pub struct With {
    pub listen: Vec<Listen>,
    pub limits: Limits,
    pub tls: Option<Arc<ServerConfig>>,
    pub zone: Zone,
    pub destinations: Vec<IpNet>,
}

pub fn on(protocol: Protocol, ip: &str) -> Listen {
    Listen { protocol, address: SocketAddr::new(ip.parse().unwrap(), 0) }
}

impl With {
    pub fn listen(listen: Vec<Listen>) -> With {
        let destinations = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap()).into();
        With { listen, limits: Limits::default(), tls: None, zone: Zone::default(), destinations }
    }

    pub fn start(self) -> Bench {
        self.open().unwrap()
    }

    pub fn open(self) -> std::io::Result<Bench> {
        let ((told_in, told), (asked_in, asked), (new, rebuilt)) =
            (unbounded_channel(), unbounded_channel(), unbounded_channel());
        let (ear, counters) = (Ear { told: told_in, asked: asked_in }.start(), Counters::default());
        let setup = Setup {
            listen: self.listen,
            tls: self.tls,
            announce: None,
            destinations: self.destinations,
            capabilities: Capabilities {
                methods: vec![Method::Invite, Method::Ack, Method::Cancel, Method::Options],
                extensions: vec![],
                bodies: vec![MediaType::sdp()],
            },
            limits: self.limits,
            resolver: Arc::new(self.zone),
            counters: counters.clone(),
            network: ear.clone().recipient(),
            knows: Arc::new(|id| id.call_id == "known"),
            rebuilt: Arc::new(move |transport| drop(new.send(transport))),
        };
        let (transport, bound) = SipTransport::open(setup)?;
        Ok(Bench { transport, bound, told, asked, rebuilt, counters, owner: ear.recipient(), next: AtomicU64::new(1) })
    }
}

impl Bench {
    pub fn address(&self, protocol: Protocol) -> SocketAddr {
        self.bound.iter().find(|own| own.protocol == protocol).unwrap().address
    }

    pub fn send(&self, request: Request, route: Route) -> u64 {
        let reference = self.next.fetch_add(1, Ordering::Relaxed);
        let (owner, request, route) = (self.owner.clone(), Box::new(request), Arc::new(route));
        self.transport.do_send(Send { owner, reference, request, route });
        reference
    }

    /// The next thing the owner is told, in short.
    pub async fn told(&mut self) -> String {
        match self.heard().await {
            FromTransport::Response { reference, response, .. } => format!("{reference}: {}", response.status()),
            FromTransport::NoResponse { reference, status, cause } => format!("{reference}: no {status}, {cause:?}"),
            FromTransport::FlowLost { reference } => format!("{reference}: lost"),
        }
    }

    pub async fn heard(&mut self) -> FromTransport {
        within(self.told.recv()).await.unwrap()
    }

    /// The way of the next response.
    pub async fn hop(&mut self) -> Hop {
        let FromTransport::Response { hop, .. } = self.heard().await else { panic!("a response") };
        hop
    }

    pub async fn asked(&mut self) -> FromNetwork {
        within(self.asked.recv()).await.unwrap()
    }

    /// Answers the next request.
    pub async fn answer(&mut self, status: Status) -> Request {
        let FromNetwork::Request { key, request, .. } = self.asked().await else { panic!("a request") };
        let response = Box::new(request.response(status, Some("far")));
        self.transport.do_send(Respond { key, response });
        *request
    }
}

pub async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what must come")
}

pub fn request(method: &str, call: &str) -> Request {
    let mut request = Request::new(Method::parse(method).unwrap(), Uri::parse("sip:b@far.example").unwrap());
    request.headers.push(name::FROM, "<sip:a@near.example>;tag=near");
    request.headers.push(name::TO, "<sip:b@far.example>");
    request.headers.push(name::CALL_ID, call);
    request.headers.push(name::CSEQ, format!("1 {method}"));
    request.headers.push(name::CONTACT, "<sip:a@192.0.2.1>");
    request
}

pub fn route(next: &str) -> Route {
    let tls = Tls { verify: true, ca: None, pin: None };
    Route { next: Uri::parse(next).unwrap(), protocol: None, tls: Arc::new(tls), over: None, account: Uuid::nil() }
}

/// By name, not by DNS: where a bench listens.
pub fn route_to(bench: &Bench, protocol: Protocol) -> Route {
    route(&format!("sip:{};transport={}", bench.address(protocol), protocol.as_str()))
}

/// An authority in PEM, a certificate of it for `name` in DER, and the server that shows it.
pub fn certified(name: &str) -> (String, CertificateDer<'static>, Arc<ServerConfig>) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private).unwrap();
    (pem, leaf.der().clone(), Arc::new(server))
}
