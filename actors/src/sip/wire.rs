//! [`Wire`]: one call's way to the network.

use std::collections::HashMap;
use std::net::IpAddr;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Recipient};
use gateway::sip::{SipInput, SipOutput};
use sip::dialog::DialogId;
use sip::message::{Method, Response, name};

use super::Uplink;
use super::io::ToCall;
use super::standing::is_challenge;
use super::transport::{Cancel, FromTransport, Respond, Send, SendAck};
use super::uplink::Signed;
use super::way::OffTls;

/// Held by its call; when it is dropped, nothing reaches the call any more.
pub struct Wire {
    uplink: Uplink,
    call: Recipient<ToCall>,
    owner: Recipient<FromTransport>,
    /// Requests that may still be challenged.
    sent: HashMap<u64, Signed>,
    /// The host that the phone's signalling comes from.
    from: Option<IpAddr>,
}

impl Wire {
    /// Of `call`, which `from` began, if the network did.
    pub fn new<A>(uplink: Uplink, call: &Addr<A>, from: Option<IpAddr>) -> Wire
    where
        A: Actor + Handler<ToCall> + Handler<FromTransport>,
        A::Context: ToEnvelope<A, ToCall> + ToEnvelope<A, FromTransport>,
    {
        let (owner, call) = (call.clone().recipient(), call.clone().recipient());
        uplink.exchange().sip.dispatch.enter(&call, uplink.token());
        Wire { uplink, call, owner, sent: HashMap::new(), from }
    }

    /// The host that the phone's signalling comes from.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// A request of the phone came from this host, where that is told.
    pub fn heard_from(&mut self, from: Option<IpAddr>) {
        self.from = from.or(self.from);
    }

    /// The account's.
    pub fn uplink(&self) -> &Uplink {
        &self.uplink
    }

    /// Does what the core wants of the network: adds route and credentials.
    ///
    /// Errors: it is not sent, for its way is none that the account takes.
    pub fn perform(&mut self, output: SipOutput) -> Result<(), OffTls> {
        let sip = &self.uplink.exchange().sip;
        match output {
            SipOutput::Send { reference, request } => {
                let sent = self.uplink.sign(request)?;
                let (request, route) = (sent.request.clone(), sent.route.clone());
                self.sent.insert(reference, sent);
                sip.send(Send { owner: self.owner.clone(), reference, request, route });
            }
            SipOutput::Ack(mut request) => {
                let route = self.uplink.way_of(&mut request)?;
                sip.send(SendAck { request, route });
            }
            SipOutput::Cancel { reference } => {
                self.sent.remove(&reference);
                sip.send(Cancel { owner: self.owner.clone(), reference });
            }
            SipOutput::Respond { key, response } => sip.send(Respond { key, response }),
        }
        Ok(())
    }

    /// What the transport tells, as the core takes it.
    pub fn heard(&mut self, told: FromTransport) -> Option<SipInput> {
        match told {
            FromTransport::Response { reference, mut response, hop } => {
                self.from = Some(hop.address.ip());
                if !self.uplink.trusts(hop) {
                    // Asserted by nobody who may (RFC 3325 section 5).
                    response.headers.remove(&name::P_ASSERTED_IDENTITY);
                }
                let status = response.status();
                if status.is_final() && !is_challenge(status) && self.sent.remove(&reference).is_some() {
                    self.uplink.accepted();
                }
                Some(SipInput::Response { reference, response })
            }
            FromTransport::NoResponse { reference, status, .. } => {
                self.sent.remove(&reference);
                Some(SipInput::NoResponse { reference, status })
            }
            FromTransport::FlowLost { .. } => None,
        }
    }

    /// A 401 or 407 to the request `reference`: whether the account has credentials for it. They are in what is sent from
    /// now on.
    pub fn challenged(&mut self, reference: u64, response: &Response) -> bool {
        let Some(sent) = self.sent.remove(&reference) else { return false };
        let taken = self.uplink.challenged(&sent, response);
        if let Err(refusal) = &taken {
            log::info!(account = self.uplink.provider().identifier.as_str(); "a call was challenged: {refusal}");
        }
        taken.is_ok()
    }

    /// All dialogs whose requests belong to the call, in place of those told before.
    pub fn dialogs(&mut self, dialogs: Vec<DialogId>) {
        self.uplink.exchange().sip.dispatch.set_dialogs(&self.call, dialogs);
    }
}

/// A call that died leaves no phone ringing: its INVITEs are cancelled as soon as they may be. What is answered all the same
/// is ended by the transport.
impl Drop for Wire {
    fn drop(&mut self) {
        let sip = &self.uplink.exchange().sip;
        sip.dispatch.forget(&self.call);
        for (reference, _) in self.sent.drain().filter(|(_, sent)| *sent.request.method() == Method::Invite) {
            sip.send(Cancel { owner: self.owner.clone(), reference });
        }
    }
}
