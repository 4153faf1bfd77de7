//! [`Layer`]: all transactions of an endpoint, found by key, woken in time, bounded in number.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::client::{Client, ClientOutput};
use super::invite_client::{InviteClient, cancel};
use super::invite_server::InviteServer;
use super::key::{ClientKey, ServerKey, merge_identity};
use super::room::{Place, Room, Taken};
use super::server::{Server, ServerOutput};
use crate::message::{Message, Method, Request, Response, Status, name};
use crate::transport::{Hop, network, way_back};

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    /// We asked.
    Client(ClientKey),
    /// We are asked.
    Server(ServerKey),
}

/// What the layer wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send; if that fails, say so by [`Layer::transport_failed`].
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

/// What the user of the layer learns.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request begins a transaction; it must be answered by [`Layer::respond`].
    Request {
        /// To answer by.
        key: ServerKey,
        /// Its Via says where it came from.
        request: Box<Request>,
        /// For a CANCEL: the INVITE it is about, if that has no final response yet.
        cancels: Option<ServerKey>,
        /// Whence.
        source: Hop,
    },
    /// The ACK of a 2xx.
    Ack {
        /// It belongs to a dialog, not to a transaction.
        request: Box<Request>,
    },
    /// A response to a request of ours; a 2xx of an INVITE may come several times.
    Response {
        /// To which.
        key: ClientKey,
        /// What.
        response: Box<Response>,
    },
    /// No answer in time; as a 408.
    Timeout(Id),
    /// Not sent; as a 503.
    TransportFailed(Id),
}

/// [`Layer`]s have room for so many transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room for another transaction")]
pub struct Full;

#[derive(Debug)]
enum Machine {
    InviteClient(InviteClient),
    Client(Client),
    InviteServer(InviteServer),
    Server(Server),
}

#[derive(Debug)]
struct Transaction {
    machine: Machine,
    hop: Hop,
    place: Place,
    /// Its entry in `wakes`.
    wake: Option<(Instant, u64)>,
    /// Its entry in `asked`.
    identity: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Layer {
    transactions: HashMap<Id, Transaction>,
    /// By time, then in the order of being scheduled.
    wakes: BTreeSet<(Instant, u64)>,
    woken: HashMap<u64, Id>,
    scheduled: u64,
    /// Requests outside of dialogs that are being acted on, whichever way they came.
    asked: HashSet<String>,
    room: Room,
    taken: Taken,
    outputs: VecDeque<Output>,
}

impl Layer {
    /// Without transactions.
    pub fn new(room: impl Into<Room>) -> Layer {
        Layer {
            transactions: HashMap::new(),
            wakes: BTreeSet::new(),
            woken: HashMap::new(),
            scheduled: 0,
            asked: HashSet::new(),
            room: room.into(),
            taken: Taken::default(),
            outputs: VecDeque::new(),
        }
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// Sends a request, with its Via, to `hop`. An ACK of a 2xx has no transaction: use [`Layer::send_ack`].
    ///
    /// Errors: [`Full`]; also for a request without a branch of RFC 3261.
    pub fn send(&mut self, now: Instant, request: Request, hop: Hop) -> Result<ClientKey, Full> {
        let key = ClientKey::of_request(&request).ok_or(Full)?;
        if !self.taken.admits(&self.room, Place::Ours) {
            return Err(Full);
        }
        let is_reliable = hop.protocol.is_reliable();
        let machine = match request.method() {
            Method::Invite => Machine::InviteClient(InviteClient::new(now, &request, is_reliable)),
            _ => Machine::Client(Client::new(now, &request, is_reliable)),
        };
        self.begin(Id::Client(key.clone()), machine, hop, Place::Ours);
        Ok(key)
    }

    /// Sends the ACK of a 2xx, once for each time the 2xx comes.
    pub fn send_ack(&mut self, ack: &Request, hop: Hop) {
        self.outputs.push_back(Output::Send { id: None, hop, bytes: ack.to_bytes().into() });
    }

    /// Answers a request. Nothing happens if its transaction is over.
    pub fn respond(&mut self, now: Instant, key: &ServerKey, response: &Response) {
        self.touch(&Id::Server(key.clone()), |machine| match machine {
            Machine::InviteServer(machine) => machine.respond(now, response),
            Machine::Server(machine) => machine.respond(now, response),
            Machine::InviteClient(_) | Machine::Client(_) => {}
        });
    }

    /// Answers a request and keeps nothing of it (RFC 3261 section 8.2.7): nothing is sent twice, and a copy of the request
    /// begins anew, so that the answer must be the same each time, its tag too. A client that was told to wait sends
    /// no copies: it is answered by [`Layer::respond`].
    pub fn dismiss(&mut self, now: Instant, key: &ServerKey, response: &Response) {
        let id = Id::Server(key.clone());
        let Some(transaction) = self.transactions.get(&id) else { return };
        if transaction.machine.has_responded() {
            return self.respond(now, key, response);
        }
        let hop = transaction.hop;
        self.end(&id);
        self.turn_away(response, hop);
    }

    /// The transaction that `request` belongs to; for a CANCEL, the one it is about.
    pub fn transaction_of(&self, request: &Request) -> Option<ServerKey> {
        let is_known = |key: &ServerKey| self.transactions.contains_key(&Id::Server(key.clone()));
        let own = ServerKey::of_request(request).filter(is_known);
        own.or_else(|| ServerKey::of_cancelled(request).filter(is_known))
    }

    /// The request of ours that `response` answers, while its transaction is there.
    pub fn asked_by(&self, response: &Response) -> Option<ClientKey> {
        ClientKey::of_response(response).filter(|key| self.transactions.contains_key(&Id::Client(key.clone())))
    }

    /// Cancels an INVITE of ours, over the way it went (RFC 3261 section 9.1). `false`: nothing came yet, or it is
    /// settled. The CANCEL has no room of its own, so that calls can end when there is none left.
    pub fn cancel(&mut self, now: Instant, key: &ClientKey) -> bool {
        let id = Id::Client(key.clone());
        let Some(transaction) = self.transactions.get(&id) else { return false };
        let (cancel, hop) = match &transaction.machine {
            Machine::InviteClient(machine) if machine.may_cancel() => (cancel(machine.request()), transaction.hop),
            Machine::InviteClient(_) | Machine::Client(_) | Machine::InviteServer(_) | Machine::Server(_) => {
                return false;
            }
        };
        let Some(key) = ClientKey::of_request(&cancel) else { return false };
        self.touch(&id, |machine| {
            if let Machine::InviteClient(machine) = machine {
                machine.on_cancelled(now);
            }
        });
        let machine = Machine::Client(Client::new(now, &cancel, hop.protocol.is_reliable()));
        self.begin(Id::Client(key), machine, hop, Place::Ours);
        true
    }

    /// A message came from `source`.
    pub fn receive(&mut self, now: Instant, message: Message, source: Hop) {
        match message {
            Message::Request(request) => self.receive_request(now, request, source),
            Message::Response(response) => self.receive_response(now, response),
        }
    }

    fn receive_response(&mut self, now: Instant, response: Response) {
        let Some(key) = ClientKey::of_response(&response) else { return };
        self.touch(&Id::Client(key), |machine| match machine {
            Machine::InviteClient(machine) => machine.on_response(now, response),
            Machine::Client(machine) => machine.on_response(now, response),
            Machine::InviteServer(_) | Machine::Server(_) => {}
        });
    }

    fn receive_request(&mut self, now: Instant, mut request: Request, source: Hop) {
        let Some(key) = ServerKey::of_request(&request) else { return };
        let id = Id::Server(key.clone());
        if self.transactions.contains_key(&id) {
            return self.touch(&id, |machine| match machine {
                Machine::InviteServer(machine) => machine.on_request(now, request),
                Machine::Server(machine) => machine.on_retransmission(),
                Machine::InviteClient(_) | Machine::Client(_) => {}
            });
        }
        let Some(hop) = note_source(&mut request, source) else { return };
        if *request.method() == Method::Ack {
            let request = Box::new(request);
            return self.outputs.push_back(Output::Event(Event::Ack { request }));
        }
        let place = place_of(&request, source);
        if !self.taken.admits(&self.room, place) {
            let mut busy = request.response(Status::SERVICE_UNAVAILABLE, Some("busy"));
            busy.headers.push(name::RETRY_AFTER, 10);
            return self.turn_away(&busy, hop);
        }
        let identity = merge_identity(&request);
        if identity.as_ref().is_some_and(|identity| self.asked.contains(identity)) {
            return self.turn_away(&request.response(Status::LOOP_DETECTED, Some("merged")), hop);
        }
        let is_reliable = source.protocol.is_reliable();
        let machine = match request.method() {
            Method::Invite => Machine::InviteServer(InviteServer::new(now, request.clone(), is_reliable)),
            _ => Machine::Server(Server::new(now, request.clone(), is_reliable)),
        };
        let cancels = ServerKey::of_cancelled(&request).filter(|key| self.may_be_cancelled(key));
        self.asked.extend(identity.clone());
        self.begin(id.clone(), machine, hop, place);
        if let Some(transaction) = self.transactions.get_mut(&id) {
            transaction.identity = identity;
        }
        self.outputs.push_back(Output::Event(Event::Request { key, request: Box::new(request), cancels, source }));
    }

    /// Without keeping anything of it.
    fn turn_away(&mut self, response: &Response, hop: Hop) {
        self.outputs.push_back(Output::Send { id: None, hop, bytes: response.to_bytes().into() });
    }

    fn may_be_cancelled(&self, key: &ServerKey) -> bool {
        match self.transactions.get(&Id::Server(key.clone())).map(|transaction| &transaction.machine) {
            Some(Machine::InviteServer(machine)) => machine.may_be_cancelled(),
            Some(Machine::InviteClient(_) | Machine::Client(_) | Machine::Server(_)) | None => false,
        }
    }

    /// What `id` sent could not be sent.
    pub fn transport_failed(&mut self, id: &Id) {
        self.touch(id, |machine| match machine {
            Machine::InviteClient(machine) => machine.on_transport_error(),
            Machine::Client(machine) => machine.on_transport_error(),
            Machine::InviteServer(machine) => machine.on_transport_error(),
            Machine::Server(machine) => machine.on_transport_error(),
        });
    }

    /// It is `now`: whatever is due happens.
    pub fn wake(&mut self, now: Instant) {
        while let Some(&(at, number)) = self.wakes.first().filter(|(at, _)| *at <= now) {
            self.wakes.remove(&(at, number));
            let Some(id) = self.woken.remove(&number) else { continue };
            self.touch(&id, |machine| machine.on_wake(now));
        }
    }

    /// When to call [`Layer::wake`].
    pub fn next_wake(&self) -> Option<Instant> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn begin(&mut self, id: Id, machine: Machine, hop: Hop, place: Place) {
        let begun = Transaction { machine, hop, place, wake: None, identity: None };
        self.taken.add(place);
        if let Some(old) = self.transactions.insert(id.clone(), begun) {
            self.taken.remove(old.place);
        }
        self.touch(&id, |_| {});
    }

    /// Forgets a transaction.
    fn end(&mut self, id: &Id) {
        let Some(over) = self.transactions.remove(id) else { return };
        self.taken.remove(over.place);
        if let Some(entry) = over.wake {
            self.wakes.remove(&entry);
            self.woken.remove(&entry.1);
        }
        if let Some(identity) = over.identity {
            self.asked.remove(&identity);
        }
    }

    /// Does something to a transaction, takes what it gives, and schedules or drops it.
    fn touch(&mut self, id: &Id, act: impl FnOnce(&mut Machine)) {
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        act(&mut transaction.machine);
        transaction.machine.drain(id, transaction.hop, &mut self.outputs);
        if transaction.machine.is_terminated() {
            return self.end(id);
        }
        let wake = transaction.machine.wake();
        let scheduled = transaction.wake.filter(|entry| self.wakes.contains(entry));
        if scheduled.map(|(at, _)| at) != wake {
            if let Some(entry) = scheduled {
                self.wakes.remove(&entry);
                self.woken.remove(&entry.1);
            }
            transaction.wake = wake.map(|at| {
                self.scheduled += 1;
                (at, self.scheduled)
            });
            if let Some(entry) = transaction.wake {
                self.wakes.insert(entry);
                self.woken.insert(entry.1, id.clone());
            }
        }
    }
}

/// Notes the source in the top Via and says where the response goes.
fn note_source(request: &mut Request, source: Hop) -> Option<Hop> {
    let mut vias = request.headers.vias().ok()?;
    let top = vias.first_mut()?;
    let hop = way_back(top, source);
    top.note_source(source.address);
    request.headers.remove(&name::VIA);
    for via in vias.into_iter().rev() {
        request.headers.push_front(name::VIA, via);
    }
    Some(hop)
}

/// Whose room `request` takes.
fn place_of(request: &Request, source: Hop) -> Place {
    let is_inside = request.headers.to().is_ok_and(|to| to.tag().is_some());
    match request.method() {
        Method::Cancel => Place::Inside,
        _ if is_inside => Place::Inside,
        _ => Place::Outside(network(source.address.ip())),
    }
}

impl Machine {
    fn has_responded(&self) -> bool {
        match self {
            Machine::InviteServer(machine) => machine.has_responded(),
            Machine::Server(machine) => machine.has_responded(),
            Machine::InviteClient(_) | Machine::Client(_) => false,
        }
    }

    fn on_wake(&mut self, now: Instant) {
        match self {
            Machine::InviteClient(machine) => machine.on_wake(now),
            Machine::Client(machine) => machine.on_wake(now),
            Machine::InviteServer(machine) => machine.on_wake(now),
            Machine::Server(machine) => machine.on_wake(now),
        }
    }

    fn wake(&self) -> Option<Instant> {
        match self {
            Machine::InviteClient(machine) => machine.wake(),
            Machine::Client(machine) => machine.wake(),
            Machine::InviteServer(machine) => machine.wake(),
            Machine::Server(machine) => machine.wake(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Machine::InviteClient(machine) => machine.is_terminated(),
            Machine::Client(machine) => machine.is_terminated(),
            Machine::InviteServer(machine) => machine.is_terminated(),
            Machine::Server(machine) => machine.is_terminated(),
        }
    }

    fn drain(&mut self, id: &Id, hop: Hop, outputs: &mut VecDeque<Output>) {
        loop {
            let output = match (&mut *self, id) {
                (Machine::InviteClient(machine), Id::Client(key)) => {
                    machine.poll().map(|output| of_client(key, hop, output))
                }
                (Machine::Client(machine), Id::Client(key)) => machine.poll().map(|output| of_client(key, hop, output)),
                (Machine::InviteServer(machine), _) => machine.poll().map(|output| of_server(id, hop, output)),
                (Machine::Server(machine), _) => machine.poll().map(|output| of_server(id, hop, output)),
                (Machine::InviteClient(_) | Machine::Client(_), Id::Server(_)) => None,
            };
            let Some(output) = output else { return };
            outputs.push_back(output);
        }
    }
}

fn of_client(key: &ClientKey, hop: Hop, output: ClientOutput) -> Output {
    let id = Id::Client(key.clone());
    match output {
        ClientOutput::Send(bytes) => Output::Send { id: Some(id), hop, bytes },
        ClientOutput::Response(response) => Output::Event(Event::Response { key: key.clone(), response }),
        ClientOutput::Timeout => Output::Event(Event::Timeout(id)),
        ClientOutput::TransportFailed => Output::Event(Event::TransportFailed(id)),
    }
}

fn of_server(id: &Id, hop: Hop, output: ServerOutput) -> Output {
    match output {
        ServerOutput::Send(bytes) => Output::Send { id: Some(id.clone()), hop, bytes },
        ServerOutput::Ack(request) => Output::Event(Event::Ack { request }),
        ServerOutput::Timeout => Output::Event(Event::Timeout(id.clone())),
        ServerOutput::TransportFailed => Output::Event(Event::TransportFailed(id.clone())),
    }
}

#[cfg(test)]
mod tests;
