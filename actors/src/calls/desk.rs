//! What an account knows of its clients and calls. It outlives the account actor:
//! a rebuilt one finds every call where it was.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use actix::Recipient;
use signal::account::AccountState;
use signal::{CallId, ClientId, Code, Error, Gcid};

use super::FromLeg;
use crate::limits::{ENDED_CALLS, LEGS_PER_CALL};
use crate::session::Budget;

/// One leg: a dialog with one client.
#[derive(Clone)]
pub struct Leg {
    /// The client that holds it.
    pub client: ClientId,
    /// The call end to end.
    pub gcid: Gcid,
    /// The call actor.
    pub call: Recipient<FromLeg>,
    /// Another leg has taken its place.
    pub replaced: bool,
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// The clients that connected the account.
    pub clients: HashSet<ClientId>,
    /// How the account fares on its network; `None`: nobody has asked the network yet.
    pub state: Option<AccountState>,
    /// The legs of running and ringing calls; see [`Desk::add`] and [`Desk::end`].
    legs: Vec<(CallId, Leg)>,
    ended: VecDeque<CallId>,
    budget: Rc<Budget>,
    /// Its share of what the budget has spent.
    spent: usize,
}

impl Desk {
    /// A desk with no client, whose calls count against `budget`.
    pub fn new(budget: Rc<Budget>) -> Desk {
        let mut desk = Desk::default();
        desk.budget = budget;
        desk
    }

    /// A new leg.
    pub fn add(&mut self, id: CallId, leg: Leg) {
        self.legs.push((id, leg));
        self.sweep();
    }

    /// A leg that takes the place of `old`, whose client is still to hear that it ended.
    pub fn replace(&mut self, old: CallId, id: CallId, leg: Leg) {
        if let Some((_, replaced)) = self.legs.iter_mut().find(|(known, _)| *known == old) {
            replaced.replaced = true;
        }
        self.add(id, leg);
    }

    /// All legs, the oldest first.
    pub fn legs(&self) -> impl Iterator<Item = (CallId, &Leg)> {
        self.legs.iter().map(|(id, leg)| (*id, leg))
    }

    /// The leg `id`, whoever holds it.
    pub fn leg(&self, id: CallId) -> Option<&Leg> {
        self.legs().find(|(known, _)| *known == id).map(|(_, leg)| leg)
    }

    /// The leg `id` if `client` holds it.
    pub fn leg_of(&self, id: CallId, client: ClientId) -> Option<&Leg> {
        self.leg(id).filter(|leg| leg.client == client)
    }

    /// The newest leg of the call `gcid` that may be taken over.
    pub fn leg_in(&self, gcid: &Gcid) -> Option<(CallId, &Leg)> {
        self.legs().filter(|(_, leg)| leg.gcid == *gcid && !leg.replaced).last()
    }

    /// The leg a page that claims `gcid` means.
    ///
    /// Errors: `limitExceeded` where the call has had too many pages.
    pub fn claimed(&self, gcid: &Gcid) -> Result<Option<(CallId, Leg)>, Error> {
        if self.is_full(gcid) {
            return Err(Error::new(Code::LimitExceeded, format!("at most {LEGS_PER_CALL} pages of one call expected")));
        }
        Ok(self.leg_in(gcid).map(|(id, leg)| (id, leg.clone())))
    }

    /// Whether the call has as many legs as it may: none is forgotten before the call ends.
    pub fn is_full(&self, gcid: &Gcid) -> bool {
        self.legs().filter(|(_, leg)| leg.gcid == *gcid).count() >= LEGS_PER_CALL
    }

    /// Whether a call other than `call` has this `gcid` here.
    pub fn has_other(&self, gcid: &Gcid, call: &Recipient<FromLeg>) -> bool {
        self.legs().any(|(_, leg)| leg.gcid == *gcid && leg.call != *call)
    }

    /// The legs of a client.
    pub fn left_by(&self, client: ClientId) -> Vec<(CallId, Leg)> {
        let left = self.legs().filter(|(_, leg)| leg.client == client);
        left.map(|(id, leg)| (id, leg.clone())).collect()
    }

    /// Whether `id` was ever used as far back as is remembered.
    pub fn knows(&self, id: CallId) -> bool {
        self.leg(id).is_some() || self.ended(id)
    }

    /// Whether `id` is a leg that ended not long ago.
    pub fn ended(&self, id: CallId) -> bool {
        self.ended.contains(&id)
    }

    /// Forgets a leg, but for its id.
    pub fn end(&mut self, id: CallId) {
        let Some(at) = self.legs.iter().position(|(known, _)| *known == id) else { return };
        self.legs.remove(at);
        self.remember(id);
        self.sweep();
    }

    /// `id` was used, for a leg that is over.
    pub fn remember(&mut self, id: CallId) {
        if self.ended.len() == ENDED_CALLS {
            self.ended.pop_front();
        }
        self.ended.push_back(id);
    }

    /// Calls that run or ring.
    pub fn calls(&self) -> usize {
        self.legs.iter().map(|(_, leg)| &leg.gcid).collect::<HashSet<_>>().len()
    }

    /// Forgets legs whose call is gone without a word (a call that ended while this
    /// account was still being asked whom to ring), and counts what is left.
    fn sweep(&mut self) {
        let over: Vec<_> = self.legs().filter(|(_, leg)| !leg.call.connected()).map(|(id, _)| id).collect();
        self.legs.retain(|(_, leg)| leg.call.connected());
        over.into_iter().for_each(|id| self.remember(id));
        let calls = self.calls();
        self.budget.change(self.spent, calls);
        self.spent = calls;
    }
}

/// The account is gone: its calls no longer count.
impl Drop for Desk {
    fn drop(&mut self) {
        self.budget.change(self.spent, 0);
    }
}
