//! Absolute hrefs, and where a request came from.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HOST;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use ipnet::IpNet;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::configure::BASE;
use super::error::ApiError;

/// A reference to an object or a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Link {
    /// Absolute.
    pub href: String,
}

/// What hrefs begin with, as the client sees the server.
#[derive(Clone, Debug)]
pub(super) struct Links(String);

impl Links {
    /// From `Host`, or from a trusted proxy's `X-Forwarded-Proto` and `X-Forwarded-Host`.
    pub(super) fn of(request: &HttpRequest, proxies: &[IpNet]) -> Links {
        let trusted = is_trusted(peer(request), proxies);
        let forwarded = |name: &str| if trusted { last(request, name) } else { None };
        let scheme = match forwarded("x-forwarded-proto") {
            Some("https") => "https",
            Some("http") => "http",
            Some(_) | None if request.app_config().secure() => "https",
            Some(_) | None => "http",
        };
        let host = forwarded("x-forwarded-host").filter(|host| is_host(host));
        let host = host.or_else(|| own_host(request)).unwrap_or("localhost");
        Links(format!("{scheme}://{host}{BASE}"))
    }

    /// `path` below the base.
    pub(super) fn to(&self, path: &str) -> Link {
        Link { href: format!("{}/{path}", self.0) }
    }

    /// The object `id` of `resource`.
    pub(super) fn id(&self, resource: &str, id: Uuid) -> Link {
        self.to(&format!("{resource}/id/{id}"))
    }
}

/// The host the client spoke to: `Host`, or the authority of HTTP/2.
fn own_host(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| request.uri().authority().map(|a| a.as_str())).filter(|host| is_host(host))
}

/// A host and port with nothing that could leave its place in a URL.
fn is_host(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

/// The last value of a list header: the one the nearest proxy wrote.
fn last<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let value = request.headers().get_all(name).last()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|net| net.contains(&address))
}

/// The client's address: the peer, or the nearest address in `X-Forwarded-For` that is no trusted proxy.
pub(super) fn source(request: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    let mut source = peer(request);
    let lists = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        if !is_trusted(source, proxies) {
            break;
        }
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        source = hop.to_canonical();
    }
    source
}

/// Put into the request by `guard`.
impl FromRequest for Links {
    type Error = ApiError;
    type Future = Ready<Result<Links, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let links = request.extensions().get::<Links>().cloned();
        ready(links.ok_or_else(|| ApiError::fault("an endpoint stands outside the guard")))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(peer: &str) -> TestRequest {
        TestRequest::default()
            .peer_addr(format!("{peer}:1").parse().expect("peer"))
            .insert_header((HOST, "rtc.example"))
    }

    fn proxies() -> Vec<IpNet> {
        vec!["10.0.0.0/8".parse().expect("net")]
    }

    #[test]
    fn forwarded_headers_count_only_from_a_trusted_proxy() {
        let forwarded = |peer| {
            let request = request(peer).insert_header(("X-Forwarded-Proto", "https"));
            request.insert_header(("X-Forwarded-Host", "calls.example")).to_http_request()
        };
        let href = |peer| Links::of(&forwarded(peer), &proxies()).to("users").href;
        assert_eq!(href("10.1.2.3"), "https://calls.example/rtcengine/api/users");
        assert_eq!(href("192.0.2.1"), "http://rtc.example/rtcengine/api/users");
    }

    #[test]
    fn a_host_cannot_leave_its_place() {
        let request = request("10.1.2.3").insert_header(("X-Forwarded-Host", "evil/\"><script>")).to_http_request();
        assert_eq!(Links::of(&request, &proxies()).to("users").href, "http://rtc.example/rtcengine/api/users");
    }

    #[test]
    fn a_source_is_the_nearest_untrusted_hop() {
        let from = |peer| {
            let request = request(peer).insert_header(("X-Forwarded-For", "1.1.1.1, 192.0.2.7, 10.0.0.9"));
            source(&request.to_http_request(), &proxies()).to_string()
        };
        assert_eq!(from("10.1.2.3"), "192.0.2.7");
        assert_eq!(from("192.0.2.1"), "192.0.2.1");
    }
}
