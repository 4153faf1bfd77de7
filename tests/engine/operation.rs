//! Operation: what the engine serves beside calls, and how it starts and ends.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rtc_engine::config::{Certificate, Listen, Transport};
use rtc_engine::{Config, Engine, StartError};

use crate::raw_http::{Answer, get, request};

/// A folder that is gone with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let folder = std::env::temp_dir().join(format!("rtc-engine-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Folder(folder)
    }

    /// The defaults on any free port, with every file in this folder.
    pub fn config(&self) -> Config {
        let text = "[http]\nlisten = '127.0.0.1:0'\nworkers = 1\n[shutdown]\ndrain_s = 0\n[admin]\npassword = 'for tests only'";
        Config::parse(text, &self.0, Default::default()).expect("a good configuration")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn engine(folder: &Folder) -> (Engine, SocketAddr) {
    let engine = Engine::start(folder.config()).expect("the engine starts");
    let address = engine.addresses()[0];
    (engine, address)
}

#[test]
fn it_is_alive_and_ready_until_it_is_stopped() {
    let folder = Folder::new();
    let (engine, address) = engine(&folder);
    assert_ne!(address.port(), 0);
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(get(address, "/readyz").text(), "ready\n");
    engine.stop();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn several_engines_run_in_one_process_and_one_after_the_other() {
    let (first, second) = (Folder::new(), Folder::new());
    let (a, to_a) = engine(&first);
    let (b, to_b) = engine(&second);
    a.stop();
    assert_eq!(get(to_b, "/healthz").status, 200);
    drop(b);
    let (again, to_again) = engine(&first);
    assert_eq!(get(to_again, "/readyz").status, 200);
    again.stop();
    assert!(TcpStream::connect(to_a).is_err() && TcpStream::connect(to_b).is_err());
}

#[test]
fn a_taken_address_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = folder.config();
    config.http.listen = vec![taken.local_addr().unwrap()];
    let error = Engine::start(config).expect_err("the port is taken");
    assert!(!error.is_config());
    assert!(matches!(error, StartError::Listen { .. }) && error.to_string().contains("`http.listen`"), "{error}");
}

#[test]
fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    let folder = Folder::new();
    let (_engine, address) = engine(&folder);
    for path in ["/", "/healthz", "/nothing-here"] {
        let answer = get(address, path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[test]
fn pages_are_revalidated_compressed_and_kept_inside_their_folder() {
    let folder = Folder::new();
    let (_engine, address) = engine(&folder);
    let page = get(address, "/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert!(!page.header("content-security-policy").contains("unsafe"));
    let known = format!("If-None-Match: {}\r\n", page.header("etag"));
    let again = request(address, "GET", "/", &known);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(request(address, "GET", "/", "Accept-Encoding: gzip\r\n").header("content-encoding"), "gzip");
    assert_eq!(request(address, "HEAD", "/", "").body.len(), 0);
    assert_eq!(request(address, "POST", "/", "Content-Length: 0\r\n").status, 405);
    for path in
        ["/../Cargo.toml", "/sdk/../../Cargo.toml", "/sdk/%2e%2e/%2e%2e/Cargo.toml", "/..%2fCargo.toml", "/sdk/"]
    {
        assert_eq!(get(address, path).status, 404, "{path}");
    }
}

#[test]
fn pages_of_other_origins_may_load_the_sdk_and_nothing_else() {
    let folder = Folder::new();
    let (_engine, address) = engine(&folder);
    for path in ["/sdk/rtc-engine.js", "/rtc/files/dist/cdk-prod.js", "/schema/rtc-engine.schema.json"] {
        let answer = get(address, path);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"), "{path}");
    }
    assert_eq!(get(address, "/").header("access-control-allow-origin"), "");
}

#[test]
fn metrics_are_for_the_allowed_networks_and_never_through_a_proxy() {
    let folder = Folder::new();
    let (_engine, address) = engine(&folder);
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    assert!(answer.text().contains("rtc_engine_build_info{version="), "{}", answer.text());
    for metric in ["rtc_engine_sessions 0", "rtc_engine_media_peers 0", "process_uptime_seconds "] {
        assert!(answer.text().contains(&format!("\n{metric}")), "{metric} in {}", answer.text());
    }
    assert!(answer.text().ends_with("# EOF\n"));
    assert_eq!(request(address, "GET", "/metrics", "X-Forwarded-For: 127.0.0.1\r\n").status, 403);
    let other = Folder::new();
    let mut config = other.config();
    config.metrics.allow = vec!["192.0.2.0/24".parse().unwrap()];
    let closed = Engine::start(config).unwrap();
    assert_eq!(get(closed.addresses()[0], "/metrics").status, 403);
}

#[test]
fn tls_serves_the_same_with_a_generated_certificate() {
    let folder = Folder::new();
    let mut config = folder.config();
    config.http.certificate = Some(Certificate::Generated { folder: folder.0.clone() });
    let engine = Engine::start(config).unwrap();
    assert!(engine.url().starts_with("https://127.0.0.1:"));
    let mut roots = rustls::RootCertStore::empty();
    let pem = folder.0.join("development-certificate.pem");
    let certificate = <rustls::pki_types::CertificateDer as rustls::pki_types::pem::PemObject>::from_pem_file(pem);
    roots.add(certificate.unwrap()).unwrap();
    let client = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(client), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(engine.addresses()[0]).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(Answer::read(stream).text(), "ok\n");
}

#[test]
fn phones_reach_it_where_it_says_until_it_is_stopped() {
    let folder = Folder::new();
    let mut config = folder.config();
    let loopback = |transport| Listen { transport, address: ([127, 0, 0, 1], 0).into() };
    config.sip.listen = vec![loopback(Transport::Udp), loopback(Transport::Tcp)];
    let engine = Engine::start(config.clone()).expect("the engine starts");
    let [udp, tcp] = engine.sip() else { panic!("two listeners: {:?}", engine.sip()) };
    assert_eq!((udp.transport, tcp.transport), (Transport::Udp, Transport::Tcp));
    let (to, phone) = (udp.address, UdpSocket::bind("127.0.0.1:0").unwrap());
    let from = phone.local_addr().unwrap();
    let options = format!(
        "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:a@a.example>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    phone.send_to(options.as_bytes(), to).unwrap();
    let mut answer = [0; 2048];
    let length = phone.recv(&mut answer).expect("an answer");
    assert!(answer[..length].starts_with(b"SIP/2.0 200 "), "{}", String::from_utf8_lossy(&answer));
    let (udp, tcp) = (udp.address, tcp.address);
    engine.stop();
    assert!(UdpSocket::bind(udp).is_ok() && TcpStream::connect(tcp).is_err(), "nobody listens any more");
    config.sip.listen = vec![loopback(Transport::Tls)];
    let error = Engine::start(config).expect_err("no certificate");
    assert!(error.is_config() && error.to_string().contains("`http.tls_certificate`"), "{error}");
}
