//! [`Registrars`]: how many REGISTERs one registrar is sent at a time. A thousand accounts that lost it come back one
//! after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::REGISTERS_PER_REGISTRAR;

/// Room for one REGISTER, until its final response.
pub type Turn = OwnedSemaphorePermit;

/// See the module.
#[derive(Clone, Default)]
pub struct Registrars(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl Registrars {
    /// Waits for a turn at `registrar`.
    pub async fn turn(self, registrar: String) -> Option<Turn> {
        let line = {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody waits at or registers with need not be remembered.
            lines.retain(|_, line| Arc::strong_count(line) > 1);
            lines.entry(registrar).or_insert_with(|| Arc::new(Semaphore::new(REGISTERS_PER_REGISTRAR))).clone()
        };
        line.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_too_early_waits_and_other_registrars_do_not() {
        actix::System::new().block_on(async {
            let registrars = Registrars::default();
            let mut turns = Vec::new();
            for _ in 0..REGISTERS_PER_REGISTRAR {
                turns.push(registrars.clone().turn("a".into()).await.unwrap());
            }
            let mut waiting = Box::pin(registrars.clone().turn("a".into()));
            assert!(futures_util::poll!(&mut waiting).is_pending());
            assert!(registrars.clone().turn("b".into()).await.is_some());
            turns.pop();
            assert!(waiting.await.is_some());
        });
    }
}
