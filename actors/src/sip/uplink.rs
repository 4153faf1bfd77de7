//! [`Uplink`]: how an account's calls reach its network. What an upstream knows and its calls need; it outlives the
//! upstream's actor.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gateway::sip::Line;
use media::bridge::{PhonePolicy, Srtp};
use sip::dialog::TimerPolicy;
use sip::digest::{Client, Refusal};
use sip::message::{Headers, Host, NameAddr, Request, Response, SipUri, Uri, name};
use sip::transport::{Hop, Protocol};
use uuid::Uuid;

use super::provider::Provider;
use super::transport::{Local, Route};
use crate::exchange::Exchange;

/// What we call ourselves.
const USER_AGENT: &str = concat!("RTC:engine ", env!("CARGO_PKG_VERSION"));
/// Packet time of what we encode, in milliseconds.
const PTIME_MS: u32 = 20;

/// Shared by all calls of an upstream.
#[derive(Clone)]
pub struct Uplink(Arc<Inner>);

struct Inner {
    exchange: Arc<Exchange>,
    provider: Provider,
    /// User of the Contact: unguessable, so that only who was told can call it.
    token: String,
    digest: Mutex<Client>,
    way: Mutex<Way>,
}

/// What is learned of the way to the next hop.
#[derive(Clone)]
struct Way {
    local: SocketAddr,
    bind: IpAddr,
    /// Where we are reached, as the registrar sees us.
    seen_as: SocketAddr,
    flow: Option<Hop>,
    /// Of requests outside of dialogs (RFC 3608).
    service_route: Vec<NameAddr>,
}

/// A request with credentials and the way it takes.
pub struct Signed {
    /// What was sent.
    pub request: Box<Request>,
    /// Whereto.
    pub route: Arc<Route>,
    /// Who may challenge it.
    host: Host,
}

impl Uplink {
    /// Of an account of `provider`. Nothing is known of the way yet.
    pub fn new(exchange: Arc<Exchange>, provider: Provider) -> Uplink {
        let digest = Mutex::new(Client::new(provider.credentials()));
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let way = Mutex::new(Way {
            local: nowhere,
            bind: nowhere.ip(),
            seen_as: nowhere,
            flow: None,
            service_route: Vec::new(),
        });
        Uplink(Arc::new(Inner { exchange, provider, token: Uuid::new_v4().simple().to_string(), digest, way }))
    }

    /// The engine.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.0.exchange
    }

    /// What the account's row says.
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// User of the Contact.
    pub fn token(&self) -> &str {
        &self.0.token
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.0.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self) -> MutexGuard<'_, Client> {
        self.0.digest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the way is known: calls can be made.
    pub fn is_known(&self) -> bool {
        !self.way().local.ip().is_unspecified()
    }

    /// The transport found the way.
    pub fn set_local(&self, local: Local) {
        let mut way = self.way();
        (way.local, way.seen_as, way.flow) = (local.address, local.address, Some(local.hop));
        way.bind = bindable(local.address.ip());
    }

    /// A response of the next hop came over `hop`, with the route it wants.
    pub fn set_route(&self, hop: Hop, service_route: &[NameAddr]) {
        let mut way = self.way();
        (way.flow, way.service_route) = (Some(hop), service_route.to_vec());
    }

    /// The registrar sees us elsewhere than we believed: whether the Contact is another now.
    pub fn set_seen_as(&self, seen_as: SocketAddr) -> bool {
        let mut way = self.way();
        let is_stream = way.flow.is_some_and(|hop| hop.protocol.is_reliable());
        // The port of a connection is no listener's: only behind a translator is it the better one.
        let is_same = if is_stream { way.seen_as.ip() == seen_as.ip() } else { way.seen_as == seen_as };
        !is_same && std::mem::replace(&mut way.seen_as, seen_as) != seen_as
    }

    /// The flow is gone.
    pub fn forget_flow(&self) {
        self.way().flow = None;
    }

    /// Where requests of the network shall arrive.
    pub fn contact(&self) -> NameAddr {
        let Way { seen_as, flow, .. } = self.way().clone();
        let mut uri = SipUri::new(Some(self.token()), Host::from(seen_as.ip()), Some(seen_as.port()));
        match flow.map(|hop| hop.protocol) {
            Some(Protocol::Tcp) => uri.set_param("transport", Some("tcp")),
            Some(Protocol::Tls) => uri.set_param("transport", Some("tls")),
            Some(Protocol::Udp) | None => {}
        }
        NameAddr::new(uri)
    }

    /// What a call is told of its account.
    pub fn line(&self) -> Line {
        let provider = self.provider();
        let config = &provider.config;
        let address = provider.address_of_record();
        let mut headers = Headers::new();
        headers.push(name::USER_AGENT, USER_AGENT);
        if config.trust_identity {
            headers.push(name::P_ASSERTED_IDENTITY, &address);
        }
        Line {
            address_of_record: address.uri,
            display_name: config.display_name.clone(),
            domain: provider.domain().clone(),
            contact: self.contact(),
            headers,
            prack: config.prack,
            session_timer: config.session_expires_s.map(|interval| TimerPolicy { interval, ..Default::default() }),
            trust_identity: config.trust_identity,
            dtmf: provider.dtmf(),
            ring_timeout: config.ring_timeout,
        }
    }

    /// The rules of the phone's media, announced at [`Uplink::local`].
    pub fn policy(&self) -> PhonePolicy {
        let config = &self.provider().config;
        PhonePolicy {
            codecs: config.codecs.clone(),
            srtp: config.srtp,
            announce: self.local().ip(),
            rtcp_mux: config.srtp == Srtp::Dtls,
            video: config.codecs.iter().any(|name| ["VP8", "H264"].contains(&name.as_str())),
            ptime_ms: PTIME_MS,
        }
    }

    /// What media sockets are bound to.
    pub fn bind(&self) -> IpAddr {
        self.way().bind
    }

    /// Our address as the account's next hop sees it.
    pub fn local(&self) -> SocketAddr {
        self.way().local
    }

    /// The way of a REGISTER, and of what is asked before: to the account's next hop.
    pub fn home(&self) -> Arc<Route> {
        self.route(Uri::Sip(self.provider().next_hop()), None)
    }

    /// Adds route and credentials.
    pub fn sign(&self, mut request: Box<Request>) -> Signed {
        let route = self.way_of(&mut request);
        let host = self.answers_as(&route);
        self.digest().sign(&mut request, &host, &Uuid::new_v4().simple().to_string());
        Signed { request, route, host }
    }

    /// Adds credentials to a REGISTER: it goes to the next hop, whatever route that wants of others.
    pub fn sign_register(&self, mut request: Box<Request>) -> Signed {
        let (route, host) = (self.home(), self.provider().next_hop().host);
        self.digest().sign(&mut request, &host, &Uuid::new_v4().simple().to_string());
        Signed { request, route, host }
    }

    /// Adds the route where the request has none yet.
    pub fn way_of(&self, request: &mut Request) -> Arc<Route> {
        let way = self.way().clone();
        let is_outside = request.headers.to().is_ok_and(|to| to.tag().is_none());
        let own = self.provider();
        let next = if is_outside {
            request.headers.extend(&name::ROUTE, &way.service_route);
            let first = way.service_route.first().filter(|_| own.config.proxy.is_none());
            first.map_or_else(|| own.way_to(request.uri()), |first| first.uri.clone())
        } else {
            let routes = request.headers.addresses(name::ROUTE).unwrap_or_default();
            routes.first().map_or(request.uri(), |first| &first.uri).clone()
        };
        let flow = way.flow.filter(|flow| self.leads(*flow, &next));
        self.route(next, flow)
    }

    fn route(&self, next: Uri, over: Option<Hop>) -> Arc<Route> {
        let config = &self.provider().config;
        Arc::new(Route { next, protocol: config.transport, tls: Arc::new(config.tls.clone()), over })
    }

    /// Whether `flow` is the way to `next`: many may share a host, on other ports.
    fn leads(&self, flow: Hop, next: &Uri) -> bool {
        let (Some(next), home) = (next.as_sip(), self.provider().next_hop()) else { return false };
        let is_named = next.host == home.host && next.port == home.port;
        let port = next.port.unwrap_or(flow.protocol.default_port());
        is_named || (next.host.address() == Some(flow.address.ip()) && port == flow.address.port())
    }

    /// Whether `next` is the account's next hop, by name or by the address it turned out to have.
    fn is_home(&self, next: &Uri, flow: Option<Hop>) -> bool {
        let Some(next) = next.as_sip() else { return false };
        next.host == self.provider().next_hop().host
            || next.host.address().is_some_and(|own| flow.is_some_and(|hop| hop.address.ip() == own))
    }

    /// Under which name the far end of `route` may challenge.
    fn answers_as(&self, route: &Route) -> Host {
        let flow = self.way().flow;
        match &route.next {
            Uri::Sip(next) if !self.is_home(&route.next, flow) => next.host.clone(),
            Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_) => self.provider().next_hop().host,
        }
    }

    /// A 401 or 407 to what was sent. Errors: it is not answered.
    pub fn challenged(&self, sent: &Signed, response: &Response) -> Result<(), Refusal> {
        self.digest().challenged(&sent.request, response, &sent.host)
    }

    /// A final response that is no challenge.
    pub fn accepted(&self) {
        self.digest().accepted();
    }
}

/// `ip` if it is this machine's; else, where it is announced for a translator in front, any of the family.
fn bindable(ip: IpAddr) -> IpAddr {
    match (UdpSocket::bind((ip, 0)), ip) {
        (Ok(_), _) => ip,
        (Err(_), IpAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
        (Err(_), IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sip::transport::Flow;

    use super::*;
    use crate::sip::provider::tests::provider;
    use crate::sip::tests::network::Engine;

    fn next(uplink: &Uplink, uri: &str, to: &str, routes: &[&str]) -> (String, bool) {
        let mut request = Request::new(sip::message::Method::Bye, Uri::parse(uri).unwrap());
        request.headers.push(name::TO, to);
        request.headers.extend(&name::ROUTE, routes);
        let route = uplink.way_of(&mut request);
        (route.next.to_string(), route.over.is_some())
    }

    #[test]
    fn the_flow_of_the_registration_is_for_its_far_end_only() {
        actix::System::new().block_on(async {
            let provider = provider("sip:a@b.example", json!({ "proxy": "sip:127.0.0.1:5070" })).unwrap();
            let uplink = Uplink::new(Engine::deaf().exchange, provider);
            let address = SocketAddr::from(([127, 0, 0, 1], 5070));
            uplink.set_route(Hop { protocol: Protocol::Udp, address, flow: Flow(1) }, &[]);
            let inside = "<sip:c@d.example>;tag=1";
            let way = |uri: &str, to: &str, routes: &[&str]| next(&uplink, uri, to, routes);
            assert_eq!(way("sip:c@d.example", "<sip:c@d.example>", &[]), ("sip:127.0.0.1:5070".into(), true));
            assert_eq!(way("sip:c@127.0.0.1:6000", inside, &[]), ("sip:c@127.0.0.1:6000".into(), false));
            let routed = way("sip:c@127.0.0.1:6000", inside, &["<sip:127.0.0.1:5070;lr>"]);
            assert_eq!(routed, ("sip:127.0.0.1:5070;lr".into(), true));
            let service = NameAddr::parse("<sip:s.example;lr>").unwrap();
            uplink.set_route(Hop { protocol: Protocol::Udp, address, flow: Flow(1) }, &[service]);
            let mut invite = Request::new(sip::message::Method::Invite, Uri::parse("sip:c@b.example").unwrap());
            invite.headers.push(name::TO, "<sip:c@b.example>");
            uplink.way_of(&mut invite);
            assert_eq!(invite.headers.text(&name::ROUTE).as_deref(), Some("<sip:s.example;lr>"));
        });
    }
}
