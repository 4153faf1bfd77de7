//! Requests of ours that wait for their responses, and what becomes of them when a hop fails.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{AsyncContext as _, Context, Recipient};
use sip::dialog::Dialog;
use sip::invite::FORKS;
use sip::message::{Method, Request, Response, Status, Uri, name};
use sip::transaction::{ClientKey, Id, timers};
use sip::transport::{Flow, Hop, Protocol};

use super::Limits;
use super::journey::{Errand, Journey, branch};
use super::message::{Cause, FromTransport, Route, Send};
use super::resolve::Target;
use super::transport::SipTransport;

/// After a 2xx, how long others of a fork, and the same one again, are passed on (RFC 6026 timer M).
const ACCEPTED: Duration = timers::M;

/// Told once that there is no response, whatever happens to the transport.
struct Owner {
    recipient: Recipient<FromTransport>,
    reference: u64,
    settled: bool,
}

impl Owner {
    fn fail(&mut self, status: Status, cause: Cause) {
        if !std::mem::replace(&mut self.settled, true) {
            self.recipient.do_send(FromTransport::NoResponse { reference: self.reference, status, cause });
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.fail(Status::SERVICE_UNAVAILABLE, Cause::Restarted);
    }
}

struct Asked {
    owner: Owner,
    request: Box<Request>,
    route: Arc<Route>,
    /// Hops left.
    targets: VecDeque<Target>,
    /// One for each hop that was tried; the last is the one that counts.
    branches: Vec<(ClientKey, Hop)>,
    /// Something came from the last hop.
    answered: bool,
    cancelled: bool,
    /// Accepted: until when it is kept.
    until: Option<Instant>,
    /// Of the dialogs that were ended here: nobody is left who called.
    orphans: Vec<String>,
}

impl Asked {
    /// It is kept for what may still come, without what only another hop would need: what a dialog is made of is left.
    fn accept(&mut self, now: Instant) {
        self.until = Some(now + ACCEPTED);
        self.targets = VecDeque::new();
        let mut kept = Request::new(Method::Invite, self.request.uri().clone());
        for name in [name::FROM, name::CSEQ, name::CONTACT] {
            kept.headers.copy(&name, &self.request.headers);
        }
        *self.request = kept;
    }
}

impl Asked {
    /// What is said to a phone that answers nobody: the ACK, and the BYE where it answers for the first time (RFC 3261
    /// section 15), each with its next hop. Nothing, where too many have answered.
    fn last_words(&mut self, response: &Response, hop: Hop) -> Vec<(Box<Request>, Uri)> {
        let Ok(mut dialog) = Dialog::of_caller(&self.request, response) else { return Vec::new() };
        let tag = &dialog.id().remote_tag;
        let is_known = self.orphans.contains(tag);
        if !is_known && self.orphans.len() == FORKS {
            return Vec::new();
        }
        let next = kept_on(hop.protocol, dialog.next_hop().clone());
        let ack = dialog.ack(self.request.cseq().map_or(1, |cseq| cseq.number));
        let mut words = vec![(Box::new(ack), next.clone())];
        if !is_known {
            self.orphans.push(tag.clone());
            words.push((Box::new(dialog.request(Method::Bye)), next));
        }
        words
    }
}

/// `next`, reached by TLS where the call was.
fn kept_on(protocol: Protocol, next: Uri) -> Uri {
    match next {
        Uri::Sip(mut next) if protocol == Protocol::Tls && !next.secure => {
            next.set_param("transport", Some("tls"));
            next.into()
        }
        next @ (Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_)) => next,
    }
}

type Whose = (Recipient<FromTransport>, u64);

/// See the module.
#[derive(Default)]
pub(super) struct Pending {
    asked: HashMap<u64, Asked>,
    by_branch: HashMap<ClientKey, u64>,
    by_owner: HashMap<Whose, u64>,
    /// How many each has under way.
    shares: HashMap<Recipient<FromTransport>, usize>,
    last: u64,
}

impl Pending {
    /// Of the request in bytes, as it is without a Via.
    pub fn size_of(&self, id: u64) -> usize {
        self.asked.get(&id).map_or(0, |asked| asked.request.to_bytes().len())
    }

    fn insert(&mut self, send: Send) -> u64 {
        self.last += 1;
        let owner = Owner { recipient: send.owner.clone(), reference: send.reference, settled: false };
        let (request, route, targets, branches) = (send.request, send.route, VecDeque::new(), Vec::new());
        let asked = Asked {
            owner,
            request,
            route,
            targets,
            branches,
            answered: false,
            cancelled: false,
            until: None,
            orphans: Vec::new(),
        };
        self.asked.insert(self.last, asked);
        *self.shares.entry(send.owner.clone()).or_default() += 1;
        self.by_owner.insert((send.owner, send.reference), self.last);
        self.last
    }

    fn remove(&mut self, id: u64) -> Option<Asked> {
        let asked = self.asked.remove(&id)?;
        for (key, _) in &asked.branches {
            self.by_branch.remove(key);
        }
        if let Some(share) = self.shares.get_mut(&asked.owner.recipient) {
            *share = share.saturating_sub(1);
            if *share == 0 {
                self.shares.remove(&asked.owner.recipient);
            }
        }
        let whose = (asked.owner.recipient.clone(), asked.owner.reference);
        if self.by_owner.get(&whose) == Some(&id) {
            self.by_owner.remove(&whose);
        }
        Some(asked)
    }

    /// Whether `send` is within the room there is, and within its owner's share: what one call is made to send must leave
    /// the others theirs.
    fn admits(&self, send: &Send, limits: &Limits) -> bool {
        let own = self.shares.get(&send.owner).copied().unwrap_or_default();
        let share = match *send.request.method() == Method::Bye {
            true => limits.requests_per_owner,
            false => limits.requests_per_owner / 4 * 3,
        };
        self.asked.len() < limits.transactions && own < share
    }

    /// Forgets what was accepted long ago.
    pub fn sweep(&mut self, now: Instant) {
        let over = |(id, asked): (&u64, &Asked)| asked.until.filter(|until| *until <= now).map(|_| *id);
        let over: Vec<u64> = self.asked.iter().filter_map(over).collect();
        over.into_iter().for_each(|id| drop(self.remove(id)));
    }

    /// Requests that went by a connection that is gone, and of which nothing was heard.
    pub fn unanswered_over(&self, flow: Flow) -> Vec<ClientKey> {
        let lost = |asked: &Asked| {
            let (key, hop) = asked.branches.last()?;
            (hop.flow == flow && !asked.answered && asked.until.is_none()).then(|| key.clone())
        };
        self.asked.values().filter_map(lost).collect()
    }
}

impl SipTransport {
    pub(super) fn begin(&mut self, send: Send, ctx: &mut Context<SipTransport>) {
        if !self.pending.admits(&send, &self.setup.limits) {
            let (reference, status) = (send.reference, Status::SERVICE_UNAVAILABLE);
            return send.owner.do_send(FromTransport::NoResponse { reference, status, cause: Cause::Full });
        }
        let route = send.route.clone();
        let id = self.pending.insert(send);
        self.set_out(Errand::Request(id), route, ctx);
    }

    /// Sends a pending request to a hop; `targets` are left for when it fails.
    pub(super) fn launch(&mut self, id: u64, hop: Hop, targets: VecDeque<Target>, ctx: &mut Context<SipTransport>) {
        let Some(asked) = self.pending.asked.get_mut(&id) else { return };
        if asked.cancelled {
            return self.fail(id, Cause::Cancelled, ctx);
        }
        asked.targets = targets;
        asked.answered = false;
        let sent = self.ways.sent_by(&hop).map_err(|_| Cause::Unreachable).and_then(|sent_by| {
            let (now, request) = (Instant::now(), (*asked.request).clone());
            self.endpoint.send(now, request, hop, &sent_by, &branch()).map_err(|_| Cause::Full)
        });
        match sent {
            Ok(key) => {
                asked.branches.push((key.clone(), hop));
                let tried = asked.branches.len();
                if !asked.targets.is_empty() {
                    let wait = self.setup.limits.hop;
                    ctx.run_later(wait, move |transport, ctx| transport.on_silence(id, tried, ctx));
                }
                self.pending.by_branch.insert(key, id);
                self.drain(ctx);
            }
            Err(cause) => self.fail_over(id, cause, ctx),
        }
    }

    /// A hop has said nothing while there are others.
    fn on_silence(&mut self, id: u64, tried: usize, ctx: &mut Context<SipTransport>) {
        let Some(asked) = self.pending.asked.get(&id) else { return };
        if !asked.answered && asked.branches.len() == tried {
            self.fail_over(id, Cause::Timeout, ctx);
        }
    }

    /// To the next hop, if there is one and the request is still wanted (RFC 3263 section 4.3).
    fn fail_over(&mut self, id: u64, cause: Cause, ctx: &mut Context<SipTransport>) {
        let Some(asked) = self.pending.asked.get_mut(&id) else { return };
        let targets = std::mem::take(&mut asked.targets);
        let (route, last) = (asked.route.clone(), asked.branches.last().map(|(_, hop)| *hop));
        let is_over = targets.is_empty() || asked.cancelled;
        if let Some(hop) = last {
            self.bury(hop.protocol, hop.address);
        }
        match is_over {
            true => self.fail(id, cause, ctx),
            false => self.go(Journey { errand: Errand::Request(id), route, targets, cause }, ctx),
        }
    }

    /// There will be no response.
    pub(super) fn fail(&mut self, id: u64, cause: Cause, _: &mut Context<SipTransport>) {
        let Some(mut asked) = self.pending.remove(id) else { return };
        let status = match cause {
            Cause::Timeout => Status::REQUEST_TIMEOUT,
            Cause::Cancelled => Status::REQUEST_TERMINATED,
            Cause::Unreachable
            | Cause::Tls(_)
            | Cause::NoName
            | Cause::Forbidden
            | Cause::NotSip
            | Cause::Full
            | Cause::Restarted => Status::SERVICE_UNAVAILABLE,
        };
        asked.owner.fail(status, cause);
    }

    pub(super) fn cancel(&mut self, whose: Whose, ctx: &mut Context<SipTransport>) {
        let Some(id) = self.pending.by_owner.get(&whose).copied() else { return };
        let Some(asked) = self.pending.asked.get_mut(&id) else { return };
        asked.cancelled = true;
        if asked.branches.is_empty() {
            return self.fail(id, Cause::Cancelled, ctx);
        }
        // Where nothing came yet, `on_response` does it.
        for (key, _) in &asked.branches {
            self.endpoint.cancel(Instant::now(), key);
        }
        self.drain(ctx);
    }

    /// A response; one of a hop that was given up counts if it accepts.
    pub(super) fn on_response(&mut self, key: &ClientKey, response: Box<Response>, ctx: &mut Context<SipTransport>) {
        let Some(id) = self.pending.by_branch.get(key).copied() else { return };
        let Some(asked) = self.pending.asked.get_mut(&id) else { return };
        let Some((_, hop)) = asked.branches.iter().find(|(own, _)| own == key).cloned() else { return };
        let is_last = asked.branches.last().is_some_and(|(own, _)| own == key);
        let (status, is_invite) = (response.status(), *asked.request.method() == Method::Invite);
        asked.answered |= is_last;
        if asked.cancelled && status.is_provisional() {
            self.endpoint.cancel(Instant::now(), key);
        }
        if !is_last && !status.is_success() {
            return;
        }
        if status == Status::SERVICE_UNAVAILABLE && !asked.targets.is_empty() {
            return self.fail_over(id, Cause::Unreachable, ctx);
        }
        let reference = asked.owner.reference;
        let is_orphan = is_invite && status.is_success() && !asked.owner.recipient.connected();
        let last_words = if is_orphan { asked.last_words(&response, hop) } else { Vec::new() };
        let (owner, route) = (asked.owner.recipient.clone(), asked.route.clone());
        asked.owner.recipient.do_send(FromTransport::Response { reference, response, hop });
        if status.is_final() {
            asked.owner.settled = true;
            match is_invite && status.is_success() {
                true => asked.accept(Instant::now()),
                false => drop(self.pending.remove(id)),
            }
        }
        for (request, next) in last_words {
            let route = Arc::new(Route { next, over: None, ..(*route).clone() });
            if *request.method() == Method::Ack {
                self.set_out(Errand::Ack(request), route, ctx);
            } else {
                // Its response is for nobody either.
                self.begin(Send { owner: owner.clone(), reference: u64::MAX, request, route }, ctx);
            }
        }
    }

    /// A request did not arrive, the network says. Where something came from that hop already, it knows better.
    pub(super) fn undelivered(&mut self, key: &ClientKey, ctx: &mut Context<SipTransport>) {
        let asked = self.pending.by_branch.get(key).and_then(|id| self.pending.asked.get(id));
        let Some(asked) = asked.filter(|asked| !asked.answered) else { return };
        if asked.branches.last().is_some_and(|(own, _)| own == key) {
            self.setup.counters.sip_failures.inc();
            self.endpoint.transport_failed(Instant::now(), &Id::Client(key.clone()));
            self.drain(ctx);
        }
    }

    /// A transaction ended without a final response.
    pub(super) fn on_no_response(&mut self, key: &ClientKey, status: Status, ctx: &mut Context<SipTransport>) {
        let Some(id) = self.pending.by_branch.get(key).copied() else { return };
        let Some(asked) = self.pending.asked.get(&id) else { return };
        let is_last = asked.branches.last().is_some_and(|(own, _)| own == key);
        if is_last && asked.until.is_none() {
            let timeout = status == Status::REQUEST_TIMEOUT;
            self.fail_over(id, if timeout { Cause::Timeout } else { Cause::Unreachable }, ctx);
        }
    }

    /// Tells the transactions that went by a connection that is gone.
    pub(super) fn fail_over_lost(&mut self, flow: Flow, ctx: &mut Context<SipTransport>) {
        for key in self.pending.unanswered_over(flow) {
            self.endpoint.transport_failed(Instant::now(), &Id::Client(key));
        }
        self.drain(ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_call_goes_by_tls_where_the_call_did() {
        let kept = |protocol, next: &str| kept_on(protocol, Uri::parse(next).unwrap()).to_string();
        assert_eq!(kept(Protocol::Tls, "sip:b@h"), "sip:b@h;transport=tls");
        assert_eq!(kept(Protocol::Tls, "sip:b@h;transport=udp"), "sip:b@h;transport=tls");
        assert_eq!(kept(Protocol::Tls, "sips:b@h"), "sips:b@h");
        assert_eq!(kept(Protocol::Udp, "sip:b@h"), "sip:b@h");
    }
}
