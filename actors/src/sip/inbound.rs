//! What the network asks of the connector: requests find their call, those that begin something their upstream, and the
//! rest an answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Handler, Recipient};
use gateway::sip::{Input, SipInput};
use sip::dialog::DialogId;
use sip::message::{Method, Replaces, Request, Response, Status, name, stateless_tag};
use sip::summary::Summary;
use sip::transaction::ServerKey;
use sip::transport::Hop;

use super::connector::SipConnector;
use super::io::{Incoming, ToCall};
use super::listen::{EXTENSIONS, METHODS};
use super::roster::{Member, Seat};
use super::start_incoming;
use super::transport::{Dismiss, FromNetwork};
use super::upstream::Mailbox;
use crate::exchange::Exchange;

/// When a caller may try an engine that ends once more, in seconds.
const RETRY_AFTER_S: u32 = 30;

/// How often calls for nobody are told of: strangers who try numbers must not fill the log.
const STRAYS: Duration = Duration::from_secs(60);

/// Calls for nobody.
#[derive(Default)]
pub struct Strays {
    untold: u64,
    told: Option<Instant>,
}

impl Strays {
    /// One more: how many there were since the last time, if it is time to tell.
    pub fn tell(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        let is_due = self.told.is_none_or(|told| now.saturating_duration_since(told) >= STRAYS);
        is_due.then(|| {
            self.told = Some(now);
            std::mem::take(&mut self.untold)
        })
    }
}

impl Handler<FromNetwork> for SipConnector {
    type Result = ();

    fn handle(&mut self, told: FromNetwork, _: &mut Self::Context) {
        let Some(exchange) = self.exchange().cloned() else { return };
        let dispatch = &exchange.sip.dispatch;
        match told {
            FromNetwork::Request { key, request, source, .. } => self.request(&exchange, key, request, source),
            FromNetwork::Cancel { key, request, invite } => match dispatch.of_invite(&invite) {
                Some(call) => tell(&call, SipInput::Cancel { key, request, invite }, None),
                None => respond(&exchange, key, &request, Status::CALL_DOES_NOT_EXIST),
            },
            FromNetwork::Ack(request) => {
                let call = DialogId::of_request(&request).ok().and_then(|id| dispatch.of_dialog(&id));
                call.into_iter().for_each(|call| tell(&call, SipInput::Ack(request.clone()), None));
            }
            FromNetwork::ResponseLost(key) => {
                if let Some(call) = dispatch.of_invite(&key) {
                    tell(&call, SipInput::ResponseLost(key), None);
                }
            }
        }
    }
}

impl SipConnector {
    fn request(&mut self, exchange: &Arc<Exchange>, key: ServerKey, request: Box<Request>, source: Hop) {
        let is_inside = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if is_inside {
            return in_dialog(exchange, key, request, source);
        }
        match request.method() {
            Method::Invite => self.invite(exchange, key, request, source),
            Method::Options => self.options(exchange, key, &request, source),
            Method::Notify => self.notify(exchange, key, &request, source),
            // They belong to a dialog, and name none.
            Method::Bye | Method::Info | Method::Prack | Method::Update | Method::Cancel => {
                respond(exchange, key, &request, Status::CALL_DOES_NOT_EXIST);
            }
            Method::Message | Method::Publish | Method::Refer | Method::Register | Method::Subscribe => {
                let mut response = answer(&request, Status::METHOD_NOT_ALLOWED);
                response.headers.push(name::ALLOW, allow());
                exchange.sip.send(Dismiss { key, response });
            }
            Method::Extension(_) => respond(exchange, key, &request, Status::NOT_IMPLEMENTED),
            Method::Ack => {}
        }
    }

    /// Somebody calls.
    fn invite(&mut self, exchange: &Arc<Exchange>, key: ServerKey, request: Box<Request>, source: Hop) {
        match request.headers.replaces() {
            Ok(None) => {}
            Ok(Some(replaces)) => return self.replace(exchange, key, request, &replaces, source),
            Err(_) => return respond(exchange, key, &request, Status::BAD_REQUEST),
        }
        // A guess gets the answer of a miss, whatever it guessed.
        let seats = self.roster.called(request.uri(), source);
        let Some(uplink) = seats.first().map(|seat| seat.uplink.clone()) else {
            if let Some(calls) = self.strays.tell(Instant::now()) {
                log::info!(source:% = source.address, target:% = request.uri(), calls; "a call for nobody");
            }
            return respond(exchange, key, &request, Status::NOT_FOUND);
        };
        if exchange.draining() {
            let mut response = answer(&request, Status::SERVICE_UNAVAILABLE);
            response.headers.push(name::RETRY_AFTER, RETRY_AFTER_S);
            return exchange.sip.send(Dismiss { key, response });
        }
        let members: Vec<Member> = seats.iter().flat_map(|seat| seat.members()).collect();
        let Some(record) = members.first().map(|member| member.record.clone()).filter(|_| uplink.is_known()) else {
            return respond(exchange, key, &request, Status::TEMPORARILY_UNAVAILABLE);
        };
        let accounts = members.into_iter().map(|member| member.ring).collect();
        let exchange = exchange.clone();
        let invite = key.clone();
        let from = source.address.ip();
        let call =
            start_incoming(Incoming { exchange: exchange.clone(), uplink, key, request, from, record, accounts });
        exchange.sip.dispatch.add_invite(&call.recipient(), &invite);
    }

    /// Somebody takes the place of a phone in a call of the account that is called (RFC 3891 section 3).
    fn replace(
        &self,
        exchange: &Exchange,
        key: ServerKey,
        mut request: Box<Request>,
        replaces: &Replaces,
        source: Hop,
    ) {
        let seats = self.roster.replaced(request.uri(), source);
        if seats.is_empty() {
            return respond(exchange, key, &request, Status::NOT_FOUND);
        }
        let is_called = |owner: &str| seats.iter().any(|seat| seat.uplink.token() == owner);
        let Some(call) = exchange.sip.dispatch.of_replaces(replaces, is_called) else {
            return respond(exchange, key, &request, Status::CALL_DOES_NOT_EXIST);
        };
        if !seats.iter().any(|seat| seat.uplink.trusts(source)) {
            request.headers.remove(&name::P_ASSERTED_IDENTITY);
        }
        exchange.sip.dispatch.add_invite(&call, &key);
        call.do_send(ToCall { input: Input::Replacing { key, request }, from: Some(source.address.ip()) });
    }

    /// Whether a call would find somebody (RFC 3261 section 11.2); an engine without a user is there.
    fn options(&self, exchange: &Exchange, key: ServerKey, request: &Request, source: Hop) {
        let seats = self.roster.called(request.uri(), source);
        let is_named = request.uri().user().is_some();
        let status = match seats.iter().any(|seat| !seat.members().is_empty()) {
            _ if exchange.draining() => Status::SERVICE_UNAVAILABLE,
            true => Status::OK,
            false if !is_named => Status::OK,
            false if seats.is_empty() => Status::NOT_FOUND,
            false => Status::TEMPORARILY_UNAVAILABLE,
        };
        let mut response = answer(request, status);
        if status == Status::OK {
            response.headers.push(name::ALLOW, allow());
            response.headers.push(name::ACCEPT, "application/sdp");
            response.headers.push(name::SUPPORTED, EXTENSIONS.join(", "));
        }
        exchange.sip.send(Dismiss { key, response });
    }

    /// Messages wait: many registrars say so unasked (RFC 3842 section 3).
    fn notify(&self, exchange: &Exchange, key: ServerKey, request: &Request, source: Hop) {
        let seats = self.roster.called(request.uri(), source);
        let status = match Summary::of_notify(request) {
            _ if seats.is_empty() => Status::CALL_DOES_NOT_EXIST,
            Ok(summary) => {
                seats
                    .iter()
                    .filter_map(|seat| Seat::actor(seat))
                    .for_each(|upstream| upstream.do_send(Mailbox(summary.clone())));
                Status::OK
            }
            Err(status) => status,
        };
        respond(exchange, key, request, status);
    }
}

fn in_dialog(exchange: &Exchange, key: ServerKey, request: Box<Request>, source: Hop) {
    let dispatch = &exchange.sip.dispatch;
    let Some(call) = DialogId::of_request(&request).ok().and_then(|id| dispatch.of_dialog(&id)) else {
        return respond(exchange, key, &request, Status::CALL_DOES_NOT_EXIST);
    };
    if *request.method() == Method::Invite {
        dispatch.add_invite(&call, &key);
    }
    tell(&call, SipInput::Request { key, request }, Some(source.address.ip()));
}

fn tell(call: &Recipient<ToCall>, input: SipInput, from: Option<IpAddr>) {
    call.do_send(ToCall { input: Input::Sip(input), from });
}

fn allow() -> String {
    METHODS.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A copy of the request gets the same.
fn answer(request: &Request, status: Status) -> Box<Response> {
    Box::new(request.response(status, Some(&stateless_tag(&request.headers))))
}

/// Who asks may be anybody: nothing is kept of it.
fn respond(exchange: &Exchange, key: ServerKey, request: &Request, status: Status) {
    exchange.sip.send(Dismiss { key, response: answer(request, status) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_for_nobody_are_counted_and_told_once_a_minute() {
        let (mut strays, now) = (Strays::default(), Instant::now());
        let told: Vec<u64> = (0..100_000).filter_map(|_| strays.tell(now)).collect();
        assert_eq!(told, [1]);
        assert_eq!((strays.tell(now + STRAYS), strays.tell(now + STRAYS)), (Some(100_000), None));
    }
}
