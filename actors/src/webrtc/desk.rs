//! What an account knows of its clients and calls. It outlives the account actor:
//! a rebuilt one finds every call where it was.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use actix::Recipient;
use signal::{CallId, ClientId, Gcid};

use super::legs::FromLeg;
use crate::limits::ENDED_CALLS;
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
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// The clients that connected the account.
    pub clients: HashSet<ClientId>,
    /// Whether the connector has confirmed the account.
    pub registered: bool,
    /// The legs of running and ringing calls; see [`Desk::add`] and [`Desk::end`].
    legs: HashMap<CallId, Leg>,
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
        self.legs.insert(id, leg);
        self.count();
    }

    /// All legs.
    pub fn legs(&self) -> impl Iterator<Item = (CallId, &Leg)> {
        self.legs.iter().map(|(id, leg)| (*id, leg))
    }

    /// The leg `id`, whoever holds it.
    pub fn leg(&self, id: CallId) -> Option<&Leg> {
        self.legs.get(&id)
    }

    fn count(&mut self) {
        let calls = self.calls();
        self.budget.change(self.spent, calls);
        self.spent = calls;
    }

    /// Whether `id` was ever used as far back as is remembered.
    pub fn knows(&self, id: CallId) -> bool {
        self.legs.contains_key(&id) || self.ended(id)
    }

    /// Whether `id` is a leg that ended not long ago.
    pub fn ended(&self, id: CallId) -> bool {
        self.ended.contains(&id)
    }

    /// The leg of `client`, or of a call it may take over.
    pub fn leg_of(&self, id: CallId, client: ClientId) -> Option<&Leg> {
        self.legs.get(&id).filter(|leg| leg.client == client)
    }

    /// The newest leg of the call `gcid`.
    pub fn leg_in(&self, gcid: &Gcid) -> Option<(CallId, &Leg)> {
        self.legs.iter().find(|(_, leg)| leg.gcid == *gcid).map(|(id, leg)| (*id, leg))
    }

    /// Forgets a leg, but for its id.
    pub fn end(&mut self, id: CallId) {
        if self.legs.remove(&id).is_some() {
            if self.ended.len() == ENDED_CALLS {
                self.ended.pop_front();
            }
            self.ended.push_back(id);
            self.count();
        }
    }

    /// Calls that run or ring.
    pub fn calls(&self) -> usize {
        self.legs.values().map(|leg| &leg.gcid).collect::<HashSet<_>>().len()
    }
}

/// The account is gone: its calls no longer count.
impl Drop for Desk {
    fn drop(&mut self) {
        self.budget.change(self.spent, 0);
    }
}
