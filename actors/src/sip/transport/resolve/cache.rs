//! [`Cached`]: what DNS said, for as long as it holds; bounded in number and in lookups at a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use uuid::Uuid;

use super::record::{Answer, Naptr, NoAnswer, Pending, Resolver, Srv};

/// Names kept, of each kind.
const NAMES: usize = 4_096;
/// Lookups at a time; further ones wait.
const LOOKUPS: usize = 64;
/// Of these, those of one account: the names it calls may be served by whoever takes his time.
const LOOKUPS_PER_ACCOUNT: usize = 8;
/// Longest wait for a turn.
const WAIT: Duration = Duration::from_secs(10);
/// Longest time of one lookup.
const LOOKUP: Duration = Duration::from_secs(5);
/// How long an answer holds at least and at most.
const TTL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3_600));
/// How long a name that does not exist is believed not to.
const ABSENT: Duration = Duration::from_secs(30);
/// How long servers that failed are not asked again.
const FAILED: Duration = Duration::from_secs(2);

/// What was said of each name, and until when it holds.
type Said<T> = HashMap<String, (Result<Vec<T>, NoAnswer>, Instant)>;
type Known<T> = Mutex<Said<T>>;

/// Whose turn it is to ask.
struct Turns {
    all: Semaphore,
    each: Mutex<HashMap<Uuid, Weak<Semaphore>>>,
}

impl Turns {
    fn new() -> Turns {
        Turns { all: Semaphore::new(LOOKUPS), each: Mutex::default() }
    }

    /// A turn of `account`, until it is dropped: first one of its own, so that who waits for that is in nobody's way.
    async fn take(&self, account: Uuid) -> (Option<OwnedSemaphorePermit>, Option<SemaphorePermit<'_>>) {
        let own = self.of(account).acquire_owned().await;
        (own.ok(), self.all.acquire().await.ok())
    }

    fn of(&self, account: Uuid) -> Arc<Semaphore> {
        let mut each = lock(&self.each);
        if let Some(own) = each.get(&account).and_then(Weak::upgrade) {
            return own;
        }
        each.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(LOOKUPS_PER_ACCOUNT));
        each.insert(account, Arc::downgrade(&own));
        own
    }
}

/// See the module.
pub(super) struct Cached {
    resolver: Arc<dyn Resolver>,
    turns: Turns,
    addresses: Known<IpAddr>,
    services: Known<Srv>,
    naming: Known<Naptr>,
}

impl Cached {
    pub fn new(resolver: Arc<dyn Resolver>) -> Cached {
        let (addresses, services, naming) = (Known::default(), Known::default(), Known::default());
        Cached { resolver, turns: Turns::new(), addresses, services, naming }
    }

    pub async fn addresses(&self, account: Uuid, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        self.look_up(&self.addresses, account, name, || self.resolver.addresses(name)).await
    }

    pub async fn services(&self, account: Uuid, name: &str) -> Result<Vec<Srv>, NoAnswer> {
        self.look_up(&self.services, account, name, || self.resolver.services(name)).await
    }

    pub async fn naming(&self, account: Uuid, name: &str) -> Result<Vec<Naptr>, NoAnswer> {
        self.look_up(&self.naming, account, name, || self.resolver.naming(name)).await
    }

    async fn look_up<T: Clone>(
        &self,
        known: &Known<T>,
        account: Uuid,
        name: &str,
        ask: impl FnOnce() -> Pending<T>,
    ) -> Result<Vec<T>, NoAnswer> {
        let name = name.to_ascii_lowercase();
        if let Some((answer, _)) = lock(known).get(&name).filter(|(_, until)| Instant::now() < *until) {
            return answer.clone();
        }
        // Who had to wait too long has learned nothing of the name.
        let _turn = timeout(WAIT, self.turns.take(account)).await.map_err(|_| NoAnswer::Failed)?;
        let answer = timeout(LOOKUP, ask()).await.unwrap_or(Err(NoAnswer::Failed));
        let holds = match &answer {
            Ok(Answer { ttl, .. }) => (*ttl).clamp(TTL.0, TTL.1),
            Err(NoAnswer::Absent) => ABSENT,
            Err(NoAnswer::Failed) => FAILED,
        };
        let answer = answer.map(|answer| answer.records);
        keep(&mut lock(known), name, answer.clone(), Instant::now(), holds);
        answer
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where there is no room, what holds no more goes first, then everything: a cache may forget.
fn keep<T>(known: &mut Said<T>, name: String, answer: Result<Vec<T>, NoAnswer>, now: Instant, holds: Duration) {
    if known.len() >= NAMES {
        known.retain(|_, (_, until)| now < *until);
    }
    if known.len() >= NAMES {
        known.clear();
    }
    known.insert(name, (answer, now + holds));
}
