//! The `Directory` itself.

use std::sync::Arc;
use std::time::Duration;

use actors::config::{Common, default_capabilities};
use actors::directory::{AccountRecord, CallRecord, Directory, NetworkRecord, Pending, Secret, SessionRecord};
use entities::{account, app, network, session};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};
use signal::session::RefusalKind;
use signal::{AccountId, Connector, SessionId};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use super::owners::{Owner, Owners};
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
}

/// The directory in a database.
pub struct SqlDirectory {
    db: DatabaseConnection,
    secrets: Arc<Secrets>,
    defaults: Defaults,
    owners: Arc<Owners>,
    queue: mpsc::Sender<Write>,
}

/// Why a session is not handed out.
enum Failure {
    Refused(RefusalKind),
    Fault(String),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Failure {
        Failure::Fault(error.to_string())
    }
}

impl SqlDirectory {
    /// The directory in `db`, with its writer task on the current runtime.
    pub fn start(db: DatabaseConnection, secrets: Arc<Secrets>, defaults: Defaults) -> Arc<SqlDirectory> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let owners = Arc::<Owners>::default();
        let store = Store { db: db.clone(), owners: owners.clone(), lifetime: defaults.session_lifetime };
        tokio::spawn(writer::run(receiver, store));
        Arc::new(SqlDirectory { db, secrets, defaults, owners, queue })
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

    async fn load(&self, rows: Select<session::Entity>) -> Result<SessionRecord, RefusalKind> {
        let failure = match tokio::time::timeout(OPEN, self.read(rows)).await {
            Ok(Ok(record)) => return Ok(record),
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Fault("no answer in time".to_owned()),
        };
        match failure {
            Failure::Refused(kind) => Err(kind),
            Failure::Fault(text) => {
                log::error!(cause = text; "directory: session not read");
                Err(RefusalKind::InternalError)
            }
        }
    }

    async fn read(&self, rows: Select<session::Entity>) -> Result<SessionRecord, Failure> {
        let found = rows.find_also_related(app::Entity).one(&self.db).await?;
        let Some((session, Some(app))) = found else { return Err(Failure::Refused(RefusalKind::InvalidToken)) };
        if !session.activated {
            return Err(Failure::Refused(RefusalKind::SessionDeactivated));
        }
        if session.expires <= OffsetDateTime::now_utc() {
            return Err(Failure::Refused(RefusalKind::SessionExpired));
        }
        let rows = account::Entity::find().filter(account::Column::Session.eq(session.id));
        let rows = rows.order_by_asc(account::Column::Created).order_by_asc(account::Column::Id);
        let rows = rows.find_also_related(network::Entity).all(&self.db).await?;
        let accounts = rows.into_iter().filter_map(|(account, network)| Some((account, network?)));
        let accounts = accounts.map(|(account, network)| self.account(account, network)).collect::<Result<_, _>>()?;
        Ok(self.session(session, app, accounts))
    }

    /// The record, its expiry slid: who opens or reloads a session is connected.
    fn session(&self, session: session::Model, app: app::Model, accounts: Vec<AccountRecord>) -> SessionRecord {
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
            self.load(session::Entity::find().filter(session::Column::TokenHash.is_in(hashes))).await
        })
    }

    fn reload(&self, session: SessionId) -> Pending<'_, Result<SessionRecord, RefusalKind>> {
        Box::pin(self.load(session::Entity::find_by_id(session.0)))
    }

    fn touch(&self, sessions: Vec<SessionId>) {
        self.enqueue(Write::Touch(sessions));
    }

    fn record(&self, record: CallRecord) {
        self.enqueue(Write::Record(Box::new(record)));
    }
}
