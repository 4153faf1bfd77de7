//! [`Roster`]: the upstreams there are, who uses them, and whom a request that begins something is for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::{Addr, Recipient};
use sip::message::Uri;
use sip::transport::Hop;
use uuid::Uuid;

use super::Uplink;
use super::io::{Attach, FromUpstream};
use super::provider::Provider;
use super::upstream::SipUpstream;
use crate::calls::Ring;
use crate::directory::AccountRecord;

type Account = Recipient<FromUpstream>;

/// An account that uses an upstream.
#[derive(Clone)]
pub struct Member {
    /// Where it is told how it fares.
    pub account: Account,
    /// Where it is asked which devices ring.
    pub ring: Recipient<Ring>,
    /// Its row.
    pub record: Arc<AccountRecord>,
}

/// One upstream; outlives its actor.
pub struct Seat {
    /// What its calls need.
    pub uplink: Uplink,
    actor: Mutex<Option<Addr<SipUpstream>>>,
    members: Mutex<Vec<Member>>,
    told: Mutex<Option<FromUpstream>>,
}

impl Seat {
    /// Without an actor and members.
    pub fn new(uplink: Uplink) -> Arc<Seat> {
        let (actor, members, told) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Seat { uplink, actor, members, told })
    }

    /// The actor, whichever incarnation lives.
    pub fn actor(&self) -> Option<Addr<SipUpstream>> {
        lock(&self.actor).clone()
    }

    /// Whether its actor is gone.
    pub fn is_dead(&self) -> bool {
        self.actor().is_none_or(|actor| !actor.connected())
    }

    /// Puts an actor in its place.
    pub fn set_actor(&self, actor: Addr<SipUpstream>) {
        *lock(&self.actor) = Some(actor);
    }

    /// Who uses it.
    pub fn members(&self) -> Vec<Member> {
        lock(&self.members).iter().filter(|member| member.account.connected()).cloned().collect()
    }

    /// Gives the accounts that died and came back under another address.
    fn add(&self, member: Member) -> Vec<Account> {
        let mut members = lock(&self.members);
        let dead = members.iter().map(|known| &known.account).filter(|account| !account.connected()).cloned().collect();
        members.retain(|known| known.account.connected() && known.account != member.account);
        members.push(member);
        dead
    }

    fn remove(&self, account: &Account) {
        lock(&self.members).retain(|known| known.account.connected() && known.account != *account);
    }

    /// Tells all members, and those who come later.
    pub fn tell(&self, state: FromUpstream) {
        *lock(&self.told) = Some(state.clone());
        self.members().iter().for_each(|member| member.account.do_send(state.clone()));
    }

    /// How it fares, as far as members were told.
    pub fn told(&self) -> Option<FromUpstream> {
        lock(&self.told).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// See the module. Changed by the connector only; outlives it.
#[derive(Clone, Default)]
pub struct Roster(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    by_token: HashMap<String, Arc<Seat>>,
    by_call_token: HashMap<String, Arc<Seat>>,
    by_identifier: HashMap<(Uuid, String), Vec<Arc<Seat>>>,
    /// In lower case.
    by_user: HashMap<String, Vec<Arc<Seat>>>,
    by_account: HashMap<Account, Arc<Seat>>,
}

impl Roster {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.0)
    }

    /// The upstream of the same network, identifier, access token and config.
    pub fn find(&self, provider: &Provider) -> Option<Arc<Seat>> {
        let tables = self.tables();
        let same = tables.by_identifier.get(&(provider.network, provider.identifier.clone()))?;
        same.iter().find(|seat| seat.uplink.provider() == provider).cloned()
    }

    /// A new upstream.
    pub fn insert(&self, seat: &Arc<Seat>) {
        let (tables, provider) = (&mut *self.tables(), seat.uplink.provider());
        tables.by_token.insert(seat.uplink.token().to_owned(), seat.clone());
        tables.by_call_token.insert(seat.uplink.call_token().to_owned(), seat.clone());
        let identifier = (provider.network, provider.identifier.clone());
        tables.by_identifier.entry(identifier).or_default().push(seat.clone());
        tables.by_user.entry(provider.user().to_lowercase()).or_default().push(seat.clone());
    }

    /// Whether an upstream is there.
    pub fn holds(&self, seat: &Seat) -> bool {
        self.tables().by_token.contains_key(seat.uplink.token())
    }

    /// An upstream that is over.
    pub fn remove(&self, seat: &Arc<Seat>) {
        let (tables, provider) = (&mut *self.tables(), seat.uplink.provider());
        tables.by_token.remove(seat.uplink.token());
        tables.by_call_token.remove(seat.uplink.call_token());
        drop_of(&mut tables.by_identifier, (provider.network, provider.identifier.clone()), seat);
        drop_of(&mut tables.by_user, provider.user().to_lowercase(), seat);
    }

    /// `attach`'s account uses `seat` from now on; the upstream it used before, if that is another.
    pub fn attach(&self, seat: &Arc<Seat>, attach: Attach) -> Option<Arc<Seat>> {
        let Attach { account, ring, record } = attach;
        let tables = &mut *self.tables();
        let before = tables.by_account.insert(account.clone(), seat.clone()).filter(|old| !Arc::ptr_eq(old, seat));
        if let Some(old) = &before {
            old.remove(&account);
        }
        for dead in seat.add(Member { account, ring, record }) {
            tables.by_account.remove(&dead);
        }
        before
    }

    /// The account uses none any more: the one it used.
    pub fn detach(&self, account: &Account) -> Option<Arc<Seat>> {
        let seat = self.tables().by_account.remove(account)?;
        seat.remove(account);
        Some(seat)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.tables().by_token.len()
    }

    /// All.
    pub fn seats(&self) -> Vec<Arc<Seat>> {
        self.tables().by_token.values().cloned().collect()
    }

    /// Whose call an INVITE with Replaces from `source` to `uri` may mean: who told its phone this Contact of a call,
    /// from wherever it comes; else as [`Roster::called`].
    pub fn replaced(&self, uri: &Uri, source: Hop) -> Vec<Arc<Seat>> {
        let named = uri.user().and_then(|user| self.tables().by_call_token.get(user.as_ref()).cloned());
        match named {
            Some(seat) => Vec::from_iter(seat.uplink.takes(source).then_some(seat)),
            None => self.called(uri, source),
        }
    }

    /// Whom a request from `source` to `uri` is for: who told its registrar this Contact, where it comes from there;
    /// else a user of a network that trusts the source. Empty: nobody, or the source is not to know.
    pub fn called(&self, uri: &Uri, source: Hop) -> Vec<Arc<Seat>> {
        let Some(user) = uri.user() else { return Vec::new() };
        let tables = self.tables();
        if let Some(seat) = tables.by_token.get(user.as_ref()) {
            if seat.uplink.trusts(source) {
                return vec![seat.clone()];
            }
            let account = seat.uplink.provider().identifier.as_str();
            log::warn!(account, source:% = source.address, protocol = source.protocol.as_str(); "a request to a registration does not come from its registrar; `trusted` may name who else calls in");
            return Vec::new();
        }
        let trusts = |seat: &&Arc<Seat>| seat.uplink.trusts_unregistered(source);
        let named: Vec<_> = tables.by_user.get(&user.to_lowercase()).into_iter().flatten().filter(trusts).collect();
        // Two networks may trust one source and have one user each: the domain says which is meant. Where it does not,
        // nobody is rung: one tenant must not get the calls of another.
        let host = uri.as_sip().map(|uri| &uri.host);
        let of_domain = |seat: &&&Arc<Seat>| host == Some(seat.uplink.provider().domain());
        let by_domain: Vec<_> = named.iter().filter(of_domain).copied().collect();
        let meant = if by_domain.is_empty() { named } else { by_domain };
        let network = meant.first().map(|seat| seat.uplink.provider().network);
        let is_one = meant.iter().all(|seat| Some(seat.uplink.provider().network) == network);
        meant.into_iter().filter(|_| is_one).cloned().collect()
    }
}

fn drop_of<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<Arc<Seat>>>, key: K, seat: &Arc<Seat>) {
    if let Some(seats) = map.get_mut(&key) {
        seats.retain(|known| !Arc::ptr_eq(known, seat));
        if seats.is_empty() {
            map.remove(&key);
        }
    }
}
