//! An engine without the server around it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use serde_json::{Map, Value};
use sip::transport::Protocol;

use super::directory::FakeDirectory;
use super::page::Page;
use crate::exchange::{AddressPolicy, Exchange, Settings, Timing};
use crate::limits::Limits;
use crate::media::{Config, Media};
use crate::router::Lane;
use crate::sip::transport::Listen;

/// What the operator gives the engine.
#[derive(Default)]
pub struct Means {
    /// Where recordings go.
    pub recordings: Option<PathBuf>,
    /// The RTP ports there are; `None`: any.
    pub rtp_ports: Option<(u16, u16)>,
}

/// See the module.
pub struct Server {
    pub address: SocketAddr,
    pub exchange: Arc<Exchange>,
    pub directory: Arc<FakeDirectory>,
    handle: ServerHandle,
}

impl Server {
    /// One worker thread, so that all sessions share a lane.
    pub fn start() -> Server {
        Server::over(Arc::default(), Means::default())
    }

    /// Every account is on the SIP network of `phone`.
    pub fn with_phone(phone: SocketAddr) -> Server {
        Server::with_network(phone, &Value::Object(Map::new()))
    }

    /// The same, where the network's config has these keys besides.
    pub fn with_network(phone: SocketAddr, config: &Value) -> Server {
        Server::with_means(phone, config, Means::default())
    }

    /// The same, where calls may be recorded into a folder.
    pub fn with_recordings(phone: SocketAddr, config: &Value, folder: PathBuf) -> Server {
        Server::with_means(phone, config, Means { recordings: Some(folder), ..Means::default() })
    }

    /// The same, with what the operator gives it.
    pub fn with_means(phone: SocketAddr, config: &Value, means: Means) -> Server {
        let directory = Arc::<FakeDirectory>::default();
        directory.phone.set(phone).unwrap();
        directory.config.set(config.as_object().unwrap().clone()).unwrap();
        Server::over(directory, means)
    }

    fn over(directory: Arc<FakeDirectory>, means: Means) -> Server {
        let (ready, started) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
                let Means { recordings, rtp_ports } = means;
                let media = Config { listen: loopback, announce: Vec::new(), rtp_ports, workers: 1 };
                let media = Media::start(media).unwrap();
                let exchange = Exchange::start(settings(recordings), directory.clone(), media);
                if directory.phone.get().is_some() {
                    let udp = Listen { protocol: Protocol::Udp, address: loopback };
                    crate::sip::listen(&exchange, vec![udp], None, None, Vec::new()).await.unwrap();
                }
                let shared = exchange.clone();
                let server = HttpServer::new(move || {
                    let (exchange, lane) = (shared.clone(), Lane::start(&shared));
                    let socket = move |request, payload: web::Payload| {
                        let answer = crate::browser::upgrade(&exchange, &lane, &request, payload);
                        async move { answer }
                    };
                    App::new().route("/rtc/api", web::get().to(socket))
                });
                let server = server.workers(1).disable_signals().bind(loopback).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                ready.send(Server { address, exchange, directory, handle: server.handle() }).unwrap();
                server.await.unwrap();
            });
        });
        started.recv().unwrap()
    }

    /// A page signed in as `name`, its account connected.
    pub fn page(&self, name: &str) -> Page {
        let mut page = Page::open(self.address, name);
        page.connect();
        page
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

fn settings(recordings: Option<PathBuf>) -> Settings {
    Settings {
        resume_grace: Duration::from_secs(5),
        turn: None,
        limits: Limits { messages_per_s: 1_000_000, messages_burst: 1_000_000, ..Limits::default() },
        addresses: AddressPolicy::default(),
        timing: Timing::default(),
        recordings,
    }
}
