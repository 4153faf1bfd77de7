//! Offers in the early dialogs of our INVITE: in a reliable 1xx and its PRACK (RFC 3262), in UPDATEs (RFC 3311).

use super::{Outgoing, OutgoingEvent, State};
use crate::dialog::{DialogId, Owed};
use crate::invite::action::{Action, describe};
use crate::invite::early_update::{self, EarlyUpdate, Taken};
use crate::message::{CSeq, Headers, Method, Request, Response, Status};
use crate::transaction::ServerKey;

impl Outgoing {
    /// Answers the offer of a reliable 1xx, in its PRACK.
    pub fn answer_early(&mut self, tag: &str, sdp: Vec<u8>) {
        let fork = self.forks.iter_mut().find(|fork| fork.dialog.id().remote_tag == tag);
        let Some((fork, mut prack)) = fork.and_then(|fork| fork.prack.take().map(|prack| (fork, prack))) else {
            return;
        };
        fork.negotiation.send();
        describe(&mut prack, Some(sdp));
        self.actions.push_back(Action::Send(Box::new(prack)));
    }

    /// A request in an early dialog: UPDATE; anything else has to wait.
    pub fn on_request(&mut self, key: ServerKey, request: &Request) {
        let id = DialogId::of_request(request).ok();
        let contact = self.invite.headers.contacts().ok().and_then(|contacts| contacts.first().cloned());
        let fork = self.forks.iter_mut().find(|fork| Some(fork.dialog.id()) == id.as_ref());
        let (Some(fork), Some(contact)) = (fork, contact) else {
            return self.respond(key, request.response(Status::CALL_DOES_NOT_EXIST, None));
        };
        if fork.dialog.receive(request).is_err() {
            return self.respond(key, request.response(Status::SERVER_INTERNAL_ERROR, None));
        }
        let is_open = fork.update.is_some() || fork.ack.is_some();
        match early_update::take(&mut fork.dialog, &mut fork.negotiation, request, is_open, &contact) {
            Taken::Respond(response) => self.respond(key, response),
            Taken::Offer(description) => {
                fork.update = Some(EarlyUpdate { key, request: request.clone() });
                let tag = fork.dialog.id().remote_tag.clone();
                self.tell(OutgoingEvent::EarlyOffer { tag, description });
            }
        }
    }

    /// Answers the offer of an UPDATE; `None` refuses it with 488.
    pub fn answer_update(&mut self, tag: &str, sdp: Option<Vec<u8>>) {
        let contact = self.invite.headers.contacts().ok().and_then(|contacts| contacts.first().cloned());
        let fork = self.forks.iter_mut().find(|fork| fork.dialog.id().remote_tag == tag);
        let (Some(fork), Some(contact)) = (fork, contact) else { return };
        if let Some((key, response)) = fork.answer_update(sdp, &contact) {
            self.respond(key, response);
        }
    }

    /// Offers anew by UPDATE in an early dialog, of a phone whose Allow names UPDATE. `false`: not now; no reliable response
    /// agreed on anything yet, or an offer is open. The answer comes as [`OutgoingEvent::Progress`] of a 2xx;
    /// refused, what was agreed before holds. A 2xx to the INVITE may overtake it: then offer anew in the session.
    pub fn update(&mut self, tag: &str, sdp: Vec<u8>) -> bool {
        let fork = self.forks.iter_mut().find(|fork| fork.dialog.id().remote_tag == tag);
        let Some(fork) = fork.filter(|_| self.state == State::Proceeding) else { return false };
        let update = early_update::offer(&mut fork.dialog, &mut fork.negotiation, &Headers::new(), sdp);
        let Some(update) = update else { return false };
        fork.updating = update.cseq().ok().map(|cseq| cseq.number);
        self.actions.push_back(Action::Send(Box::new(update)));
        true
    }

    pub(super) fn on_updated(&mut self, response: &Response) {
        let (id, status) = (DialogId::of_response(response).ok(), response.status());
        let fork = self.forks.iter_mut().find(|fork| Some(fork.dialog.id()) == id.as_ref());
        let Some(fork) = fork.filter(|_| status.is_final()) else { return };
        let of_this = |number| response.cseq() == Ok(CSeq { number, method: Method::Update });
        if fork.updating.take_if(|number| of_this(*number)).is_none() {
            return;
        }
        let answer = early_update::answered(&mut fork.dialog, &mut fork.negotiation, response);
        let tag = fork.dialog.id().remote_tag.clone();
        if self.state == State::Proceeding && answer.is_some() {
            self.tell(OutgoingEvent::Progress { tag, status, description: answer, owed: Owed::Nothing });
        }
    }

    /// Every early dialog that is left will never be answered.
    pub(super) fn refuse_updates(&mut self) {
        let tags: Vec<_> = self.forks.iter().map(|fork| fork.dialog.id().remote_tag.clone()).collect();
        tags.iter().for_each(|tag| self.answer_update(tag, None));
    }
}
