//! `/healthz` and `/readyz`, for whoever restarts the engine or sends it traffic.
//!
//! Alive is not ready: nothing outside the process, the database least of all, makes
//! it look dead, since a restart would end the calls that still run.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use crate::http::State;

/// How long the database has to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/healthz", web::get().to(healthz)).route("/readyz", web::get().to(readyz));
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(state: web::Data<State>) -> HttpResponse {
    if state.phase.is_draining() {
        return HttpResponse::ServiceUnavailable().body("draining\n");
    }
    match tokio::time::timeout(PING_TIMEOUT, (state.ping)()).await {
        Ok(true) => HttpResponse::Ok().body("ready\n"),
        Ok(false) | Err(_) => HttpResponse::ServiceUnavailable().body("the database does not answer\n"),
    }
}
