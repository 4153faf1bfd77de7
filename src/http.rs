//! What every request meets: the routes, the headers of every answer, the connection.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::middleware::DefaultHeaders;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, web};
use prometheus_client::registry::Registry;

use crate::config::Config;
use crate::shutdown::Phase;
use crate::wiring::{Mount, Ping};
use crate::{files, health, metrics};

/// How long sent data may stay unacknowledged: a peer that vanished is noticed then.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);

/// What the handlers of this crate share.
pub struct State {
    pub config: Config,
    pub phase: Arc<Phase>,
    pub registry: Registry,
    pub ping: Ping,
}

/// Mounts everything; the files last, since they take every path that is left.
pub fn configure(config: &mut web::ServiceConfig, state: &web::Data<State>, mount: &Mount) {
    config.app_data(state.clone());
    config.configure(health::configure).configure(metrics::configure);
    mount(config);
    config.configure(files::configure);
}

/// Headers of every answer that does not set its own.
pub fn default_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Cache-Control", "no-store"))
}

/// Headers that proxies add, beside all that begin with `x-forwarded`.
const FORWARDING: [&str; 6] = ["forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip"];

/// Whether somebody passed the request on, so that its peer is not who asked.
pub fn is_forwarded(request: &HttpRequest) -> bool {
    let forwarding = |name: &str| name.starts_with("x-forwarded") || FORWARDING.contains(&name);
    request.headers().keys().any(|name| forwarding(name.as_str()))
}

/// Prepares a connection and keeps what can cut it with it.
pub fn on_connect(stream: &dyn Any, extensions: &mut Extensions) {
    let plain = stream.downcast_ref::<TcpStream>();
    let tls = || stream.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0);
    let Some(stream) = plain.or_else(tls) else { return };
    // Best effort: a connection without these options works, only less well.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
    match actors::browser::Cut::of(stream) {
        Ok(cut) => drop(extensions.insert(cut)),
        Err(error) => log::warn!(error:% = error; "connection cannot be cut from outside"),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_request_through_a_proxy_is_known_by_its_headers() {
        for header in ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "Via", "X-Real-IP", "True-Client-IP"] {
            let request = TestRequest::default().insert_header((header, "x")).to_http_request();
            assert!(is_forwarded(&request), "{header}");
        }
        assert!(!is_forwarded(&TestRequest::default().insert_header(("Host", "localhost")).to_http_request()));
    }
}
