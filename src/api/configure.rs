//! Where every endpoint stands.

use actix_web::HttpResponse;
use actix_web::Resource;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, resource};

use super::error::{ApiError, Code};
use super::guard::guard;
use super::state::ApiState;
use super::{accounts, apps, body, calls, demo, keys, networks, openapi, sessions, trace, users};

/// The base of provisioning.
pub const BASE: &str = "/rtcengine/api";

/// Mounts the API, its OpenAPI document and demo sign-in.
pub fn configure(config: &mut ServiceConfig, state: ApiState) {
    config.service(at(&format!("{BASE}/openapi.json")).get(openapi::serve));
    let demo = at("/demo/session").app_data(state.clone()).app_data(body::limit());
    config.service(demo.post(demo::sign_in::sign_in));
    let guarded = state.clone();
    let scope = web::scope(BASE)
        .app_data(state)
        .app_data(body::limit())
        .app_data(web::PathConfig::default().error_handler(|_, _| ApiError::not_found().into()))
        .app_data(web::QueryConfig::default().error_handler(|_, _| wrong_query().into()))
        .wrap(from_fn(move |request, next| guard(guarded.clone(), request, next)))
        .configure(users_routes)
        .configure(apps_routes)
        .configure(networks_routes)
        .configure(sessions_routes)
        .configure(accounts_routes)
        .configure(keys_routes)
        .configure(calls_routes)
        .default_service(web::to(not_found));
    config.service(scope);
}

fn users_routes(config: &mut ServiceConfig) {
    config.service(at("/users").get(users::list::list).post(users::create::create));
    config.service(
        at("/users/id/{id}").get(users::read::read).patch(users::update::update).delete(users::delete::delete),
    );
    config.service(at("/users/id/{id}/apps").get(users::apps::apps));
    config.service(at("/users/id/{id}/networks").get(users::networks::networks));
}

fn apps_routes(config: &mut ServiceConfig) {
    config.service(at("/apps").get(apps::list::list).post(apps::create::create));
    config.service(at("/apps/id/{id}").get(apps::read::read).patch(apps::update::update).delete(apps::delete::delete));
    config.service(at("/apps/id/{id}/sessions").get(apps::sessions::sessions));
}

fn networks_routes(config: &mut ServiceConfig) {
    config.service(at("/networks").get(networks::list::list).post(networks::create::create));
    config.service(
        at("/networks/id/{id}")
            .get(networks::read::read)
            .patch(networks::update::update)
            .delete(networks::delete::delete),
    );
}

fn sessions_routes(config: &mut ServiceConfig) {
    config.service(at("/sessions").get(sessions::list::list).post(sessions::create::create));
    config.service(
        at("/sessions/id/{id}")
            .get(sessions::read::read)
            .patch(sessions::update::update)
            .delete(sessions::delete::delete),
    );
    config.service(at("/sessions/id/{id}/accounts").get(sessions::accounts::accounts));
}

fn accounts_routes(config: &mut ServiceConfig) {
    config.service(at("/accounts").get(accounts::list::list).post(accounts::create::create));
    config.service(
        at("/accounts/id/{id}")
            .get(accounts::read::read)
            .patch(accounts::update::update)
            .delete(accounts::delete::delete),
    );
}

fn keys_routes(config: &mut ServiceConfig) {
    config.service(at("/keys").get(keys::list::list).post(keys::create::create));
    config.service(at("/keys/id/{id}").get(keys::read::read).delete(keys::delete::delete));
}

fn calls_routes(config: &mut ServiceConfig) {
    config.service(at("/calls").get(calls::list::list));
    config.service(at("/calls/id/{id}").get(calls::read::read));
    config.service(at("/trace/{gcid}").get(trace::trace));
}

/// A path; a verb it does not know is 405.
fn at(path: &str) -> Resource {
    resource(path).default_service(web::to(wrong_method))
}

async fn wrong_method() -> Result<HttpResponse, ApiError> {
    Err(ApiError::new(Code::MethodNotAllowed, "this path does not know the method"))
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}

fn wrong_query() -> ApiError {
    ApiError::new(Code::InvalidField, "query: expand=true or false, offset and limit as numbers, ids as UUIDs expected")
}
