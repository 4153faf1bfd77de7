//! One dialog that an INVITE of ours made.

use crate::dialog::{Dialog, Negotiation, Owed};
use crate::invite::early_update::{self, EarlyUpdate};
use crate::message::{Method, NameAddr, RAck, Request, Response, name};
use crate::transaction::ServerKey;

/// Most reliable provisional responses of one dialog that are acknowledged. A phone that rings says so every minute
/// (RFC 3261 section 13.3.1.1); who says more would have us send as many PRACKs to whom it names.
const RELIABLE: u32 = 64;

/// Early, or ended as soon as it was answered.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub dialog: Dialog,
    pub negotiation: Negotiation,
    /// Of the last reliable provisional response.
    pub rseq: Option<u32>,
    reliable: u32,
    /// The PRACK of a 1xx that is an offer, until it is answered.
    pub prack: Option<Request>,
    pub update: Option<EarlyUpdate>,
    /// The number of our UPDATE under way.
    pub updating: Option<u32>,
    /// Sent again with each 2xx.
    pub ack: Option<Request>,
}

impl Fork {
    pub fn new(dialog: Dialog, negotiation: Negotiation) -> Fork {
        Fork { dialog, negotiation, rseq: None, reliable: 0, prack: None, update: None, updating: None, ack: None }
    }

    /// Answers the offer of an UPDATE, or refuses it.
    pub fn answer_update(&mut self, sdp: Option<Vec<u8>>, contact: &NameAddr) -> Option<(ServerKey, Response)> {
        let update = self.update.take()?;
        Some(early_update::answer_offer(&mut self.dialog, &mut self.negotiation, update, contact, sdp))
    }

    /// `None`: a repetition, out of order (RFC 3262 section 4), or one too many. Else the PRACK to send, and who owes what.
    ///
    /// An offer it is only "if the UAC sent an INVITE without an offer, in which case the first reliable provisional
    /// response will contain the offer" (section 5). Later descriptions repeat what was agreed on (RFC 6337 section 3.1.1).
    pub fn on_progress(&mut self, response: &Response, has_sdp: bool) -> Option<(Option<Request>, Owed)> {
        let Ok(Some(rseq)) = response.headers.rseq() else { return Some((None, Owed::Nothing)) };
        if !response.headers.requires("100rel") {
            return Some((None, Owed::Nothing));
        }
        if self.reliable == RELIABLE || self.rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
            return None;
        }
        (self.rseq, self.reliable) = (Some(rseq), self.reliable + 1);
        let mut prack = self.dialog.request(Method::Prack);
        prack.headers.push(name::RACK, RAck { rseq, cseq: response.cseq().ok()? });
        let is_offer = has_sdp && !self.negotiation.receive_answer() && !self.negotiation.has_agreed();
        if !is_offer || self.negotiation.receive_offer().is_err() {
            return Some((Some(prack), Owed::Nothing));
        }
        self.prack = Some(prack);
        Some((None, Owed::ByUs))
    }

    /// The description of a 2xx: an answer if we offered, nothing new if a reliable 1xx had it, else an offer.
    pub fn on_success(&mut self, has_sdp: bool) {
        if self.updating.take().is_some() {
            // Our UPDATE was overtaken by the answer to the call: what was agreed before holds.
            self.negotiation.refuse();
        }
        if has_sdp && !self.negotiation.receive_answer() && !self.negotiation.has_agreed() {
            // It was stable and nothing is agreed: this cannot be refused.
            let _ = self.negotiation.receive_offer();
        }
    }
}
