//! Every token is a user of one network; no token is longer than a name.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Map, Value};
use signal::session::RefusalKind;
use signal::{AccountId, Connector, SessionId};
use time::OffsetDateTime;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::config::{Common, merge};
use crate::directory::{AccountRecord, CallRecord, Directory, NetworkRecord, Pending, Secret, SessionRecord};

/// See the module.
#[derive(Default)]
pub struct FakeDirectory {
    /// What was recorded.
    pub records: Mutex<Vec<CallRecord>>,
    /// The database does not answer.
    pub away: AtomicBool,
    /// What was read is held back until `gate` opens.
    pub slow: AtomicBool,
    pub gate: Notify,
    /// Something is held back.
    pub held: AtomicBool,
    /// The rows are gone.
    pub deleted: AtomicBool,
    /// Everybody is on the SIP network of this phone.
    pub phone: OnceLock<SocketAddr>,
    /// What that network's config says besides.
    pub config: OnceLock<Map<String, Value>>,
    /// What the accounts of some users say instead.
    pub overrides: Mutex<HashMap<String, Map<String, Value>>>,
}

impl FakeDirectory {
    fn find(&self, name: &str) -> Result<SessionRecord, RefusalKind> {
        if self.away.load(Ordering::Relaxed) {
            return Err(RefusalKind::InternalError);
        }
        if self.deleted.load(Ordering::Relaxed) {
            return Err(RefusalKind::InvalidToken);
        }
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        let id = Uuid::from_bytes(bytes);
        // The users `relay` and `record` have that key set.
        let mut config = Map::from_iter([(name.to_owned(), true.into())]);
        let mut network = NetworkRecord {
            id: Uuid::nil(),
            tag: "webrtc".into(),
            connector: Connector::Webrtc,
            capabilities: Vec::new(),
            allowed_targets: Vec::new(),
        };
        if let Some(phone) = self.phone.get() {
            config.insert("proxy".into(), format!("sip:{phone};transport=udp").into());
            config.insert("domain".into(), "a.example".into());
            config.insert("numberRules".into(), serde_json::json!([{ "match": "0900*" }]));
            network.connector = Connector::Sip;
            network.allowed_targets.push("*".into());
        }
        merge(&mut config, self.config.get().cloned().unwrap_or_default());
        merge(&mut config, self.overrides.lock().unwrap().get(name).cloned().unwrap_or_default());
        let named = Common::from(&config);
        if config.contains_key("allowedTargets") {
            network.allowed_targets = named.allowed_targets;
        }
        network.capabilities = named.capabilities.unwrap_or(network.capabilities);
        let account = AccountRecord {
            id: AccountId(id),
            network,
            identifier: name.to_owned(),
            access_token: Secret::new("planted"),
            config,
        };
        Ok(SessionRecord {
            id: SessionId(id),
            app: Uuid::nil(),
            allowed_origins: [].into(),
            max_devices: 4,
            max_calls: 16,
            expires: OffsetDateTime::now_utc() + Duration::from_secs(3_600),
            sliding: None,
            accounts: vec![account.into()],
        })
    }
}

impl Directory for FakeDirectory {
    fn open<'a>(&'a self, token: &'a str) -> Pending<'a, Result<SessionRecord, RefusalKind>> {
        Box::pin(async move {
            let found = self.find(token);
            if self.slow.load(Ordering::Relaxed) {
                self.held.store(true, Ordering::Relaxed);
                self.gate.notified().await;
            }
            found
        })
    }

    fn reload(&self, session: SessionId) -> Pending<'_, Result<SessionRecord, RefusalKind>> {
        let name = session.0.into_bytes().into_iter().take_while(|b| *b != 0).map(char::from).collect::<String>();
        Box::pin(async move { self.find(&name) })
    }

    fn touch(&self, _: Vec<SessionId>) {}

    fn record(&self, record: CallRecord) {
        self.records.lock().unwrap().push(record);
    }
}
