//! What the server is made of: the database, the actors, the REST.
//!
//! The one place that knows them all. The HTTP server sees only a [`Wired`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use prometheus_client::registry::Registry;

use crate::config::Config;
use crate::server::StartError;

/// A future of a part.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Whether the database answers.
pub type Ping = Arc<dyn Fn() -> Pending<bool> + Send + Sync>;
/// Mounts the WebSocket and the REST; called once a worker thread.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;
/// Refuses what is new, waits for running calls up to the given time, then ends them.
pub type Drain = Box<dyn FnOnce(Duration) -> Pending<()> + Send>;

/// The parts as the HTTP server needs them.
pub struct Wired {
    pub ping: Ping,
    pub mount: Mount,
    pub drain: Drain,
}

/// Starts the parts. `registry` learns their metrics.
///
/// Errors: the database cannot be opened or migrated, the media sockets not be bound.
pub async fn start(_config: &Config, _registry: &mut Registry) -> Result<Wired, StartError> {
    // HERE the database (`directory`), the actors (`actors::start`) and the REST
    // (`api::configure`) are put together; until then the server serves its pages.
    Ok(Wired {
        ping: Arc::new(|| Box::pin(async { true })),
        mount: Arc::new(|_| {}),
        drain: Box::new(|_| Box::pin(async {})),
    })
}
