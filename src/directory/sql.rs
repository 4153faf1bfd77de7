//! The `Directory` itself.

use std::sync::Arc;
use std::time::Duration;

use actors::config::{Common, default_capabilities};
use actors::directory::{AccountRecord, CallRecord, Change, Directory, NetworkRecord, Pending, Secret, SessionRecord};
use entities::{account, app, network, session};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};
use signal::session::RefusalKind;
use signal::{AccountId, Connector, SessionId};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use super::owners::{Owner, Owners};
use super::recent::Recent;
use super::store::Store;
use super::writer::{self, Write};
use crate::secrets::Secrets;

/// How long opening a session waits for the database.
const OPEN: Duration = Duration::from_secs(5);
/// Most writes that wait for the database; what comes on top is lost, with a log line.
const QUEUE: usize = 10_000;
/// Longest token looked up, in bytes.
const TOKEN_BYTES: usize = 256;

/// What holds where an app says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// How long a session lives unconnected.
    pub session_lifetime: Duration,
    /// Most sockets of one session.
    pub max_devices: usize,
    /// Most calls of one session.
    pub max_calls: usize,
    /// How long the record of a call is kept; `None`: for ever.
    pub call_record_life: Option<Duration>,
}

/// The directory in a database.
pub struct SqlDirectory {
    db: DatabaseConnection,
    secrets: Arc<Secrets>,
    defaults: Defaults,
    owners: Arc<Owners>,
    recent: Recent,
    queue: mpsc::Sender<Write>,
}

/// Why a session is not handed out.
enum Failure {
    Refused(RefusalKind),
    /// The database does not answer.
    Away(String),
    /// It answers, with what cannot be used.
    Fault(String),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Failure {
        Failure::Away(error.to_string())
    }
}

impl SqlDirectory {
    /// The directory in `db`, with its writer task on the current runtime.
    pub fn start(db: DatabaseConnection, secrets: Arc<Secrets>, defaults: Defaults) -> Arc<SqlDirectory> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let owners = Arc::<Owners>::default();
        let (lifetime, record_life) = (defaults.session_lifetime, defaults.call_record_life);
        let store = Store { db: db.clone(), owners: owners.clone(), lifetime, record_life };
        tokio::spawn(writer::run(receiver, store));
        Arc::new(SqlDirectory { db, secrets, defaults, owners, recent: Recent::default(), queue })
    }

    /// Forgets the sessions of `change`: they are read again, or gone.
    pub fn forget(&self, change: &Change) {
        let (Change::SessionsChanged(sessions) | Change::SessionsEnded(sessions)) = change;
        self.recent.forget(sessions);
    }

    /// Waits until everything queued so far is stored, at most `wait`; whether it is.
    pub async fn flush(&self, wait: Duration) -> bool {
        let (done, stored) = oneshot::channel();
        let flushed = async { self.queue.send(Write::Flush(done)).await.is_ok() && stored.await.is_ok() };
        tokio::time::timeout(wait, flushed).await.unwrap_or(false)
    }

    fn enqueue(&self, write: Write) {
        if let Err(refused) = self.queue.try_send(write) {
            log::error!(write:% = refused.into_inner(); "directory: write lost, the queue is full or closed");
        }
    }

    async fn load(&self, rows: Select<session::Entity>) -> Result<SessionRecord, Failure> {
        let before = self.recent.changes();
        let read = tokio::time::timeout(OPEN, self.read(rows)).await;
        let (token_hash, record) = read.map_err(|_| Failure::Away("no answer in time".to_owned()))??;
        self.recent.remember(before, token_hash, &record);
        Ok(record)
    }

    /// The session and the hash of its token, in one statement: each is a trip to the database.
    async fn read(&self, rows: Select<session::Entity>) -> Result<(Vec<u8>, SessionRecord), Failure> {
        let rows = rows.find_also_related(app::Entity).find_also_related(account::Entity);
        let rows = rows.find_also(account::Entity, network::Entity);
        let rows = rows.order_by_asc(account::Column::Created).order_by_asc(account::Column::Id);
        let mut accounts = Vec::new();
        let mut found = None;
        for (session, app, account, network) in rows.all(&self.db).await? {
            found = found.or_else(|| Some((session, app?)));
            accounts.extend(account.zip(network));
        }
        let Some((session, app)) = found else { return Err(Failure::Refused(RefusalKind::InvalidToken)) };
        if !session.activated {
            return Err(Failure::Refused(RefusalKind::SessionDeactivated));
        }
        if session.expires <= OffsetDateTime::now_utc() {
            return Err(Failure::Refused(RefusalKind::SessionExpired));
        }
        let accounts = accounts.into_iter().map(|(account, network)| self.account(account, network).map(Arc::new));
        let accounts = accounts.collect::<Result<_, _>>()?;
        Ok((session.token_hash.clone(), self.session(session, app, accounts)))
    }

    /// The record, its expiry slid: who opens or reloads a session is connected.
    fn session(&self, session: session::Model, app: app::Model, accounts: Vec<Arc<AccountRecord>>) -> SessionRecord {
        let id = SessionId(session.id);
        self.owners.remember(id, Owner { user: session.owner, app: app.id });
        let lifetime = super::session_lifetime(&app, self.defaults.session_lifetime);
        let now = OffsetDateTime::now_utc();
        if super::store::lags(session.expires, now, lifetime) {
            self.enqueue(Write::Touch(vec![id]));
        }
        let origins: Vec<String> = app.allowed_origins.and_then(|o| serde_json::from_value(o).ok()).unwrap_or_default();
        let limit = |own: Option<i32>, default| own.and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
        SessionRecord {
            id,
            app: app.id,
            allowed_origins: origins.into(),
            max_devices: limit(app.max_devices, self.defaults.max_devices),
            max_calls: limit(app.max_calls, self.defaults.max_calls),
            expires: now + lifetime,
            sliding: Some(lifetime),
            accounts,
        }
    }

    fn account(&self, account: account::Model, network: network::Model) -> Result<AccountRecord, Failure> {
        let connector = Connector::parse(&network.connector)
            .ok_or_else(|| Failure::Fault(format!("network {} is on an unknown connector", network.id)))?;
        let access_token = match &account.access_token {
            Some(sealed) => self.secrets.open("account.access_token", account.id, sealed),
            None => Ok(Secret::new("")),
        };
        let access_token = access_token.map_err(|e| Failure::Fault(format!("account {}: {e}", account.id)))?;
        let config = super::account_config(&network, &account);
        let common = Common::from(&config);
        Ok(AccountRecord {
            id: AccountId(account.id),
            network: NetworkRecord {
                id: network.id,
                tag: network.tag,
                connector,
                capabilities: common.capabilities.unwrap_or_else(|| default_capabilities(connector)),
                allowed_targets: common.allowed_targets,
            },
            identifier: account.identifier,
            access_token,
            config,
        })
    }
}

impl Directory for SqlDirectory {
    fn open<'a>(&'a self, token: &'a str) -> Pending<'a, Result<SessionRecord, RefusalKind>> {
        Box::pin(async move {
            if token.is_empty() || token.len() > TOKEN_BYTES {
                return Err(RefusalKind::InvalidToken);
            }
            let hashes = self.secrets.hashes(token);
            let rows = session::Entity::find().filter(session::Column::TokenHash.is_in(hashes.clone()));
            let failure = match self.load(rows).await {
                Ok(record) => return Ok(record),
                Err(failure) => failure,
            };
            match &failure {
                Failure::Refused(_) => self.recent.forget_tokens(&hashes),
                Failure::Away(cause) => {
                    if let Some(record) = self.recent.find(&hashes, OffsetDateTime::now_utc()) {
                        log::warn!(session:% = record.id.0, cause = cause; "directory: session opened as it was read last");
                        return Ok(record);
                    }
                }
                Failure::Fault(_) => {}
            }
            Err(refusal(failure))
        })
    }

    fn reload(&self, session: SessionId) -> Pending<'_, Result<SessionRecord, RefusalKind>> {
        Box::pin(async move {
            let read = self.load(session::Entity::find_by_id(session.0)).await;
            if let Err(Failure::Refused(_)) = read {
                self.recent.forget(&[session]);
            }
            read.map_err(refusal)
        })
    }

    fn touch(&self, sessions: Vec<SessionId>) {
        self.recent.touch(&sessions, OffsetDateTime::now_utc());
        self.enqueue(Write::Touch(sessions));
    }

    fn record(&self, record: CallRecord) {
        self.enqueue(Write::Record(Box::new(record)));
    }
}

/// What the page is told; the log learns more.
fn refusal(failure: Failure) -> RefusalKind {
    match failure {
        Failure::Refused(kind) => kind,
        Failure::Away(cause) | Failure::Fault(cause) => {
            log::error!(cause = cause; "directory: session not read");
            RefusalKind::InternalError
        }
    }
}
