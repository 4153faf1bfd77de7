//! `GET /rtc/api`: from an HTTP request to a WebSocket actor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::error::PayloadError;
use actix_web::http::header::ORIGIN;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws::WsResponseBuilder;
use futures_util::StreamExt;

use super::{BrowserClient, Cut};
use crate::exchange::Exchange;
use crate::limits::EARLY_BYTES;
use crate::router::Lane;

/// Starts a [`BrowserClient`] for the request's socket.
///
/// A draining engine takes sockets in all the same: they may resume a device.
///
/// Errors: 503 while too many sockets wait for `session.open`, 400 for a request
/// that is no WebSocket upgrade.
pub fn upgrade(
    exchange: &Arc<Exchange>,
    lane: &Lane,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let waiting = exchange.counters.sockets_unopened.get();
    let full = usize::try_from(waiting).is_ok_and(|n| n >= exchange.settings.limits.unopened_sockets);
    if full {
        return Ok(HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "5")).finish());
    }
    let origin = request.headers().get(ORIGIN).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cut = request.conn_data::<Cut>().cloned();
    let opened = Arc::new(AtomicBool::new(false));
    let client = BrowserClient::new(exchange.clone(), lane.clone(), origin, cut, opened.clone());
    // The codec refuses longer frames by itself; one byte more lets a frame at the limit be told from one over it.
    let frame_bytes = exchange.settings.limits.frame_bytes + 1;
    WsResponseBuilder::new(client, request, budgeted(payload, opened)).frame_size(frame_bytes).start()
}

/// The codec holds a frame until it is whole, and its limit is that of an open session: until then
/// the bytes of a socket are counted here.
fn budgeted(
    payload: web::Payload,
    opened: Arc<AtomicBool>,
) -> impl futures_util::Stream<Item = Result<web::Bytes, PayloadError>> {
    let mut early = 0;
    payload.map(move |chunk| match chunk {
        Ok(bytes) if !opened.load(Ordering::Relaxed) => {
            early += bytes.len();
            if early > EARLY_BYTES { Err(PayloadError::Overflow) } else { Ok(bytes) }
        }
        Ok(_) | Err(_) => chunk,
    })
}
