//! An engine without browsers, and the registrar it meets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, System};
use serde_json::{Value, json};
use signal::account::{State, StateReason};
use signal::{AccountId, CallId, Connector};
use sip::message::{CSeq, Incoming, Message, Method, Request, Response, Status, Uri, name, parse_datagram};
use sip::transport::Protocol;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use crate::calls::{Ring, Route};
use crate::directory::{AccountRecord, NetworkRecord, Secret};
use crate::exchange::{AddressPolicy, Exchange, Settings, Timing};
use crate::limits::Limits;
use crate::media::{Config, Media};
use crate::sip::io::{Attach, Detach, FromUpstream};
use crate::sip::transport::Listen;
use crate::tests::directory::FakeDirectory;

/// Longest wait for what must come: a first retry takes 4 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing comes where nothing may.
const SILENCE: Duration = Duration::from_millis(300);

/// Runs a story.
pub fn story<F: Future<Output = ()>>(tell: impl FnOnce(Engine, Peer) -> F) {
    System::new().block_on(async move { tell(Engine::start().await, Peer::new().await).await });
}

/// An engine that listens for SIP.
pub struct Engine {
    pub exchange: Arc<Exchange>,
    pub address: SocketAddr,
}

impl Engine {
    async fn start() -> Engine {
        let mut engine = Engine::deaf();
        let udp = Listen { protocol: Protocol::Udp, address: engine.address };
        let bound = crate::sip::listen(&engine.exchange, vec![udp], None, None, Vec::new()).await.unwrap();
        engine.address = bound[0].address;
        engine
    }

    /// One that has no listener, and sends from whichever port, to `destinations`.
    pub async fn unlisted(destinations: &[&str]) -> Engine {
        let engine = Engine::deaf();
        let destinations = destinations.iter().map(|net| net.parse().unwrap()).collect();
        crate::sip::listen(&engine.exchange, Vec::new(), None, None, destinations).await.unwrap();
        engine
    }

    /// One that does without SIP.
    pub fn deaf() -> Engine {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let media = Config { listen: loopback, workers: 1, ..Config::default() };
        let settings = Settings {
            resume_grace: Duration::from_secs(5),
            turn: None,
            limits: Limits::default(),
            addresses: AddressPolicy::default(),
            timing: Timing::default(),
            recordings: None,
        };
        let exchange = Exchange::start(settings, Arc::<FakeDirectory>::default(), Media::start(media).unwrap());
        Engine { exchange, address: loopback }
    }

    /// An account of the network of `peer`.
    pub fn account(&self, peer: &Peer, identifier: &str, token: &str, more: Value) -> Account {
        let mut config = json!({ "registrar": format!("sip:{}", peer.address()), "domain": "a.example" });
        let more = more.as_object().unwrap().clone();
        config.as_object_mut().unwrap().extend(more);
        let network = NetworkRecord {
            id: Uuid::nil(),
            tag: "sip".into(),
            connector: Connector::Sip,
            capabilities: Vec::new(),
            allowed_targets: Vec::new(),
        };
        let record = AccountRecord {
            id: AccountId(Uuid::new_v4()),
            network,
            identifier: identifier.into(),
            access_token: Secret::new(token),
            config: config.as_object().unwrap().clone(),
        };
        let (told, states) = unbounded_channel();
        let actor = Teller(told).start();
        let account = actor.clone().recipient();
        self.exchange.sip().do_send(Attach { account, ring: actor.clone().recipient(), record: record.into() });
        Account { actor, states, exchange: self.exchange.clone() }
    }
}

/// An account as the connector sees it. It has no device.
pub struct Account {
    pub actor: Addr<Teller>,
    states: UnboundedReceiver<FromUpstream>,
    exchange: Arc<Exchange>,
}

/// What the account was told.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub state: State,
    pub reason: StateReason,
    pub detail: Option<String>,
    pub retry_in: Option<Duration>,
}

impl Account {
    /// The next state that is not `connecting`.
    pub async fn told(&mut self) -> Told {
        loop {
            let told = tokio::time::timeout(PATIENCE, self.states.recv()).await.expect("a state").unwrap();
            match told {
                FromUpstream::Ready(_) | FromUpstream::State { state: State::Connecting, .. } => {}
                FromUpstream::State { state, reason, detail, retry_in } => {
                    return Told { state, reason, detail, retry_in };
                }
            }
        }
    }

    /// The next state is this.
    pub async fn stands(&mut self, state: State, reason: StateReason) -> Told {
        let told = self.told().await;
        assert_eq!((told.state, told.reason), (state, reason), "{told:?}");
        told
    }

    pub fn detach(&self) {
        self.exchange.sip().do_send(Detach { account: self.actor.clone().recipient() });
    }
}

/// Passes on what an account is told.
pub struct Teller(UnboundedSender<FromUpstream>);

impl Actor for Teller {
    type Context = Context<Teller>;
}

impl Handler<FromUpstream> for Teller {
    type Result = ();

    fn handle(&mut self, told: FromUpstream, _: &mut Self::Context) {
        let _ = self.0.send(told);
    }
}

impl Handler<Ring> for Teller {
    type Result = Vec<(CallId, Route)>;

    fn handle(&mut self, _: Ring, _: &mut Self::Context) -> Self::Result {
        Vec::new()
    }
}

/// The other side: registrar, trunk or anybody.
pub struct Peer {
    socket: UdpSocket,
}

impl Peer {
    pub async fn new() -> Peer {
        Peer { socket: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap() }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// The next message, and whence.
    pub async fn next(&self) -> (Message, SocketAddr) {
        let mut buffer = vec![0; 65_536];
        loop {
            let came = tokio::time::timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
            let (length, source) = came.expect("a message").unwrap();
            if let Ok(Incoming::Message(message)) = parse_datagram(&buffer[..length]) {
                return (*message, source);
            }
        }
    }

    /// The next datagram, message or not.
    pub async fn datagram(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_536];
        let came = tokio::time::timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
        let (length, _) = came.expect("a datagram").unwrap();
        buffer[..length].to_vec()
    }

    /// The next message, which must be a REGISTER.
    pub async fn register(&self) -> (Request, SocketAddr) {
        match self.next().await {
            (Message::Request(request), source) if *request.method() == Method::Register => (request, source),
            (other, _) => panic!("a REGISTER expected: {other:?}"),
        }
    }

    /// The next final response.
    pub async fn response(&self) -> Response {
        loop {
            match self.next().await {
                (Message::Response(response), _) if response.status().is_final() => return response,
                (Message::Response(_), _) => {}
                (other, _) => panic!("a response expected: {other:?}"),
            }
        }
    }

    /// Nothing comes.
    pub async fn silent(&self) {
        self.silent_for(SILENCE).await;
    }

    /// Nothing comes for so long.
    pub async fn silent_for(&self, silence: Duration) {
        let mut buffer = vec![0; 65_536];
        let came = tokio::time::timeout(silence, self.socket.recv_from(&mut buffer)).await;
        assert!(came.is_err(), "{}", String::from_utf8_lossy(&buffer));
    }

    pub async fn answer(&self, request: &Request, to: SocketAddr, status: u16, more: &[(name::Name, &str)]) {
        let mut response = request.response(Status::new(status).unwrap(), Some("registrar"));
        more.iter().for_each(|(name, value)| response.headers.push(name.clone(), value));
        self.socket.send_to(&response.to_bytes(), to).await.unwrap();
    }

    /// Takes the binding; gives where the account is reached.
    pub async fn take(&self, request: &Request, to: SocketAddr) -> Uri {
        let contacts = request.headers.contacts().unwrap();
        let contact = contacts.first().unwrap().clone();
        self.answer(request, to, 200, &[(name::CONTACT, &contact.to_string())]).await;
        contact.uri
    }

    /// Sends a request of `method`; with `tag` it is meant for a dialog.
    pub async fn ask(&self, to: SocketAddr, method: &str, uri: &Uri, tag: Option<&str>) -> Request {
        let request = self.request(method, uri, tag);
        self.socket.send_to(&request.to_bytes(), to).await.unwrap();
        request
    }

    /// Sends what was made.
    pub async fn send(&self, to: SocketAddr, request: &Request) {
        self.socket.send_to(&request.to_bytes(), to).await.unwrap();
    }

    pub fn request(&self, method: &str, uri: &Uri, tag: Option<&str>) -> Request {
        let method = Method::parse(method).unwrap();
        let mut request = Request::new(method.clone(), uri.clone());
        let branch = Uuid::new_v4().simple();
        request.headers.push(name::VIA, format!("SIP/2.0/UDP {};branch=z9hG4bK{branch};rport", self.address()));
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, "<sip:ben@b.example>;tag=ben");
        let tag = tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        request.headers.push(name::TO, format!("<sip:anna@a.example>{tag}"));
        request.headers.push(name::CALL_ID, Uuid::new_v4());
        request.headers.push(name::CONTACT, format!("<sip:ben@{}>", self.address()));
        request.headers.push(name::CSEQ, CSeq { number: 1, method });
        request
    }
}
