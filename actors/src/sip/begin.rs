//! How a call between a browser and a phone begins: dialled, or by an INVITE.

use std::time::Instant;

use actix::Addr;
use gateway::sip::{GCID_HEADER, SipCall as Core};
use signal::Gcid;
use signal::call::Start;
use sip::message::{Name, Uri};
use uuid::Uuid;

use super::Uplink;
use super::call::{SipCall, Terms};
use super::io::Incoming;
use crate::calls::Legs;

/// A browser calls `target`; `legs` holds its leg.
pub fn start_outgoing(start: Start, target: Uri, legs: Legs, uplink: Uplink, terms: Terms) -> Addr<SipCall> {
    let timing = legs.exchange().settings.timing;
    let core = Core::outgoing(Instant::now(), start, target, legs.gcid().clone(), uplink.line(), seed(), timing);
    SipCall::run(core, legs, uplink, terms, Vec::new(), None)
}

/// A phone calls.
pub fn start_incoming(call: Incoming) -> Addr<SipCall> {
    let Incoming { exchange, uplink, key, request, from, record, accounts } = call;
    let said = Name::parse(GCID_HEADER).and_then(|name| request.headers.text(&name));
    let said = said.as_deref().and_then(|text| Gcid::parse(text.trim()));
    // A stranger may say that of another call: its trace is not theirs to write on.
    let said = said.filter(|gcid| !exchange.trace.knows(gcid));
    let gcid = said.unwrap_or_else(|| Gcid::from(Uuid::new_v4()));
    let (line, timing) = (uplink.line(), exchange.settings.timing);
    log::info!(gcid:% = gcid, account = record.identifier.as_str(), target:% = request.uri(); "call start");
    let terms = Terms::of(&record, uplink.provider());
    let core = Core::incoming(Instant::now(), key, *request, gcid.clone(), line, seed(), timing);
    SipCall::run(core, Legs::new(exchange, gcid), uplink, terms, accounts, Some(from))
}

fn seed() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}
