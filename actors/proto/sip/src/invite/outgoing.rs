//! [`Outgoing`]: an INVITE of ours and the dialogs it makes (RFC 3261 sections 13.2 and 9.1).
//!
//! ```text
//!  INVITE sent ► Calling ──1xx──► Proceeding ──2xx──► Answered  (first 2xx wins; each further dialog
//!    ▲             │ │                │ │                        gets ACK and BYE)
//!    │    ≥300     │ │ cancel:        │ │ cancel: CANCEL
//!    │    or time  V │ wait for 1xx   V V
//!    │           Failed            Cancelled ──2xx──► ACK and BYE
//!    └─ Challenged (401, 407), Redirected (3xx; ≥300 while targets of one are left), 422: the user goes on, or it fails
//! ```

mod early;
mod fork;

use std::collections::VecDeque;
use std::time::Instant;

use super::action::{Action, describe};
use super::redirect::TargetSet;
use crate::dialog::{Dialog, DialogId, Negotiation, Owed, SessionTimer, TimerPolicy};
use crate::message::{CSeq, Method, Request, Response, Status, Uri, description, name};
use crate::transaction::ServerKey;

use fork::Fork;

/// Most early dialogs of one INVITE; further ones are ignored. As many again may begin with a 2xx. What comes after that
/// gets nothing, not even a BYE: each names a host of its own, and whoever answers could have us call on any number of them.
pub const FORKS: usize = 16;

/// What the caller learns.
#[derive(Clone, Debug)]
pub enum OutgoingEvent {
    /// 180, 183 and the like.
    Progress {
        /// Which fork; empty if the response makes no dialog.
        tag: String,
        /// Such as 180.
        status: Status,
        /// An answer, or an early version of it; an offer if `owed` is by us. With a status of 2xx: the answer to an
        /// [UPDATE](Outgoing::update) of ours.
        description: Option<Vec<u8>>,
        /// By us: the 1xx is an offer, to be answered by [`Outgoing::answer_early`].
        owed: Owed,
    },
    /// An UPDATE offers anew before the call is answered: [`Outgoing::answer_update`].
    EarlyOffer {
        /// Which fork.
        tag: String,
        /// The offer.
        description: Vec<u8>,
    },
    /// Somebody answered.
    Answered(Box<Answered>),
    /// 401 or 407: [`Outgoing::again`] once the challenge is taken, or [`Outgoing::fail`].
    Challenged(Box<Response>),
    /// Somebody else may be called instead: [`Outgoing::redirect`].
    Redirected(Uri),
    /// It is over: refused, cancelled (487), not sent (503) or not answered (408).
    Failed {
        /// Why.
        status: Status,
        /// What came, if anything did.
        response: Option<Box<Response>>,
    },
}

/// The dialog that was made, for a [`Session`](super::Session).
#[derive(Clone, Debug)]
pub struct Answered {
    /// Confirmed.
    pub dialog: Dialog,
    /// By us owed: the 2xx is an offer, to be answered by [`Outgoing::acknowledge`].
    pub negotiation: Negotiation,
    /// Of the session.
    pub timer: SessionTimer,
    /// The session description of the 2xx.
    pub description: Option<Vec<u8>>,
    /// The 2xx.
    pub response: Response,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    /// A final response came, and the user is asked how to go on.
    Challenged,
    Redirected,
    Answered,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancelling {
    No,
    /// As soon as something came.
    Wanted,
    Sent,
}

/// See the module.
#[derive(Debug)]
pub struct Outgoing {
    invite: Request,
    state: State,
    cancelling: Cancelling,
    policy: Option<TimerPolicy>,
    timer: SessionTimer,
    targets: TargetSet,
    /// Why the last target did not answer, while another may be called.
    refusal: Option<(Status, Option<Box<Response>>)>,
    forks: Vec<Fork>,
    actions: VecDeque<Action<OutgoingEvent>>,
}

impl Outgoing {
    /// Sends `invite`: Request-URI, From with tag, To, Call-ID, CSeq, Contact, and an offer or none. `policy`: the session
    /// timer to ask for, if `invite` supports `timer`.
    pub fn new(invite: Request, policy: Option<TimerPolicy>) -> Outgoing {
        let targets = TargetSet::new(invite.uri().clone());
        let mut outgoing = Outgoing {
            invite,
            state: State::Calling,
            cancelling: Cancelling::No,
            policy,
            timer: SessionTimer::new(policy.unwrap_or_default()),
            targets,
            refusal: None,
            forks: Vec::new(),
            actions: VecDeque::new(),
        };
        outgoing.send();
        outgoing
    }

    fn send(&mut self) {
        if let Some(policy) = self.policy {
            self.timer.request(&mut self.invite, policy);
        }
        self.actions.push_back(Action::Send(Box::new(self.invite.clone())));
    }

    /// The same INVITE with the next CSeq, after a challenge.
    pub fn again(&mut self) {
        if self.state == State::Challenged {
            self.repeat();
        }
    }

    /// Calls `target` instead, which is what the user makes of [`OutgoingEvent::Redirected`]; `None`: it must not be
    /// called, and the next one is asked about.
    ///
    /// The same INVITE but for its Request-URI: "it is RECOMMENDED that the UAC reuse the same To, From, and Call-ID
    /// used in the original redirected request", with a CSeq "one higher than the previous" (RFC 3261 sections 8.1.3.4
    /// and 8.1.3.5).
    pub fn redirect(&mut self, target: Option<Uri>) {
        if self.state != State::Redirected {
            return;
        }
        match target.filter(|target| self.targets.take(target)) {
            Some(target) => {
                self.invite.set_uri(target);
                self.repeat();
            }
            None => {
                let (status, response) = self.refusal.take().unwrap_or((Status::TEMPORARILY_UNAVAILABLE, None));
                self.refused(status, response);
            }
        }
    }

    fn repeat(&mut self) {
        let Ok(CSeq { number, method }) = self.invite.cseq() else { return };
        self.invite.headers.set(name::CSEQ, CSeq { number: number + 1, method });
        self.refuse_updates();
        self.forks.clear();
        self.state = State::Calling;
        if self.cancelling != Cancelling::No {
            return self.fail(Status::REQUEST_TERMINATED, None);
        }
        self.send();
    }

    /// Gives up, such as when a challenge cannot be answered.
    pub fn fail(&mut self, status: Status, response: Option<Box<Response>>) {
        if self.state != State::Failed && self.state != State::Answered {
            self.state = State::Failed;
            self.refuse_updates();
            self.tell(OutgoingEvent::Failed { status, response });
        }
    }

    /// Takes the call back: CANCEL now or as soon as a provisional response came. A 2xx that crosses is ended.
    pub fn cancel(&mut self) {
        match (self.state, self.cancelling) {
            (State::Calling, Cancelling::No) => self.cancelling = Cancelling::Wanted,
            (State::Proceeding, Cancelling::No | Cancelling::Wanted) => {
                self.cancelling = Cancelling::Sent;
                self.actions.push_back(Action::Cancel);
            }
            (State::Challenged | State::Redirected, _) => self.fail(Status::REQUEST_TERMINATED, None),
            (State::Calling | State::Proceeding | State::Answered | State::Failed, _) => {}
        }
    }

    /// A response to the INVITE, or to an UPDATE. Those to PRACK and BYE need not come here.
    pub fn on_response(&mut self, now: Instant, response: Response) {
        let status = response.status();
        let of_this = response.cseq().is_ok_and(|cseq| Ok(cseq) == self.invite.cseq());
        match () {
            () if !of_this => self.on_updated(&response),
            () if status.is_provisional() => self.on_progress(response),
            () if status.is_success() => self.on_success(now, &response),
            () => self.on_failure(response),
        }
    }

    fn on_progress(&mut self, response: Response) {
        if !matches!(self.state, State::Calling | State::Proceeding) {
            return;
        }
        self.state = State::Proceeding;
        if self.cancelling == Cancelling::Wanted {
            self.cancel();
        }
        if response.status() == Status::TRYING {
            return;
        }
        let sdp = description(&response.headers, response.body()).map(<[u8]>::to_vec);
        let status = response.status();
        let has_tag = DialogId::of_response(&response).is_ok_and(|id| !id.remote_tag.is_empty());
        let Some(fork) = has_tag.then(|| self.fork(&response)).flatten() else {
            return self.tell(OutgoingEvent::Progress {
                tag: String::new(),
                status,
                description: sdp,
                owed: Owed::Nothing,
            });
        };
        let (tag, prack) = (fork.dialog.id().remote_tag.clone(), fork.on_progress(&response, sdp.is_some()));
        let Some((prack, owed)) = prack else { return };
        if let Some(prack) = prack {
            self.actions.push_back(Action::Send(Box::new(prack)));
        }
        self.tell(OutgoingEvent::Progress { tag, status, description: sdp, owed });
    }

    fn respond(&mut self, key: ServerKey, response: Response) {
        self.actions.push_back(Action::Respond { key, response: Box::new(response) });
    }

    fn on_success(&mut self, now: Instant, response: &Response) {
        self.refuse_updates();
        let is_wanted = matches!(self.state, State::Calling | State::Proceeding) && self.cancelling == Cancelling::No;
        let sdp = description(&response.headers, response.body()).map(<[u8]>::to_vec);
        let number = self.invite.cseq().map_or(1, |cseq| cseq.number);
        let Some(fork) = self.fork(response) else { return };
        if let Some(ack) = fork.ack.clone() {
            return self.actions.push_back(Action::Ack(Box::new(ack)));
        }
        if fork.prack.is_some() && fork.negotiation.owed() == Owed::ByUs && is_wanted {
            // The offer of the 1xx is answered by nobody any more: that of the 2xx takes its place.
            fork.negotiation.refuse();
        }
        fork.dialog.confirm(response);
        fork.on_success(sdp.is_some());
        let fork = fork.clone();
        if !is_wanted {
            return self.end_fork(&fork, number);
        }
        self.state = State::Answered;
        self.timer.accepted(now, response);
        let Fork { dialog, negotiation, .. } = fork;
        let owed = negotiation.owed();
        let (timer, response) = (self.timer.clone(), response.clone());
        if owed != Owed::ByUs {
            self.acknowledge_as(&dialog, number, None);
        }
        self.tell(OutgoingEvent::Answered(Box::new(Answered {
            dialog,
            negotiation,
            timer,
            description: sdp,
            response,
        })));
    }

    /// Answers the offer of the 2xx, in its ACK.
    pub fn acknowledge(&mut self, answered: &mut Answered, sdp: Vec<u8>) {
        if answered.negotiation.owed() == Owed::ByUs && answered.negotiation.send() {
            let number = self.invite.cseq().map_or(1, |cseq| cseq.number);
            self.acknowledge_as(&answered.dialog, number, Some(sdp));
        }
    }

    fn acknowledge_as(&mut self, dialog: &Dialog, number: u32, sdp: Option<Vec<u8>>) {
        let mut ack = dialog.ack(number);
        describe(&mut ack, sdp);
        if let Some(fork) = self.forks.iter_mut().find(|fork| fork.dialog.id() == dialog.id()) {
            fork.ack = Some(ack.clone());
        }
        self.actions.push_back(Action::Ack(Box::new(ack)));
    }

    /// A dialog nobody wants: acknowledged and ended (section 13.2.2.4).
    fn end_fork(&mut self, fork: &Fork, number: u32) {
        let mut dialog = fork.dialog.clone();
        self.acknowledge_as(&fork.dialog, number, None);
        self.actions.push_back(Action::Send(Box::new(dialog.request(Method::Bye))));
        if self.state != State::Answered {
            self.fail(Status::REQUEST_TERMINATED, None);
        }
    }

    fn on_failure(&mut self, response: Response) {
        if !matches!(self.state, State::Calling | State::Proceeding) {
            return;
        }
        let status = response.status();
        let is_challenge = matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        let has_timer = self.policy.is_some();
        if status == Status::SESSION_INTERVAL_TOO_SMALL && has_timer && self.timer.too_small(&response) {
            return self.repeat();
        }
        if is_challenge && self.cancelling == Cancelling::No {
            self.state = State::Challenged;
            return self.tell(OutgoingEvent::Challenged(Box::new(response)));
        }
        if (300..400).contains(&status.code()) {
            self.targets.add(&response);
        }
        self.refused(status, Some(Box::new(response)));
    }

    /// The INVITE's transaction timed out or its message could not be sent.
    pub fn on_no_response(&mut self, status: Status) {
        if matches!(self.state, State::Calling | State::Proceeding) {
            self.refused(status, None);
        }
    }

    /// The next target, unless nobody else is to be called: a 6xx speaks for all of them (section 21.6).
    fn refused(&mut self, status: Status, response: Option<Box<Response>>) {
        let goes_on = status.code() < 600 && self.cancelling == Cancelling::No;
        match goes_on.then(|| self.targets.next()).flatten() {
            Some(target) => {
                (self.state, self.refusal) = (State::Redirected, Some((status, response)));
                self.tell(OutgoingEvent::Redirected(target));
            }
            None => self.fail(status, response),
        }
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Action<OutgoingEvent>> {
        self.actions.pop_front()
    }

    fn tell(&mut self, event: OutgoingEvent) {
        self.actions.push_back(Action::Event(event));
    }

    /// The fork a response belongs to, made if it is new. `None`: there are too many, or it cannot be read.
    fn fork(&mut self, response: &Response) -> Option<&mut Fork> {
        let id = DialogId::of_response(response).ok()?;
        let most = if response.status().is_success() { 2 * FORKS } else { FORKS };
        let at = match self.forks.iter().position(|fork| *fork.dialog.id() == id) {
            Some(at) => at,
            None if self.forks.len() < most => {
                let dialog = Dialog::of_caller(&self.invite, response).ok()?;
                let mut negotiation = Negotiation::new();
                if description(&self.invite.headers, self.invite.body()).is_some() {
                    negotiation.send();
                }
                self.forks.push(Fork::new(dialog, negotiation));
                self.forks.len() - 1
            }
            None => return None,
        };
        self.forks.get_mut(at)
    }
}

#[cfg(test)]
mod tests;
