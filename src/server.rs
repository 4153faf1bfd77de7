//! One running engine: its thread, its listeners, its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::oneshot;

use crate::config::{Config, Http, Invalid, Listen};
use crate::http::{self, State};
use crate::shutdown::{Phase, Stop};
use crate::wiring::{self, Drain, Wired};
use crate::{metrics, tls};

/// Connections the kernel holds until they are accepted.
const BACKLOG: i32 = 4096;
/// How long answers under way may take once everything else has ended, in seconds.
const CLOSING_S: u64 = 2;

/// Why an engine did not start; one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] Invalid),
    /// The certificate is.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// An address is taken or not ours.
    #[error("`http.listen`: cannot listen on {address}: {error}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// What the configuration names cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// A part of the engine did not start.
    #[error("{0}")]
    Part(String),
    /// The system refused a thread or a descriptor.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// Whether the operator must change the configuration (exit code 2) rather than the machine (1).
    pub fn is_config(&self) -> bool {
        match self {
            StartError::Config(_) | StartError::Tls(_) | StartError::Unusable(_) => true,
            StartError::Listen { .. } | StartError::Part(_) | StartError::System(_) => false,
        }
    }
}

/// A running engine. Dropping it ends it at once; [`Engine::stop`] lets calls end first.
#[derive(Debug)]
pub struct Engine {
    addresses: Vec<SocketAddr>,
    sip: Vec<Listen>,
    secure: bool,
    stop: Option<oneshot::Sender<Stop>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts an engine on a thread of its own and returns once it listens. Any number fit in one process.
    ///
    /// Errors: as [`StartError`]; nothing is left running then.
    pub fn start(config: Config) -> Result<Engine, StartError> {
        tls::install_provider();
        let secure = config.http.certificate.is_some();
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new().name("engine".into()).spawn(move || {
            actix_web::rt::System::new().block_on(run(config, ready, stopped));
        })?;
        match started.recv() {
            Ok(Ok((addresses, sip))) => Ok(Engine { addresses, sip, secure, stop: Some(stop), thread: Some(thread) }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Part("the engine ended while it started; the log says why".into())),
        }
    }

    /// Where it listens, with the real ports, in the order of `http.listen`.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where phones and trunks reach it, with the real ports.
    pub fn sip(&self) -> &[Listen] {
        &self.sip
    }

    /// The URL of its first address, with a slash at the end.
    pub fn url(&self) -> String {
        self.addresses.first().map(|address| url(*address, self.secure)).unwrap_or_default()
    }

    /// Drains: refuses what is new, waits for running calls up to `shutdown.drain_s`, ends them, closes.
    ///
    /// Blocks until the engine is gone.
    pub fn stop(mut self) {
        self.end(Stop::Drain);
    }

    fn end(&mut self, how: Stop) {
        // Either is gone if the engine's thread died; then there is nothing left to end.
        let _ = self.stop.take().map(|stop| stop.send(how));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end(Stop::Now);
    }
}

fn url(address: SocketAddr, secure: bool) -> String {
    format!("{}://{address}/", if secure { "https" } else { "http" })
}

/// Where it listens: for HTTP, for SIP.
type Listening = (Vec<SocketAddr>, Vec<Listen>);
type Ready = mpsc::Sender<Result<Listening, StartError>>;

async fn run(config: Config, ready: Ready, stopped: oneshot::Receiver<Stop>) {
    let phase = Arc::new(Phase::default());
    let drain_time = config.shutdown.drain;
    let (server, listening, drain) = match serve(config, phase.clone()).await {
        Ok(serving) => serving,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let _ = ready.send(Ok(listening));
    let how = stopped.await.unwrap_or(Stop::Now);
    phase.drain();
    drain(if how == Stop::Drain { drain_time } else { Default::default() }).await;
    handle.stop(how == Stop::Drain).await;
    let _ = serving.await;
    log::info!("stopped");
}

async fn serve(config: Config, phase: Arc<Phase>) -> Result<(Server, Listening, Drain), StartError> {
    let tls = tls::server_config(&config.http)?;
    let listeners = config.http.listen.iter().map(|address| listen(*address)).collect::<Result<Vec<_>, _>>()?;
    let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
    let mut registry = metrics::registry();
    let wired = wiring::start(&config, registry.sub_registry_with_prefix("rtc_engine")).await?;
    let Wired { ping, mount, drain, sip } = wired;
    let (workers, connections) = (worker_count(&config.http), config.limits.connections_per_worker);
    let state = web::Data::new(State { config, phase, registry, ping });
    let mut server = HttpServer::new(move || {
        App::new().wrap(http::default_headers()).configure(|app| http::configure(app, &state, &mount))
    })
    .workers(workers)
    .max_connections(connections)
    .on_connect(http::on_connect)
    .shutdown_timeout(CLOSING_S)
    .disable_signals();
    for listener in listeners {
        server = match &tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.clone())?,
            None => server.listen(listener)?,
        };
    }
    for address in &addresses {
        log::info!(url = url(*address, tls.is_some()).as_str(); "listening");
    }
    Ok((server.run(), (addresses, sip), drain))
}

fn worker_count(http: &Http) -> usize {
    match http.workers {
        0 => thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = || -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // So that a restart need not wait for the last connections to time out.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    bound().map_err(|error| StartError::Listen { address, error })
}
