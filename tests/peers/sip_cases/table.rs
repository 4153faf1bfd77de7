//! Plays rows, some at a time, against one engine.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::support::{Provision, Scenario, Server, Side, Wire};

/// Rows at a time: most of them wait.
const AT_A_TIME: usize = 8;
/// SIPp checks no password.
const PASSWORD: &str = "secret";
/// Where nobody is: the next hop of an account that is only called.
const NOWHERE: &str = "sip:127.0.0.1:9";

/// A row.
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// Keys of the network's config, over those of a trunk.
    pub config: &'static str,
    /// What the page says and hears.
    pub page: &'static str,
    /// What SIPp says and hears.
    pub phone: &'static str,
}

/// Plays all; `side` is SIPp's.
#[track_caller]
pub fn play(side: Side, cases: &[Case]) {
    let server = Server::with("[sip]\nlisten = ['udp:127.0.0.1:0']");
    let (provision, sip) = (Provision::at(server.address), server.sip());
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = case.play(side, &provision, server.address, sip) {
                failed.lock().unwrap_or_else(PoisonError::into_inner).push(format!("==== {}: {error}", case.name));
            }
        }
    };
    thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failed.is_empty(), "{} of {} rows fail\n{}", failed.len(), cases.len(), failed.join("\n"));
}

impl Case {
    fn play(&self, side: Side, provision: &Provision, engine: SocketAddr, sip: SocketAddr) -> Result<(), String> {
        let user = format!("u{}", uuid::Uuid::new_v4().simple());
        let scenario = || Scenario::start(side, self.phone, sip, &user);
        let called = (side == Side::Answers).then(scenario);
        let proxy = called.as_ref().map_or(NOWHERE.to_owned(), |phone| format!("sip:{}", phone.address()));
        provision.network(&user, &self.config(&proxy));
        let token = provision.session(&user, &format!("sip:{user}@127.0.0.1"), PASSWORD);
        let mut page = Wire::open(engine, &token);
        if called.is_none() {
            page.play("> connect\n< state connected")?;
        }
        let phone = called.unwrap_or_else(scenario);
        let played = page.play(self.page);
        match (played, phone.result()) {
            (Ok(()), Ok(())) => Ok(()),
            (page, phone) => Err(format!("page: {page:?}\nphone: {}", phone.err().unwrap_or_default())),
        }
    }

    fn config(&self, proxy: &str) -> Value {
        let mut config = json!({ "register": false, "trusted": ["127.0.0.1/32"], "proxy": proxy });
        let own: Value = serde_json::from_str(self.config).expect("JSON");
        config.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        config
    }
}
