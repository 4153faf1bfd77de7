//! [`Uplink`]: how an account's calls reach its network. What an upstream knows and its calls need; it outlives the
//! upstream's actor.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gateway::sip::Line;
use media::bridge::{PhonePolicy, Srtp};
use sip::dialog::TimerPolicy;
use sip::digest::{Client, Refusal};
use sip::message::{Headers, Host, NameAddr, Request, Response, SipUri, Uri, name};
use sip::transport::{Hop, Protocol};
use uuid::Uuid;

use super::provider::Provider;
use super::transport::{Local, Route, is_internet};
use super::way::{OffTls, Way};
use crate::exchange::Exchange;
use crate::media::interface_addresses;

/// What we call ourselves.
const USER_AGENT: &str = concat!("RTC:engine ", env!("CARGO_PKG_VERSION"));
/// Packet time of what we encode, in milliseconds.
const PTIME_MS: u32 = 20;
/// Below are ports of what is no phone.
const LEAST_PHONE_PORT: u16 = 1_024;

/// Shared by all calls of an upstream.
#[derive(Clone)]
pub struct Uplink(Arc<Inner>);

struct Inner {
    exchange: Arc<Exchange>,
    provider: Provider,
    /// Whose its requests are.
    id: Uuid,
    /// User of the Contact that is registered: unguessable, and told to nobody but the registrar.
    token: String,
    /// User of the Contact of calls, which every far end is told.
    call_token: String,
    digest: Mutex<Client>,
    way: Mutex<Way>,
}

/// A request with credentials and the way it takes.
pub struct Signed {
    /// What was sent.
    pub request: Box<Request>,
    /// Whereto.
    pub route: Arc<Route>,
    /// As whom its far end may challenge it: the account's next hop alone.
    host: Option<Host>,
}

impl Uplink {
    /// Of an account of `provider`. Nothing is known of the way yet.
    pub fn new(exchange: Arc<Exchange>, provider: Provider) -> Uplink {
        let digest = Mutex::new(Client::new(provider.credentials()));
        let way = Mutex::new(Way::unknown());
        let (token, call_token) = (unguessable(), unguessable());
        Uplink(Arc::new(Inner { exchange, provider, id: Uuid::new_v4(), token, call_token, digest, way }))
    }

    /// The engine.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.0.exchange
    }

    /// What the account's row says.
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// User of the Contact that is registered; also the upstream's name.
    pub fn token(&self) -> &str {
        &self.0.token
    }

    /// User of the Contact of calls.
    pub fn call_token(&self) -> &str {
        &self.0.call_token
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
        self.way().found(local);
    }

    /// A response of the next hop came over `hop`, with the route it wants.
    pub fn set_route(&self, hop: Hop, service_route: &[NameAddr]) {
        let mut way = self.way();
        way.answered(hop);
        way.service_route = service_route.to_vec();
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

    /// Whether what comes by `hop` comes from the account's next hop, or from whom the network trusts like it.
    pub fn trusts(&self, hop: Hop) -> bool {
        self.takes(hop) && self.way().is_peer(hop.address.ip()) || self.trusts_unregistered(hop)
    }

    /// Whether the network trusts who sent by `hop`, without a registration.
    pub fn trusts_unregistered(&self, hop: Hop) -> bool {
        let ip = hop.address.ip().to_canonical();
        self.takes(hop) && self.provider().config.trusted.iter().any(|net| net.contains(&ip))
    }

    /// An account on TLS takes nothing that came without: who sent it could be anybody.
    pub fn takes(&self, hop: Hop) -> bool {
        !self.provider().is_tls() || hop.protocol == Protocol::Tls
    }

    /// Where the registrar shall send what is for the account.
    pub fn contact(&self) -> NameAddr {
        self.contact_of(self.token())
    }

    /// Where requests of a call shall arrive. It leads to no new call: only the next hop is told one that does.
    fn call_contact(&self) -> NameAddr {
        self.contact_of(self.call_token())
    }

    fn contact_of(&self, user: &str) -> NameAddr {
        let Way { seen_as, flow, .. } = self.way().clone();
        let mut uri = SipUri::new(Some(user), Host::from(seen_as.ip()), Some(seen_as.port()));
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
            contact: self.call_contact(),
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
            ice: config.ice,
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
        let mut next = self.provider().next_hop();
        if self.provider().is_tls() && !next.secure {
            next.set_param("transport", Some("tls"));
        }
        self.route(Uri::Sip(next), None)
    }

    /// Adds route and credentials. What is asserted of us is told to the next hop only (RFC 3325 section 5).
    ///
    /// Errors: the way is none that the account takes.
    pub fn sign(&self, mut request: Box<Request>) -> Result<Signed, OffTls> {
        let route = self.way_of(&mut request)?;
        let host = self.answers_as(&route);
        match &host {
            Some(host) => self.digest().sign(&mut request, host, &unguessable()),
            None => request.headers.remove(&name::P_ASSERTED_IDENTITY),
        }
        Ok(Signed { request, route, host })
    }

    /// Adds credentials to a REGISTER: it goes to the next hop, whatever route that wants of others.
    pub fn sign_register(&self, mut request: Box<Request>) -> Signed {
        let (route, host) = (self.home(), self.provider().next_hop().host);
        self.digest().sign(&mut request, &host, &unguessable());
        Signed { request, route, host: Some(host) }
    }

    /// Whether a phone, which is a stranger, may have `uri` called as far as its way goes. The account's next hop may take
    /// what it likes. What is reached without it must be an address of the internet, and none of this machine: a name could
    /// lead anywhere, and phones could find out about networks that only the engine is in.
    pub fn leads_strangers_to(&self, uri: &SipUri) -> bool {
        let own = self.provider();
        if own.config.proxy.is_some() || !self.way().service_route.is_empty() {
            return true;
        }
        let Uri::Sip(next) = own.way_to(&Uri::Sip(uri.clone())) else { return true };
        let is_phone = next.port.is_none_or(|port| port >= LEAST_PHONE_PORT);
        let is_open = |ip: IpAddr| is_internet(ip) && !self.is_own(ip.to_canonical());
        self.is_home(&next) || is_phone && next.host.address().is_some_and(is_open)
    }

    /// Whether `ip` is this machine's, or what others see of it.
    fn is_own(&self, ip: IpAddr) -> bool {
        let way = self.way();
        [way.local.ip(), way.seen_as.ip()].contains(&ip) || interface_addresses().contains(&ip)
    }

    /// Adds the route where the request has none yet.
    ///
    /// Errors: the way is none that the account takes.
    pub fn way_of(&self, request: &mut Request) -> Result<Arc<Route>, OffTls> {
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
        let flow = way.flow_to(&own.next_hop(), &next);
        let next = if own.is_tls() { self.on_tls(next)? } else { next };
        Ok(self.route(next, flow))
    }

    /// `next`, reached by TLS whatever DNS says. A far end that names another transport is not followed there.
    fn on_tls(&self, next: Uri) -> Result<Uri, OffTls> {
        let Uri::Sip(mut next) = next else { return Ok(next) };
        match next.transport().as_deref() {
            _ if next.secure => {}
            Some("tls") => {}
            Some(_) if !self.is_home(&next) => return Err(OffTls),
            Some(_) | None => next.set_param("transport", Some("tls")),
        }
        Ok(next.into())
    }

    fn route(&self, next: Uri, over: Option<Hop>) -> Arc<Route> {
        let config = &self.provider().config;
        let tls = Arc::new(config.tls.clone());
        Arc::new(Route { next, protocol: config.transport, tls, over, account: self.0.id })
    }

    fn is_home(&self, next: &SipUri) -> bool {
        self.way().is_home(&self.provider().next_hop(), next)
    }

    /// Under which name the far end of `route` may challenge; `None`: it is not the account's next hop.
    fn answers_as(&self, route: &Route) -> Option<Host> {
        let is_home = route.next.as_sip().is_none_or(|next| self.is_home(next));
        is_home.then(|| self.provider().next_hop().host)
    }

    /// A 401 or 407 to what was sent. Errors: it is not answered.
    pub fn challenged(&self, sent: &Signed, response: &Response) -> Result<(), Refusal> {
        let host = sent.host.as_ref().ok_or(Refusal::ForeignHop)?;
        self.digest().challenged(&sent.request, response, host)
    }

    /// A final response that is no challenge.
    pub fn accepted(&self) {
        self.digest().accepted();
    }
}

/// For a Contact or a cnonce.
fn unguessable() -> String {
    Uuid::new_v4().simple().to_string()
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
        let route = uplink.way_of(&mut request).unwrap();
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
            uplink.way_of(&mut invite).unwrap();
            assert_eq!(invite.headers.text(&name::ROUTE).as_deref(), Some("<sip:s.example;lr>"));
        });
    }

    #[test]
    fn proofs_and_assertions_are_for_the_next_hop_and_no_other_service_of_its_host() {
        actix::System::new().block_on(async {
            let config = json!({ "proxy": "sip:127.0.0.1:5070", "trustIdentity": true });
            let uplink = Uplink::new(Engine::deaf().exchange, provider("sip:a@b.example", config).unwrap());
            let address = SocketAddr::from(([127, 0, 0, 1], 5070));
            uplink.set_route(Hop { protocol: Protocol::Udp, address, flow: Flow(1) }, &[]);
            let signed = |uri: &str, routes: &[&str]| {
                let mut request = Request::new(sip::message::Method::Bye, Uri::parse(uri).unwrap());
                request.headers.push(name::TO, "<sip:c@d.example>;tag=1");
                request.headers.push(name::P_ASSERTED_IDENTITY, "<sip:a@b.example>");
                request.headers.extend(&name::ROUTE, routes);
                uplink.sign(Box::new(request)).unwrap()
            };
            let home = signed("sip:c@127.0.0.1:6000", &["<sip:127.0.0.1:5070;lr>"]);
            let mut challenge = home.request.response(sip::message::Status::UNAUTHORIZED, None);
            challenge.headers.push(name::WWW_AUTHENTICATE, "Digest realm=\"b.example\", nonce=\"n\", qop=\"auth\"");
            uplink.challenged(&home, &challenge).unwrap();
            let has = |sent: &Signed| {
                [name::AUTHORIZATION, name::P_ASSERTED_IDENTITY].map(|name| sent.request.headers.has(&name))
            };
            assert_eq!(has(&signed("sip:c@127.0.0.1:6000", &["<sip:127.0.0.1:5070;lr>"])), [true, true]);
            let other = signed("sip:c@127.0.0.1:6000", &[]);
            assert_eq!(has(&other), [false, false]);
            assert_eq!(uplink.challenged(&other, &challenge), Err(Refusal::ForeignHop));
        });
    }

    #[test]
    fn strangers_are_led_to_the_next_hop_and_to_the_internet() {
        actix::System::new().block_on(async {
            let exchange = Engine::deaf().exchange;
            let led = |config, uri: &str| {
                let uplink = Uplink::new(exchange.clone(), provider("sip:a@b.example", config).unwrap());
                uplink.leads_strangers_to(Uri::parse(uri).unwrap().as_sip().unwrap())
            };
            let alone = || json!({ "register": false });
            for uri in ["sip:c@b.example", "sip:c@192.0.2.9:5062", "sip:c@[2001:db8::1]"] {
                assert!(led(alone(), uri), "{uri}");
            }
            for uri in [
                "sip:c@10.0.0.5:6379;transport=tcp",
                "sip:c@192.168.1.9",
                "sip:c@[::ffff:10.0.0.5]",
                "sip:c@192.0.2.9:25",
                "sip:c@b.example:6379",
                "sip:c@elsewhere.example",
            ] {
                assert!(!led(alone(), uri), "{uri}");
                assert!(led(json!({ "proxy": "sip:10.0.0.1" }), uri), "the proxy may: {uri}");
            }
            let registrar = || json!({ "registrar": "sip:10.0.0.1" });
            assert!(led(registrar(), "sip:c@10.0.0.1:5070"), "it goes to the registrar");
            assert!(!led(registrar(), "sip:c@10.0.0.2:5070"));
            let uplink = Uplink::new(exchange.clone(), provider("sip:a@b.example", alone()).unwrap());
            let there = Uri::parse("sip:c@198.51.100.7:8080;transport=tcp").unwrap();
            let led = || uplink.leads_strangers_to(there.as_sip().unwrap());
            assert!(led());
            uplink.set_seen_as("198.51.100.7:5060".parse().unwrap());
            assert!(!led(), "that is this machine");
        });
    }

    #[test]
    fn an_account_on_tls_stays_there() {
        actix::System::new().block_on(async {
            let exchange = Engine::deaf().exchange;
            for config in [
                json!({ "proxy": "sip:p.example;transport=tls" }),
                json!({ "proxy": "sips:p.example" }),
                json!({ "proxy": "sip:p.example", "transport": "tls" }),
            ] {
                let uplink = Uplink::new(exchange.clone(), provider("sip:a@b.example", config).unwrap());
                let way = |uri: &str| {
                    let mut request = Request::new(sip::message::Method::Bye, Uri::parse(uri).unwrap());
                    request.headers.push(name::TO, "<sip:c@d.example>;tag=1");
                    uplink.way_of(&mut request).map(|route| route.next.to_string())
                };
                assert_eq!(way("sip:c@192.0.2.1:5060;transport=udp"), Err(OffTls));
                assert_eq!(way("sip:c@192.0.2.1;transport=TCP"), Err(OffTls));
                assert_eq!(way("sip:c@192.0.2.1").unwrap(), "sip:c@192.0.2.1;transport=tls");
                assert_eq!(way("sip:p.example;transport=udp").unwrap(), "sip:p.example;transport=tls");
                assert_eq!(way("sips:c@192.0.2.1").unwrap(), "sips:c@192.0.2.1");
                assert!(matches!(&uplink.home().next, Uri::Sip(next) if next.secure || next.transport().as_deref() == Some("tls")));
            }
            let plain = provider("sip:a@b.example", json!({ "proxy": "sip:p.example;transport=udp", "transport": "tls" }));
            assert!(!plain.unwrap().is_tls(), "what the URI says counts");
        });
    }
}
