//! Whether a request comes from this machine, and not through a proxy on it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::{HOST, ORIGIN};

use crate::http::is_forwarded;

/// A loopback peer that asked for a loopback host, from a page of such a host if from a page, with
/// nothing a proxy would have added. The host guards against a page elsewhere whose name
/// was made to resolve to this machine.
pub(super) fn is_local(request: &HttpRequest) -> bool {
    let peer = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(HOST).or_else(|| request.uri().authority().map(|a| a.as_str()));
    peer && host.is_some_and(is_loopback_authority)
        && text(ORIGIN).is_none_or(is_loopback_origin)
        && !is_forwarded(request)
}

fn is_loopback_origin(origin: &str) -> bool {
    origin
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().cloned())
        .is_some_and(|a| is_loopback_authority(a.as_str()))
}

fn is_loopback_authority(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn from(peer: &str, host: &str) -> TestRequest {
        TestRequest::default().peer_addr(peer.parse().expect("peer")).insert_header((HOST, host))
    }

    #[test]
    fn this_machine_is_local() {
        for (peer, host) in
            [("127.0.0.1:9", "localhost:8080"), ("[::1]:9", "[::1]:8080"), ("[::ffff:127.0.0.1]:9", "127.0.0.1")]
        {
            assert!(is_local(&from(peer, host).to_http_request()), "{peer} {host}");
        }
        let page = from("127.0.0.1:9", "localhost").insert_header((ORIGIN, "http://localhost:8080"));
        assert!(is_local(&page.to_http_request()));
    }

    #[test]
    fn others_and_proxies_are_not() {
        let local = || from("127.0.0.1:9", "localhost");
        let requests = [
            from("192.0.2.1:9", "localhost"),
            from("127.0.0.1:9", "rtc.example"),
            from("127.0.0.1:9", "localhost.evil.example"),
            from("127.0.0.1:9", "127.0.0.1.evil.example"),
            local().insert_header((ORIGIN, "https://evil.example")),
            local().insert_header((ORIGIN, "null")),
            local().insert_header(("X-Forwarded-For", "192.0.2.1")),
            local().insert_header(("X-Forwarded-Proto", "https")),
            local().insert_header(("Forwarded", "for=192.0.2.1")),
            local().insert_header(("Via", "1.1 proxy")),
        ];
        for (i, request) in requests.into_iter().enumerate() {
            assert!(!is_local(&request.to_http_request()), "request {i}");
        }
    }
}
