//! What every endpoint works with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use actors::directory::Change;
use actors::trace::Told;
use ipnet::IpNet;
use sea_orm::DatabaseConnection;
use signal::SessionId;
use uuid::Uuid;

use super::demo;
use super::login::Login;
use super::throttle::Throttle;
use crate::secrets::Secrets;

/// What the server gives the API.
pub struct Options {
    /// The database, migrated.
    pub db: DatabaseConnection,
    /// The keys secrets rest under.
    pub secrets: Arc<Secrets>,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a session lives unconnected where its app does not say.
    pub session_lifetime: Duration,
    /// Demo sign-in: `None` for requests of the same machine only, else for all or none.
    pub demo_enabled: Option<bool>,
    /// Where phones on this machine reach the engine; `None`: nowhere, and demo sessions have no account for them.
    pub demo_phones: Option<SocketAddr>,
    /// Told what changed under running sessions.
    pub change: Arc<dyn Fn(Change) + Send + Sync>,
    /// Where traces of calls are.
    pub traces: Arc<dyn Traces>,
}

/// The traces of running and recent calls.
pub trait Traces: Send + Sync {
    /// What happened on the call `gcid`; `None`: nothing is known of it.
    fn trace(&self, gcid: &str) -> Option<Told>;
}

/// The API's state, shared by the workers.
pub type ApiState = web::Data<Api>;

/// What every endpoint works with.
pub struct Api {
    pub(super) options: Options,
    pub(super) login: Login,
    /// Sign-ins to a public demo.
    pub(super) sign_ins: Throttle,
}

impl Api {
    /// The state to give `configure`.
    pub fn state(options: Options) -> ApiState {
        web::Data::new(Api { options, login: Login::default(), sign_ins: Throttle::new(demo::SIGN_INS) })
    }

    pub(super) fn db(&self) -> &DatabaseConnection {
        &self.options.db
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.options.secrets
    }

    /// Tells the engine that `sessions` have other accounts, networks or limits now.
    pub(super) fn changed(&self, sessions: Vec<Uuid>) {
        self.tell(sessions, Change::SessionsChanged);
    }

    /// Tells the engine that `sessions` are over.
    pub(super) fn ended(&self, sessions: Vec<Uuid>) {
        self.tell(sessions, Change::SessionsEnded);
    }

    fn tell(&self, sessions: Vec<Uuid>, change: fn(Vec<SessionId>) -> Change) {
        if !sessions.is_empty() {
            (self.options.change)(change(sessions.into_iter().map(SessionId).collect()));
        }
    }
}
