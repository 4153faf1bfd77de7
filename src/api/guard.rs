//! What every request of the API passes: log-in, rights of a key, no caching.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::link::{Links, source};
use super::login::log_in;
use super::state::ApiState;

/// Puts the caller and their hrefs into the request.
pub(super) async fn guard<B: MessageBody>(
    api: ApiState,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let proxies = &api.options.trusted_proxies;
    let source = source(request.request(), proxies);
    let caller = log_in(&api, request.headers().get(AUTHORIZATION), source).await?;
    caller.may(request.method())?;
    let links = Links::of(request.request(), proxies);
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(links);
    let mut response = next.call(request).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
