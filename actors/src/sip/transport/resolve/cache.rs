//! [`Cached`]: what DNS said, for as long as it holds; bounded in number and in lookups at a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::record::{Answer, Naptr, NoAnswer, Pending, Resolver, Srv};

/// Names kept, of each kind.
const NAMES: usize = 4_096;
/// Lookups at a time; further ones wait.
const LOOKUPS: usize = 64;
/// Longest time of one lookup, waiting for its turn included.
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

/// See the module.
pub(super) struct Cached {
    resolver: Arc<dyn Resolver>,
    turns: Semaphore,
    addresses: Known<IpAddr>,
    services: Known<Srv>,
    naming: Known<Naptr>,
}

impl Cached {
    pub fn new(resolver: Arc<dyn Resolver>) -> Cached {
        let (addresses, services, naming) = (Known::default(), Known::default(), Known::default());
        Cached { resolver, turns: Semaphore::new(LOOKUPS), addresses, services, naming }
    }

    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        self.look_up(&self.addresses, name, || self.resolver.addresses(name)).await
    }

    pub async fn services(&self, name: &str) -> Result<Vec<Srv>, NoAnswer> {
        self.look_up(&self.services, name, || self.resolver.services(name)).await
    }

    pub async fn naming(&self, name: &str) -> Result<Vec<Naptr>, NoAnswer> {
        self.look_up(&self.naming, name, || self.resolver.naming(name)).await
    }

    async fn look_up<T: Clone>(
        &self,
        known: &Known<T>,
        name: &str,
        ask: impl FnOnce() -> Pending<T>,
    ) -> Result<Vec<T>, NoAnswer> {
        let name = name.to_ascii_lowercase();
        if let Some((answer, _)) = lock(known).get(&name).filter(|(_, until)| Instant::now() < *until) {
            return answer.clone();
        }
        let asked = async {
            let _turn = self.turns.acquire().await;
            ask().await
        };
        let answer = tokio::time::timeout(LOOKUP, asked).await.unwrap_or(Err(NoAnswer::Failed));
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

fn lock<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
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
