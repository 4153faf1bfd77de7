//! A SIP network of one: registrar, proxy and phone on a UDP socket, told what to do by its test.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use sip::message::{
    Incoming, MediaType, Message, Method, Name, NameAddr, Request, Response, Status, Uri, name, parse_datagram,
};
use uuid::Uuid;

/// Longest wait for a message that must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// G.711 and keys.
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/// See the module.
pub struct Phone {
    socket: UdpSocket,
    engine: Option<SocketAddr>,
    /// The account's binding.
    contact: Option<Uri>,
    /// Requests and responses that came already: what is sent again is not seen again.
    seen: HashSet<Vec<u8>>,
    tag: String,
}

impl Phone {
    pub fn new() -> Phone {
        Phone::at(Ipv4Addr::LOCALHOST)
    }

    /// Somebody elsewhere, who has heard of this phone's engine and account.
    pub fn stranger(&self) -> Phone {
        Phone { engine: self.engine, contact: self.contact.clone(), ..Phone::at(Ipv4Addr::new(127, 0, 0, 2)) }
    }

    fn at(ip: Ipv4Addr) -> Phone {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let tag = Uuid::new_v4().to_string();
        Phone { socket, engine: None, contact: None, seen: HashSet::new(), tag }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// A Replaces header that names the dialog of an INVITE of the engine's that this phone has answered.
    pub fn replacing(&self, invite: &Request) -> (Name, String) {
        let (call_id, from) = (invite.headers.call_id().unwrap(), invite.headers.from().unwrap());
        let value = format!("{call_id};to-tag={};from-tag={}", from.tag().unwrap(), self.tag);
        (name::REPLACES, value)
    }

    /// The next message that is not a repetition; a REGISTER is answered.
    pub fn next(&mut self) -> Message {
        let mut buffer = vec![0; 65_536];
        loop {
            let (length, source) =
                self.socket.recv_from(&mut buffer).expect("a message within the patience of the test");
            self.engine = Some(source);
            let bytes = &buffer[..length];
            let Ok(Incoming::Message(message)) = parse_datagram(bytes) else { continue };
            if !self.seen.insert(bytes.to_vec()) {
                continue;
            }
            match *message {
                Message::Request(request) if *request.method() == Method::Register => self.register(&request),
                other => return other,
            }
        }
    }

    /// A REGISTER has come, and is left without an answer until it comes again.
    pub fn registering(&mut self) {
        let mut buffer = vec![0; 65_536];
        let (_, source) = self.socket.recv_from(&mut buffer).expect("a REGISTER");
        self.engine = Some(source);
    }

    /// Takes the next REGISTER and confirms it.
    pub fn registered(&mut self) {
        self.contact = None;
        let mut buffer = vec![0; 65_536];
        while self.contact.is_none() {
            let (length, source) = self.socket.recv_from(&mut buffer).expect("a REGISTER");
            self.engine = Some(source);
            if let Ok(Incoming::Message(message)) = parse_datagram(&buffer[..length])
                && let Message::Request(request) = *message
            {
                assert_eq!(*request.method(), Method::Register);
                self.register(&request);
            }
        }
    }

    fn register(&mut self, request: &Request) {
        let mut response = request.response(Status::OK, Some("registrar"));
        if let Some(contact) = request.headers.contacts().unwrap().first() {
            self.contact = Some(contact.uri.clone());
            let mut bound = contact.clone();
            bound.params_mut().set("expires", "600");
            response.headers.push(name::CONTACT, bound);
        }
        self.send(&response.to_bytes());
    }

    /// The next message, which must be this request.
    #[track_caller]
    pub fn request(&mut self, method: &Method) -> Request {
        match self.next() {
            Message::Request(request) if request.method() == method => request,
            other => panic!("{method} expected: {other:?}"),
        }
    }

    /// The next message, which must be a request.
    #[track_caller]
    pub fn any_request(&mut self) -> Request {
        match self.next() {
            Message::Request(request) => request,
            Message::Response(other) => panic!("a request expected: {other:?}"),
        }
    }

    /// 200 to a request that wants an answer.
    pub fn confirm(&self, request: &Request) {
        if *request.method() != Method::Ack {
            self.send(&request.response(Status::OK, None).to_bytes());
        }
    }

    /// 302 to an INVITE.
    pub fn redirect(&self, invite: &Request, target: &str) {
        let mut response = invite.response(Status::new(302).unwrap(), Some(&self.tag));
        response.headers.push(name::CONTACT, format!("<{target}>"));
        self.send(&response.to_bytes());
    }

    /// The next response to a request of ours, which must be this.
    #[track_caller]
    pub fn response(&mut self, status: Status) -> Response {
        match self.next() {
            Message::Response(response) if response.status() == status => response,
            other => panic!("{status} expected: {other:?}"),
        }
    }

    /// Answers a request; an INVITE that is taken, with a description.
    pub fn answer(&self, request: &Request, status: Status) {
        self.answer_with(request, status, SDP);
    }

    /// The same, with this description.
    pub fn answer_with(&self, request: &Request, status: Status, sdp: &str) {
        self.answer_from(request, status, sdp, "");
    }

    /// The same, reached with these parameters.
    pub fn answer_from(&self, request: &Request, status: Status, sdp: &str, params: &str) {
        self.answer_at(request, status, sdp, &format!("sip:phone@{}{params}", self.address()));
    }

    /// The same, reached elsewhere.
    pub fn answer_at(&self, request: &Request, status: Status, sdp: &str, contact: &str) {
        let mut response = request.response(status, Some(&self.tag));
        if *request.method() == Method::Invite {
            response.headers.push(name::CONTACT, format!("<{contact}>"));
            if status.is_success() {
                response.set_body(&MediaType::parse("application/sdp").unwrap(), sdp.into());
            }
        }
        self.send(&response.to_bytes());
    }

    /// Calls the account that has registered.
    pub fn call(&self) -> Request {
        self.invite(self.binding(), &[])
    }

    /// Where the account that registered last is reached.
    pub fn binding(&self) -> Uri {
        self.contact.clone().expect("a registration")
    }

    /// Calls `target`.
    pub fn invite(&self, target: Uri, more: &[(Name, String)]) -> Request {
        self.invite_with(target, more, SDP)
    }

    fn invite_with(&self, target: Uri, more: &[(Name, String)], sdp: &str) -> Request {
        let mut request = Request::new(Method::Invite, target);
        self.sign(&mut request);
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, format!("\"Ben\" <sip:ben@b.example>;tag={}", self.tag));
        request.headers.push(name::TO, "<sip:anna@a.example>");
        request.headers.push(name::CALL_ID, Uuid::new_v4());
        request.headers.push(name::CSEQ, "1 INVITE");
        request.headers.push(name::CONTACT, format!("<sip:phone@{}>", self.address()));
        more.iter().for_each(|(name, value)| request.headers.push(name.clone(), value));
        request.set_body(&MediaType::parse("application/sdp").unwrap(), sdp.into());
        self.send(&request.to_bytes());
        request
    }

    /// CANCEL of `invite`, or the ACK of its failure.
    pub fn again(&self, invite: &Request, method: Method, to: Option<NameAddr>) {
        let mut request = Request::new(method.clone(), invite.uri().clone());
        for name in [name::VIA, name::MAX_FORWARDS, name::FROM, name::CALL_ID] {
            request.headers.copy(&name, &invite.headers);
        }
        request.headers.push(name::TO, to.unwrap_or_else(|| invite.headers.to().unwrap()));
        request.headers.push(name::CSEQ, format!("{} {method}", invite.cseq().unwrap().number));
        self.send(&request.to_bytes());
    }

    /// A request in the dialog that `answer` made of `invite`.
    pub fn within(&self, invite: &Request, answer: &Response, method: Method, number: u32) {
        let target = answer.headers.contacts().unwrap().first().unwrap().uri.clone();
        let mut request = Request::new(method.clone(), target);
        self.sign(&mut request);
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.copy(&name::FROM, &invite.headers);
        request.headers.copy(&name::TO, &answer.headers);
        request.headers.copy(&name::CALL_ID, &invite.headers);
        request.headers.push(name::CSEQ, format!("{number} {method}"));
        self.send(&request.to_bytes());
    }

    /// A request in the dialog of an INVITE of the engine's that was answered.
    pub fn back(&self, invite: &Request, method: Method, number: u32, body: Option<(&str, &str)>) {
        let mut request = self.in_dialog(invite, method, number);
        if let Some((kind, body)) = body {
            request.set_body(&MediaType::parse(kind).unwrap(), body.into());
        }
        self.send(&request.to_bytes());
    }

    /// Wants the engine to call `target` in the place of this phone.
    pub fn refer(&self, invite: &Request, number: u32, target: &str) {
        let mut request = self.in_dialog(invite, Method::Refer, number);
        request.headers.push(name::REFER_TO, format!("<{target}>"));
        self.send(&request.to_bytes());
    }

    fn in_dialog(&self, invite: &Request, method: Method, number: u32) -> Request {
        let target = invite.headers.contacts().unwrap().first().unwrap().uri.clone();
        let mut request = Request::new(method.clone(), target);
        self.sign(&mut request);
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, invite.headers.to().unwrap().with_tag(&self.tag));
        request.headers.push(name::TO, invite.headers.from().unwrap());
        request.headers.copy(&name::CALL_ID, &invite.headers);
        request.headers.push(name::CSEQ, format!("{number} {method}"));
        request.headers.push(name::CONTACT, format!("<sip:phone@{}>", self.address()));
        request
    }

    /// 407 of the own realm.
    pub fn challenge(&self, request: &Request) {
        let mut response = request.response(Status::PROXY_AUTHENTICATION_REQUIRED, Some(&self.tag));
        response.headers.push(name::PROXY_AUTHENTICATE, "Digest realm=\"a.example\", nonce=\"n1\", qop=\"auth\"");
        self.send(&response.to_bytes());
    }

    fn sign(&self, request: &mut Request) {
        let branch = Uuid::new_v4().simple();
        request.headers.push(name::VIA, format!("SIP/2.0/UDP {};branch=z9hG4bK{branch};rport", self.address()));
    }

    fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.engine.expect("the engine was heard")).unwrap();
    }
}
