//! What the actors need from the database, as a trait: they never see an entity.
//!
//! The server implements [`Directory`] over SeaORM; tests implement it over a map.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};
use signal::session::RefusalKind;
use signal::{AccountId, CallId, Connector, EndReason, Gcid, SessionId};
use time::OffsetDateTime;
use uuid::Uuid;

/// A boxed future, so that the trait is object safe.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sessions, accounts and call records, wherever they are kept.
pub trait Directory: Send + Sync + 'static {
    /// The session of `token`.
    ///
    /// Errors: `InvalidToken` for an unknown one, `SessionExpired`,
    /// `SessionDeactivated`, `InternalError` while the database is away.
    fn open<'a>(&'a self, token: &'a str) -> Pending<'a, Result<SessionRecord, RefusalKind>>;

    /// The session again, after provisioning changed something of it.
    ///
    /// Errors: as [`Directory::open`].
    fn reload(&self, session: SessionId) -> Pending<'_, Result<SessionRecord, RefusalKind>>;

    /// Slides the expiry of connected sessions. Best effort: a lost write costs nothing but time.
    fn touch(&self, sessions: Vec<SessionId>);

    /// Keeps the record of a finished leg. Queued with a bound, never waited for.
    fn record(&self, record: CallRecord);
}

/// A session as provisioned.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// Its id; the token is known to the client only.
    pub id: SessionId,
    /// The app it belongs to.
    pub app: Uuid,
    /// Origins whose pages may use it; empty is any.
    pub allowed_origins: Arc<[String]>,
    /// Most sockets at a time.
    pub max_devices: usize,
    /// Most calls at a time over all its accounts.
    pub max_calls: usize,
    /// When it ends unless touched.
    pub expires: OffsetDateTime,
    /// How far from now a touch moves `expires`; `None`: it stays where it is.
    pub sliding: Option<std::time::Duration>,
    /// Its accounts; shared, for a directory may keep what it has handed out.
    pub accounts: Vec<Arc<AccountRecord>>,
}

/// An account as provisioned.
#[derive(Clone, Debug)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// The network it is on.
    pub network: NetworkRecord,
    /// The user on that network.
    pub identifier: String,
    /// The password on that network.
    pub access_token: Secret,
    /// The network's config with the account's merged over it.
    pub config: Map<String, Value>,
}

/// A network as provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRecord {
    /// Its id: accounts with the same id share a name space.
    pub id: Uuid,
    /// The owner's name for it.
    pub tag: String,
    /// Who serves it.
    pub connector: Connector,
    /// What calls on it can do.
    pub capabilities: Vec<String>,
    /// Patterns with `*` of what may be called; empty is anything.
    pub allowed_targets: Vec<String>,
}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<Arc<str>>) -> Secret {
        Secret(text.into())
    }

    /// The text; for a digest or a stream, never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// One finished leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call end to end.
    pub gcid: Gcid,
    /// The leg.
    pub call: CallId,
    /// Whose leg it was.
    pub session: SessionId,
    /// On which account.
    pub account: AccountId,
    /// Which connector carried it.
    pub connector: Connector,
    /// Whether the browser of this leg was the caller.
    pub outgoing: bool,
    /// This leg's own identifier.
    pub local: String,
    /// The far end's.
    pub remote: String,
    /// `call.start`.
    pub started: OffsetDateTime,
    /// `call.accept`, if it came to that.
    pub answered: Option<OffsetDateTime>,
    /// `call.end`.
    pub ended: OffsetDateTime,
    /// Why.
    pub reason: EndReason,
    /// Whether this leg's browser ended it.
    pub ended_by_local: bool,
    /// One sentence on the media, where the engine saw it.
    pub media: Option<String>,
}

/// What provisioning tells the running engine; see `session::core::Core`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These sessions have new accounts, networks or config: reload them.
    SessionsChanged(Vec<SessionId>),
    /// These sessions are deleted: close their sockets and end their calls.
    SessionsEnded(Vec<SessionId>),
}
