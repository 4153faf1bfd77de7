//! An account signs in at a registrar that asks for a digest: registration, digest and endpoint together.

use std::time::{Duration, Instant};

use sip::admission::Capabilities;
use sip::digest::{Client, Credentials, Realm, verify};
use sip::endpoint::{Endpoint, Event, Output, SentBy};
use sip::message::{Headers, Host, Method, NameAddr, Request, Response, Status, Uri, name};
use sip::register::{Binding, Event as Registered, Output as Wanted, Registration};
use sip::transport::{Flow, Hop, Protocol};

struct World {
    now: Instant,
    account: Endpoint,
    registrar: Endpoint,
    registration: Registration,
    client: Client,
    seen: Vec<String>,
    registers: u32,
    last: Option<Request>,
    nonce: u32,
}

fn hop(port: u16) -> Hop {
    Hop { protocol: Protocol::Udp, address: ([127, 0, 0, 1], port).into(), flow: Flow::default() }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Capabilities { methods: vec![Method::Register], extensions: vec![], bodies: vec![] }, 16)
}

impl World {
    fn new(password: &str) -> World {
        let address = |text| NameAddr::parse(text).unwrap();
        let registration = Registration::new(Binding {
            registrar: Uri::parse("sip:example.com").unwrap(),
            address_of_record: address("<sip:bob@example.com>"),
            contact: address("<sip:bob@127.0.0.1:5060>"),
            expires: 300,
            call_id: "1".into(),
            tag: "t".into(),
            extra: Headers::new(),
        });
        let client = Client::new(Credentials {
            username: "bob".into(),
            password: password.into(),
            realm: Realm::Only("example.com".into()),
            next_hop: Host::parse("example.com").unwrap(),
        });
        World {
            now: Instant::now(),
            account: endpoint(),
            registrar: endpoint(),
            registration,
            client,
            seen: Vec::new(),
            registers: 0,
            last: None,
            nonce: 1,
        }
    }

    /// Until neither side has anything to do at this moment.
    fn settle(&mut self) {
        loop {
            let wanted = std::iter::from_fn(|| self.registration.poll()).collect::<Vec<_>>();
            let from_account = std::iter::from_fn(|| self.account.poll()).collect::<Vec<_>>();
            let from_registrar = std::iter::from_fn(|| self.registrar.poll()).collect::<Vec<_>>();
            if wanted.is_empty() && from_account.is_empty() && from_registrar.is_empty() {
                return;
            }
            wanted.into_iter().for_each(|wanted| self.on_wanted(wanted));
            from_account.into_iter().for_each(|output| self.on_account(output));
            from_registrar.into_iter().for_each(|output| self.on_registrar(output));
        }
    }

    fn on_wanted(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Send(mut request) => {
                self.registers += 1;
                let next_hop = Host::parse("example.com").unwrap();
                self.client.sign(&mut request, &next_hop, &format!("cnonce{}", self.registers));
                self.last = Some((*request).clone());
                let sent_by = SentBy { host: Host::parse("127.0.0.1").unwrap(), port: Some(5060) };
                let branch = self.registers.to_string();
                self.account.send(self.now, *request, hop(5070), &sent_by, &branch).unwrap();
            }
            Wanted::Event(Registered::Challenged(response)) => {
                let next_hop = Host::parse("example.com").unwrap();
                match self.client.challenged(self.last.as_ref().unwrap(), &response, &next_hop) {
                    Ok(()) => self.registration.again(),
                    Err(_) => self.registration.fail(),
                }
            }
            Wanted::Event(Registered::Registered { seen_as }) => {
                self.seen.push(format!("registered {}", seen_as.unwrap()))
            }
            Wanted::Event(Registered::Failed { failure, .. }) => self.seen.push(format!("{failure:?}")),
            Wanted::Event(Registered::Unregistered) => self.seen.push("unregistered".into()),
        }
    }

    fn on_account(&mut self, output: Output) {
        match output {
            Output::Send { bytes, .. } => self.registrar.receive_datagram(self.now, &bytes, hop(5060)),
            Output::Event(Event::Response { response, .. }) => {
                if response.status().is_success() {
                    self.client.accepted();
                }
                self.registration.on_response(self.now, *response, 0);
            }
            Output::Event(other) => panic!("{other:?}"),
        }
    }

    fn on_registrar(&mut self, output: Output) {
        match output {
            Output::Send { bytes, .. } => self.account.receive_datagram(self.now, &bytes, hop(5070)),
            Output::Event(Event::Request { key, request, .. }) => {
                let response = self.answer(&request);
                self.registrar.respond(self.now, &key, &response);
            }
            Output::Event(other) => panic!("{other:?}"),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let nonce = format!("nonce{}", self.nonce);
        let proofs = request.headers.authorizations().unwrap();
        let proof = proofs.first().filter(|proof| verify(proof, &Method::Register, "zanzibar"));
        if proof.is_some_and(|proof| proof.get("nonce").as_deref() == Some(&nonce)) {
            let mut ok = request.response(Status::OK, Some("r"));
            ok.headers.copy(&name::CONTACT, &request.headers);
            return ok;
        }
        let mut response = request.response(Status::UNAUTHORIZED, Some("r"));
        let stale = if proof.is_some() { ", stale=true" } else { "" };
        for algorithm in ["MD5", "SHA-256"] {
            let value =
                format!("Digest realm=\"example.com\", nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}{stale}");
            response.headers.push(name::WWW_AUTHENTICATE, value);
        }
        response
    }

    fn on_wake(&mut self, after: Duration) {
        self.now += after;
        self.account.wake(self.now);
        self.registrar.wake(self.now);
        self.registration.on_wake(self.now);
        self.settle();
    }
}

#[test]
fn the_right_password_registers_refreshes_and_leaves() {
    let mut world = World::new("zanzibar");
    world.registration.start();
    world.settle();
    assert_eq!((world.seen.as_slice(), world.registers), (&["registered 127.0.0.1:5060".to_owned()][..], 2));
    let proof = world.last.as_ref().unwrap().headers.authorizations().unwrap();
    assert_eq!(proof[0].get("algorithm").as_deref(), Some("SHA-256"));
    world.on_wake(Duration::from_secs(150));
    assert_eq!(world.registers, 3, "the nonce is used again");
    world.nonce = 2;
    world.on_wake(Duration::from_secs(150));
    assert_eq!((world.registers, world.registration.is_registered()), (5, true));
    world.registration.stop();
    world.settle();
    assert_eq!(world.seen.last().map(String::as_str), Some("unregistered"));
}

#[test]
fn the_wrong_password_is_tried_once() {
    let mut world = World::new("swordfish");
    world.registration.start();
    world.settle();
    assert_eq!((world.seen.as_slice(), world.registers), (&["WrongCredentials".to_owned()][..], 2));
    world.on_wake(Duration::from_secs(10_000));
    assert_eq!(world.registers, 2);
}
