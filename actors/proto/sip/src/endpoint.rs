//! [`Endpoint`]: bytes on one side, admitted requests and responses on the other. It adds Via to what
//! goes out, answers by itself what needs no user, and leaves dialogs to whoever asks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::admission::Capabilities;
use crate::message::{COOKIE, Host, Incoming, Method, Refused, Request, Response, Status, Via, name};
use crate::message::{parse_datagram, stateless_tag};
use crate::transaction::{self, ClientKey, Full, Id, Layer, Room, ServerKey};
use crate::transport::{Hop, way_back};

/// What is to be done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send; if that fails, say so by [`Endpoint::transport_failed`].
    Send {
        /// For whom.
        id: Option<Id>,
        /// Where to.
        hop: Hop,
        /// What.
        bytes: Arc<[u8]>,
    },
    /// Tell the user.
    Event(Event),
}

/// What the user learns.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request that [may be acted on](Capabilities::admit). With a tag in To it belongs to a dialog; if there is
    /// no such, respond 481.
    Request {
        /// To respond by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
        /// Whence.
        source: Hop,
    },
    /// A CANCEL of an INVITE that is known; the usage answers both.
    Cancel {
        /// To respond by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
        /// The INVITE's.
        invite: ServerKey,
    },
    /// The ACK of a 2xx.
    Ack(Box<Request>),
    /// A response to a request of ours.
    Response {
        /// Whose.
        key: ClientKey,
        /// What.
        response: Box<Response>,
    },
    /// No response: 408, or it could not be sent: 503.
    NoResponse {
        /// Whose.
        key: ClientKey,
        /// Which.
        status: Status,
    },
    /// Our final response was not acknowledged, or could not be sent.
    ResponseLost(ServerKey),
}

/// See the module.
#[derive(Debug)]
pub struct Endpoint {
    layer: Layer,
    capabilities: Capabilities,
    outputs: VecDeque<Output>,
}

impl Endpoint {
    /// Without transactions.
    pub fn new(capabilities: Capabilities, room: impl Into<Room>) -> Endpoint {
        Endpoint { layer: Layer::new(room), capabilities, outputs: VecDeque::new() }
    }

    /// A datagram came.
    pub fn receive_datagram(&mut self, now: Instant, bytes: &[u8], source: Hop) {
        self.receive(now, parse_datagram(bytes), source);
    }

    /// What [`parse_datagram`] or a [`StreamParser`](crate::message::StreamParser) gave.
    pub fn receive(&mut self, now: Instant, read: Result<Incoming, Refused>, source: Hop) {
        match read {
            Ok(Incoming::Message(message)) => self.layer.receive(now, *message, source),
            // A keep-alive of two bytes for one of four: it cannot amplify.
            Ok(Incoming::Ping) => self.push(None, source, b"\r\n".as_slice().into()),
            Ok(Incoming::Pong) => {}
            Err(Refused { reply: Some(reply), .. }) => {
                let hop = reply.headers.via().map_or(source, |via| way_back(&via, source));
                self.push(None, hop, reply.to_bytes().into());
            }
            Err(Refused { reply: None, .. }) => {}
        }
        self.drain(now);
    }

    /// Sends a request to `hop` with a Via of `sent_by` (RFC 3261 section 18.1.1). `branch`: unguessable, new each time.
    ///
    /// Errors: [`Full`].
    pub fn send(
        &mut self,
        now: Instant,
        mut request: Request,
        hop: Hop,
        sent_by: &SentBy,
        branch: &str,
    ) -> Result<ClientKey, Full> {
        sent_by.sign(&mut request, hop, branch);
        let key = self.layer.send(now, request, hop);
        self.drain(now);
        key
    }

    /// Sends the ACK of a 2xx.
    pub fn send_ack(&mut self, now: Instant, mut ack: Request, hop: Hop, sent_by: &SentBy, branch: &str) {
        sent_by.sign(&mut ack, hop, branch);
        self.layer.send_ack(&ack, hop);
        self.drain(now);
    }

    /// Cancels an INVITE of ours; `false`: it cannot be any more, or not yet.
    pub fn cancel(&mut self, now: Instant, key: &ClientKey) -> bool {
        let cancelled = self.layer.cancel(now, key);
        self.drain(now);
        cancelled
    }

    /// Answers a request.
    pub fn respond(&mut self, now: Instant, key: &ServerKey, response: &Response) {
        self.layer.respond(now, key, response);
        self.drain(now);
    }

    /// Answers a request and keeps nothing of it: see [`Layer::dismiss`].
    pub fn dismiss(&mut self, now: Instant, key: &ServerKey, response: &Response) {
        self.layer.dismiss(now, key, response);
        self.drain(now);
    }

    /// The transaction that `request` belongs to; for a CANCEL, the one it is about.
    pub fn transaction_of(&self, request: &Request) -> Option<ServerKey> {
        self.layer.transaction_of(request)
    }

    /// The request of ours that `response` answers, while its transaction is there.
    pub fn asked_by(&self, response: &Response) -> Option<ClientKey> {
        self.layer.asked_by(response)
    }

    /// What `id` sent could not be sent.
    pub fn transport_failed(&mut self, now: Instant, id: &Id) {
        self.layer.transport_failed(id);
        self.drain(now);
    }

    /// It is `now`.
    pub fn wake(&mut self, now: Instant) {
        self.layer.wake(now);
        self.drain(now);
    }

    /// When to be woken.
    pub fn next_wake(&self) -> Option<Instant> {
        self.layer.next_wake()
    }

    /// How many transactions there are.
    pub fn transactions(&self) -> usize {
        self.layer.len()
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn push(&mut self, id: Option<Id>, hop: Hop, bytes: Arc<[u8]>) {
        self.outputs.push_back(Output::Send { id, hop, bytes });
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.layer.poll() {
            match output {
                transaction::Output::Send { id, hop, bytes } => self.push(id, hop, bytes),
                transaction::Output::Event(event) => {
                    if let Some(event) = self.on_event(now, event) {
                        self.outputs.push_back(Output::Event(event));
                    }
                }
            }
        }
    }

    fn on_event(&mut self, now: Instant, event: transaction::Event) -> Option<Event> {
        match event {
            transaction::Event::Request { key, request, cancels, source } => {
                self.on_request(now, key, request, cancels, source)
            }
            transaction::Event::Ack { request } => Some(Event::Ack(request)),
            transaction::Event::Response { key, response } => Some(Event::Response { key, response }),
            transaction::Event::Timeout(Id::Client(key)) => {
                Some(Event::NoResponse { key, status: Status::REQUEST_TIMEOUT })
            }
            transaction::Event::TransportFailed(Id::Client(key)) => {
                Some(Event::NoResponse { key, status: Status::SERVICE_UNAVAILABLE })
            }
            transaction::Event::Timeout(Id::Server(key)) | transaction::Event::TransportFailed(Id::Server(key)) => {
                Some(Event::ResponseLost(key))
            }
        }
    }

    fn on_request(
        &mut self,
        now: Instant,
        key: ServerKey,
        request: Box<Request>,
        cancels: Option<ServerKey>,
        source: Hop,
    ) -> Option<Event> {
        let tag = stateless_tag(&request.headers);
        if let Err(refusal) = self.capabilities.admit(&request, &tag) {
            self.layer.dismiss(now, &key, &refusal);
            return None;
        }
        match (request.method(), cancels) {
            (Method::Cancel, Some(invite)) => Some(Event::Cancel { key, request, invite }),
            (Method::Cancel, None) => {
                self.layer.dismiss(now, &key, &request.response(Status::CALL_DOES_NOT_EXIST, Some(&tag)));
                None
            }
            _ => Some(Event::Request { key, request, source }),
        }
    }
}

/// What our Via says of us.
#[derive(Clone, Debug)]
pub struct SentBy {
    /// Our address as the hop sees it, as far as we know.
    pub host: Host,
    /// Where we listen.
    pub port: Option<u16>,
}

impl SentBy {
    fn sign(&self, request: &mut Request, hop: Hop, branch: &str) {
        let branch = format!("{COOKIE}{branch}");
        let via = Via::new(hop.protocol.as_str(), self.host.clone(), self.port, &branch);
        request.headers.remove(&name::VIA);
        request.headers.push_front(name::VIA, via);
        if !request.headers.has(&name::MAX_FORWARDS) {
            request.headers.push(name::MAX_FORWARDS, 70);
        }
    }
}

#[cfg(test)]
mod tests;
