//! [`Dispatch`]: which call a request of the network belongs to.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::Recipient;
use sip::dialog::DialogId;
use sip::message::Replaces;
use sip::transaction::ServerKey;

use super::io::ToCall;

/// INVITEs of one call that may still be cancelled, or whose response may still be lost: the newest count.
const INVITES_PER_CALL: usize = 8;

type Call = Recipient<ToCall>;

/// Shared by the connector and all calls; outlives each of them.
#[derive(Clone, Default)]
pub struct Dispatch(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    dialogs: HashMap<DialogId, Call>,
    invites: HashMap<ServerKey, Call>,
    calls: HashMap<Call, Known>,
}

/// The entries of one call.
#[derive(Default)]
struct Known {
    /// The upstream it runs over.
    owner: String,
    dialogs: Vec<DialogId>,
    invites: VecDeque<ServerKey>,
}

impl Dispatch {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `call` begins, over the upstream `owner`. What is told of a call before this, or after [`Dispatch::forget`], is
    /// nothing: it may end while it is handed a request.
    pub fn enter(&self, call: &Call, owner: &str) {
        let known = Known { owner: owner.to_owned(), ..Known::default() };
        self.table().calls.insert(call.clone(), known);
    }

    /// All dialogs of `call`, in place of those known before.
    pub fn set_dialogs(&self, call: &Call, dialogs: Vec<DialogId>) {
        let table = &mut *self.table();
        let Some(known) = table.calls.get_mut(call) else { return };
        let old = std::mem::replace(&mut known.dialogs, dialogs.clone());
        old.iter().for_each(|id| drop_of(&mut table.dialogs, id, call));
        table.dialogs.extend(dialogs.into_iter().map(|id| (id, call.clone())));
    }

    /// `call` was handed the INVITE `key`.
    pub fn add_invite(&self, call: &Call, key: &ServerKey) {
        let table = &mut *self.table();
        let Some(known) = table.calls.get_mut(call) else { return };
        known.invites.push_back(key.clone());
        if known.invites.len() > INVITES_PER_CALL
            && let Some(old) = known.invites.pop_front()
        {
            drop_of(&mut table.invites, &old, call);
        }
        table.invites.insert(key.clone(), call.clone());
    }

    /// The call is over: nothing of it is left.
    pub fn forget(&self, call: &Call) {
        let table = &mut *self.table();
        let Some(known) = table.calls.remove(call) else { return };
        known.dialogs.iter().for_each(|id| drop_of(&mut table.dialogs, id, call));
        known.invites.iter().for_each(|key| drop_of(&mut table.invites, key, call));
    }

    /// Whose dialog it is.
    pub fn of_dialog(&self, id: &DialogId) -> Option<Call> {
        self.table().dialogs.get(id).filter(|call| call.connected()).cloned()
    }

    /// Who was handed the INVITE.
    pub fn of_invite(&self, key: &ServerKey) -> Option<Call> {
        self.table().invites.get(key).filter(|call| call.connected()).cloned()
    }

    /// Whose dialog a Replaces header means, among the calls of those who are called (RFC 3891 section 3).
    pub fn of_replaces(&self, replaces: &Replaces, is_called: impl Fn(&str) -> bool) -> Option<Call> {
        let Replaces { call_id, to_tag, from_tag, .. } = replaces;
        let named = |remote: &str| DialogId {
            call_id: call_id.clone(),
            local_tag: to_tag.clone(),
            remote_tag: remote.to_owned(),
        };
        let found = self.of_dialog(&named(from_tag));
        // A tag 0 also stands for none, as of RFC 2543.
        let found = found.or_else(|| (from_tag == "0").then(|| self.of_dialog(&named("")))?)?;
        self.table().calls.get(&found).is_some_and(|known| is_called(&known.owner)).then_some(found)
    }
}

/// Another call may have taken the entry over.
fn drop_of<K: Hash + Eq>(map: &mut HashMap<K, Call>, key: &K, call: &Call) {
    if map.get(key) == Some(call) {
        map.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use actix::{Actor, Context, Handler, System};

    use super::*;

    struct Sink;

    impl Actor for Sink {
        type Context = Context<Sink>;
    }

    impl Handler<ToCall> for Sink {
        type Result = ();

        fn handle(&mut self, _: ToCall, _: &mut Self::Context) {}
    }

    fn id(tag: &str) -> DialogId {
        DialogId { call_id: "c".into(), local_tag: "own".into(), remote_tag: tag.into() }
    }

    fn key(branch: usize) -> ServerKey {
        let method = sip::message::Method::Invite;
        ServerKey::Branch { branch: branch.to_string(), sent_by: "h:5060".into(), method }
    }

    #[test]
    fn what_a_call_told_last_counts_and_goes_with_it() {
        System::new().block_on(async {
            let (one, two) = (Sink.start().recipient(), Sink.start().recipient());
            let dispatch = Dispatch::default();
            dispatch.enter(&one, "upstream");
            dispatch.enter(&two, "other");
            dispatch.set_dialogs(&one, vec![id("a"), id("b")]);
            dispatch.set_dialogs(&two, vec![id("c")]);
            dispatch.set_dialogs(&one, vec![id("b"), id("")]);
            let found = |tag| dispatch.of_dialog(&id(tag));
            assert_eq!((found("a"), found("b"), found("c")), (None, Some(one.clone()), Some(two.clone())));
            let replaces = Replaces::parse("c;to-tag=own;from-tag=0").unwrap();
            let replaced = |of: &str| dispatch.of_replaces(&replaces, |owner| owner == of);
            assert_eq!((replaced("upstream"), replaced("other")), (Some(one.clone()), None));
            dispatch.forget(&one);
            assert_eq!((dispatch.of_dialog(&id("b")), dispatch.of_dialog(&id("c"))), (None, Some(two)));
        });
    }

    #[test]
    fn the_newest_invites_of_a_call_are_known() {
        System::new().block_on(async {
            let (one, dispatch) = (Sink.start().recipient(), Dispatch::default());
            dispatch.enter(&one, "upstream");
            (0..=INVITES_PER_CALL).for_each(|branch| dispatch.add_invite(&one, &key(branch)));
            assert_eq!((dispatch.of_invite(&key(0)), dispatch.of_invite(&key(1))), (None, Some(one.clone())));
            dispatch.forget(&one);
            assert_eq!(dispatch.of_invite(&key(1)), None);
        });
    }
    #[test]
    fn a_request_that_crosses_the_end_of_its_call_leaves_nothing_behind() {
        System::new().block_on(async {
            let (one, two) = (Sink.start().recipient(), Sink.start().recipient());
            let dispatch = Dispatch::default();
            dispatch.enter(&one, "upstream");
            dispatch.set_dialogs(&one, vec![id("a")]);
            dispatch.enter(&two, "upstream");
            dispatch.set_dialogs(&two, vec![id("a")]);
            dispatch.forget(&one);
            dispatch.add_invite(&one, &key(0));
            dispatch.set_dialogs(&one, vec![id("b")]);
            assert_eq!((dispatch.of_dialog(&id("a")), dispatch.of_invite(&key(0))), (Some(two.clone()), None));
            dispatch.forget(&two);
            let table = dispatch.table();
            assert_eq!((table.calls.len(), table.dialogs.len(), table.invites.len()), (0, 0, 0));
        });
    }
}
