//! What the server is made of: the database, the actors, the REST.
//!
//! The one place that knows them all. The HTTP server sees only a [`Wired`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{self, ServiceConfig};
use actors::exchange::{AddressPolicy, Exchange, Settings, Timing, Turn};
use actors::media::{self, Media};
use actors::router::Lane;
use actors::trace::Told;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use sea_orm::DatabaseConnection;
use signal::Gcid;

use crate::api::{self, Api, Options, Traces};
use crate::config::{Config, Listen, SignIn};
use crate::directory::{ConnectError, Defaults, SqlDirectory, UnlockError, connect, first_admin, unlock};
use crate::metrics::MediaPlane;
use crate::phones;
use crate::secrets::Secrets;
use crate::server::StartError;

/// A future of a part.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Whether the database answers.
pub type Ping = Arc<dyn Fn() -> Pending<bool> + Send + Sync>;
/// Mounts the WebSocket and the REST; called once a worker thread.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;
/// Refuses what is new, waits for running calls up to the given time, then ends them.
pub type Drain = Box<dyn FnOnce(Duration) -> Pending<()> + Send>;

/// Most sockets and calls of a session whose app sets no quota.
const DEVICES: usize = 8;
const CALLS: usize = 32;
/// How often a draining engine looks whether calls or sessions are left.
const DRAIN_TICK: Duration = Duration::from_millis(50);
/// Longest wait for registrars to take bindings back; those that do not answer forget them by themselves.
const UNREGISTER: Duration = Duration::from_secs(2);
/// Longest wait for the last `call.end` to leave, and for the last record to be stored.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The parts as the HTTP server needs them.
pub struct Wired {
    pub ping: Ping,
    pub mount: Mount,
    pub drain: Drain,
    /// Where phones and trunks reach it, with the real ports.
    pub sip: Vec<Listen>,
}

/// Starts the parts. `registry` learns their metrics.
///
/// Errors: the database cannot be opened or migrated, the secrets key cannot be
/// read, the media or SIP sockets not be bound.
pub async fn start(config: &Config, registry: &mut Registry) -> Result<Wired, StartError> {
    if let Some(folder) = &config.media.recordings {
        let unusable = |e| StartError::Unusable(format!("`media.recordings`: {}: {e}", folder.display()));
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let (db, secrets) = open(config).await?;
    greet_admin(config, &db).await?;
    let defaults = Defaults {
        session_lifetime: config.session.ttl,
        max_devices: DEVICES,
        max_calls: CALLS,
        call_record_life: config.database.call_record_life,
    };
    let directory = SqlDirectory::start(db.clone(), secrets.clone(), defaults);
    let media = Media::start(media_config(config)).map_err(|e| part("`media.listen`", &e))?;
    for address in media.addresses() {
        log::info!(address:% = address; "media listening");
    }
    let exchange = Exchange::start(settings(config), directory.clone(), media.clone());
    exchange.counters.register(registry);
    let sip = phones::start(config, &exchange).await?;
    registry.register_collector(Box::new(MediaPlane(media.clone())));
    let ping_db = db.clone();
    Ok(Wired {
        ping: Arc::new(move || {
            let db = ping_db.clone();
            Box::pin(async move { db.ping().await.is_ok() })
        }),
        mount: mount(config, &sip, db, secrets, directory.clone(), exchange.clone()),
        drain: Box::new(move |wait| Box::pin(drain(exchange, directory, media, wait))),
        sip,
    })
}

/// The database, and the key its secrets are sealed with.
async fn open(config: &Config) -> Result<(DatabaseConnection, Arc<Secrets>), StartError> {
    let db = connect(config.database.url.reveal()).await.map_err(|error| match error {
        ConnectError::Url(_) | ConnectError::File(..) => StartError::Unusable(format!("`database.url`: {error}")),
        ConnectError::Unreachable(..) | ConnectError::Database(_) => part("`database.url`", &error),
    })?;
    let key = config.secrets.key.as_ref().map(|key| key.reveal());
    let secrets = unlock(&db, key, &config.secrets.key_file).await.map_err(|error| match error {
        UnlockError::Database(_) => StartError::Part(error.to_string()),
        UnlockError::Missing(_) | UnlockError::Wrong(_) | UnlockError::Key(..) => {
            StartError::Unusable(error.to_string())
        }
    })?;
    Ok((db, Arc::new(secrets)))
}

fn part(key: &str, error: &dyn std::fmt::Display) -> StartError {
    StartError::Part(format!("{key}: {error}"))
}

/// The password of a generated admin is printed once, to the terminal and not to the log.
#[expect(clippy::print_stdout, reason = "logs are kept and shipped; a password must not be among them")]
async fn greet_admin(config: &Config, db: &DatabaseConnection) -> Result<(), StartError> {
    let password = config.admin.password.as_ref().map(|password| password.reveal());
    let made = first_admin(db, Some(&config.admin.email), password).await.map_err(|e| part("`admin`", &e))?;
    if let Some(admin) = made {
        match admin.password {
            Some(password) => println!("first start: admin {} with password {password}", admin.email),
            None => println!("first start: admin {} with the configured password", admin.email),
        }
    }
    Ok(())
}

fn media_config(config: &Config) -> media::Config {
    let media = &config.media;
    let rtp_ports = Some((media.rtp_ports.first, media.rtp_ports.last));
    media::Config { listen: media.listen, announce: media.announce.clone(), rtp_ports, workers: media.workers }
}

fn settings(config: &Config) -> Settings {
    let proxied = !config.http.trusted_proxies.is_empty();
    let local = !proxied && config.http.listen.iter().all(|address| address.ip().is_loopback());
    let secret = config.turn.secret.clone().unwrap_or_else(|| actors::directory::Secret::new(""));
    let turn = Turn { urls: config.turn.urls.clone(), secret, ttl: config.turn.ttl };
    Settings {
        resume_grace: config.session.resume_grace,
        turn: Some(turn).filter(|turn| !turn.urls.is_empty()),
        limits: config.limits.actors.clone(),
        // Where every page comes from this machine, its own addresses are the way to it.
        addresses: AddressPolicy { loopback: local, ..AddressPolicy::default() },
        timing: Timing::default(),
        recordings: config.media.recordings.clone(),
    }
}

/// What each worker thread serves: its own lane of the actors, and the REST.
fn mount(
    config: &Config,
    sip: &[Listen],
    db: DatabaseConnection,
    secrets: Arc<Secrets>,
    directory: Arc<SqlDirectory>,
    exchange: Arc<Exchange>,
) -> Mount {
    let changes = exchange.clone();
    let api = Api::state(Options {
        db,
        secrets,
        trusted_proxies: config.http.trusted_proxies.clone(),
        session_lifetime: config.session.ttl,
        demo_enabled: match config.demo.enabled {
            SignIn::Loopback => None,
            SignIn::Everyone => Some(true),
            SignIn::Nobody => Some(false),
        },
        demo_phones: phones::on_loopback(sip, &config.sip.destinations),
        change: Arc::new(move |change| {
            directory.forget(&change);
            changes.change(change);
        }),
        traces: Arc::new(CallTraces(exchange.clone())),
    });
    Arc::new(move |app| {
        let (exchange, lane) = (exchange.clone(), Lane::start(&exchange));
        let socket = move |request, payload: web::Payload| {
            let answer = actors::browser::upgrade(&exchange, &lane, &request, payload);
            async move { answer }
        };
        app.route("/rtc/api", web::get().to(socket));
        api::configure(app, api.clone());
    })
}

struct CallTraces(Arc<Exchange>);

impl Traces for CallTraces {
    fn trace(&self, gcid: &str) -> Option<Told> {
        self.0.trace.tell(&Gcid::parse(gcid)?)
    }
}

async fn drain(exchange: Arc<Exchange>, directory: Arc<SqlDirectory>, media: Media, wait: Duration) {
    let (calls, sessions) = (exchange.counters.calls.get(), exchange.counters.sessions.get());
    log::info!(calls, sessions, drain_s = wait.as_secs(); "stopping");
    exchange.drain();
    until_none(&exchange.counters.calls, wait).await;
    exchange.unregister();
    until_none(&exchange.counters.sip_registered, UNREGISTER).await;
    exchange.end_sessions();
    until_none(&exchange.counters.sessions, LAST_WORDS).await;
    directory.flush(LAST_WORDS).await;
    exchange.sip.close();
    // Joining its threads takes some milliseconds, and no actor has work any more.
    media.stop();
}

async fn until_none(left: &Gauge, wait: Duration) {
    let until = Instant::now() + wait;
    while left.get() > 0 && Instant::now() < until {
        tokio::time::sleep(DRAIN_TICK).await;
    }
}
