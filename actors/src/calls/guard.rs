//! Tells the session that an account actor is gone.

use actix::Addr;
use signal::{AccountId, Address};

use crate::session::{AccountDied, Build, Session};

/// Dropped with the actor, a panic included: the session builds it again unless it is to end.
pub struct Guard {
    owner: Addr<Session>,
    account: AccountId,
    address: Address,
}

impl Guard {
    /// The guard of the actor that `build` starts.
    pub fn of(build: &Build) -> Guard {
        Guard { owner: build.owner.clone(), account: build.record.id, address: build.address }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.owner.do_send(AccountDied(self.account, self.address));
    }
}
