//! The OpenAPI 3.1 document, generated from the endpoints and their types.

use actix_web::{Responder, web};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::error::ApiError;
use super::{accounts, apps, calls, keys, networks, sessions, trace, users};

/// Everything below `/rtcengine/api`.
#[derive(OpenApi)]
#[openapi(
    info(title = "RTC:engine provisioning", description = "Users, apps, networks, sessions and accounts; API keys, the records of calls, and the traces of recent ones."),
    servers((url = "/rtcengine/api")),
    paths(
        users::list::list,
        users::create::create,
        users::read::read,
        users::update::update,
        users::delete::delete,
        users::apps::apps,
        users::networks::networks,
        apps::list::list,
        apps::create::create,
        apps::read::read,
        apps::update::update,
        apps::delete::delete,
        apps::sessions::sessions,
        networks::list::list,
        networks::create::create,
        networks::read::read,
        networks::update::update,
        networks::delete::delete,
        sessions::list::list,
        sessions::create::create,
        sessions::read::read,
        sessions::update::update,
        sessions::delete::delete,
        sessions::accounts::accounts,
        accounts::list::list,
        accounts::create::create,
        accounts::read::read,
        accounts::update::update,
        accounts::delete::delete,
        keys::list::list,
        keys::create::create,
        keys::read::read,
        keys::delete::delete,
        calls::list::list,
        calls::read::read,
        trace::trace,
    ),
    components(schemas(ApiError)),
    modifiers(&Security, &Errors)
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

pub(super) async fn serve() -> impl Responder {
    web::Json(document())
}

/// Basic, or a bearer key.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let none = std::iter::empty::<String>;
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        document.security =
            Some(vec![SecurityRequirement::new("basic", none()), SecurityRequirement::new("bearer", none())]);
    }
}

/// Every operation may answer with an error.
struct Errors;

impl Modify for Errors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for path in document.paths.paths.values_mut() {
            let verbs = [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete];
            verbs.into_iter().flatten().for_each(add_default);
        }
    }
}

fn add_default(operation: &mut Operation) {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ApiError"))).build();
    let response: Response = ResponseBuilder::new()
        .description("400 to 503: what is wrong, and in which field")
        .content("application/json", body)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
}
