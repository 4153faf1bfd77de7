//! `/metrics` in the OpenMetrics text format.
//!
//! Only for the networks of `metrics.allow`, and never through a proxy: a reverse
//! proxy on this host would show them to the world as if it were this host asking.

mod media;
mod process;
mod sample;

use actix_web::{HttpRequest, HttpResponse, web};
use ipnet::IpNet;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use self::media::MediaPlane;
use self::process::Process;
use crate::http::{State, is_forwarded};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/metrics", web::get().to(scrape));
}

/// What every engine measures of itself.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(
        "rtc_engine_build",
        "The build that runs",
        Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
    );
    registry.register_collector(Box::new(Process::starting_now()));
    registry
}

async fn scrape(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !may_scrape(&request, &state.config.metrics.allow) {
        return HttpResponse::Forbidden().body("not in metrics.allow\n");
    }
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &state.registry) {
        Ok(()) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn may_scrape(request: &HttpRequest, allow: &[IpNet]) -> bool {
    let Some(peer) = request.peer_addr() else { return false };
    let peer = peer.ip().to_canonical();
    !is_forwarded(request) && allow.iter().any(|net| net.contains(&peer))
}
