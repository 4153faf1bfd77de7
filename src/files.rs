//! The pages, the SDK and the schema, out of the binary.
//!
//! In a debug build they are read from `static/` at each request, so that a page can be
//! worked on without a build. Nothing outside `static/` can be named: a path is looked
//! up among the files' names, and odd segments are refused before.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, EntityTag, Header as _, IfNoneMatch,
};
use actix_web::http::{Method, header};
use actix_web::middleware::Compress;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Pages run only what this server serves: no inline script, no frame around them.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; media-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the files of `static/` for every path nothing else serves.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::scope("").wrap(Compress::default()).default_service(web::to(serve)));
}

async fn serve(request: HttpRequest) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish();
    }
    let Some((name, shared)) = name_of(request.path()) else { return HttpResponse::NotFound().finish() };
    match Static::get(&name) {
        Some(file) => answer(&request, &name, file, shared),
        None => HttpResponse::NotFound().finish(),
    }
}

/// The file behind a path, and whether pages of other origins may load it.
fn name_of(path: &str) -> Option<(String, bool)> {
    let path = path.strip_prefix('/')?;
    let odd = |part: &str| part.is_empty() || part.starts_with('.') || part.contains(['\\', '\0', '%', ':']);
    match path {
        "" => Some(("demo/index.html".into(), false)),
        _ if path.split('/').any(odd) => None,
        "rtc/files/dist/cdk-prod.js" => Some(("classic/cdk-prod.js".into(), true)),
        _ if path.starts_with("sdk/") || path.starts_with("schema/") => Some((path.into(), true)),
        _ => Some((format!("demo/{path}"), false)),
    }
}

fn answer(request: &HttpRequest, name: &str, file: EmbeddedFile, shared: bool) -> HttpResponse {
    let hash: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    // Weak, since the same tag stands for the compressed form.
    let tag = EntityTag::new_weak(hash);
    let is_known = is_known(request, &tag);
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // Revalidated each time: a new engine brings new pages, and an unchanged file costs a 304.
    answer.insert_header((CACHE_CONTROL, "no-cache")).insert_header((ETAG, tag.to_string()));
    if shared {
        answer.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        answer.insert_header(("Cross-Origin-Resource-Policy", "cross-origin"));
    }
    if name.ends_with(".html") {
        answer.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY));
        answer.insert_header(("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"));
    }
    if is_known {
        return answer.finish();
    }
    answer.content_type(content_type(name));
    answer.body(file.data.into_owned())
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

fn content_type(name: &str) -> String {
    if name.ends_with(".d.ts") {
        // By its ending alone it would be a video.
        return "text/plain; charset=utf-8".into();
    }
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let text = kind.type_() == mime_guess::mime::TEXT || kind.subtype() == "json";
    if text { format!("{}; charset=utf-8", kind.essence_str()) } else { kind.essence_str().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_into_their_folders() {
        assert_eq!(name_of("/"), Some(("demo/index.html".into(), false)));
        assert_eq!(name_of("/app.js"), Some(("demo/app.js".into(), false)));
        assert_eq!(name_of("/sdk/rtc-engine.js"), Some(("sdk/rtc-engine.js".into(), true)));
        assert_eq!(name_of("/rtc/files/dist/cdk-prod.js"), Some(("classic/cdk-prod.js".into(), true)));
    }

    #[test]
    fn no_path_leads_out() {
        for path in [
            "/../Cargo.toml",
            "/sdk/../../Cargo.toml",
            "/sdk/%2e%2e/x",
            "/sdk//x",
            "/.git/config",
            "/sdk/.npmrc",
            "/a\\..\\b",
            "/C:/x",
            "/a\0",
            "x",
        ] {
            assert_eq!(name_of(path), None, "{path}");
        }
    }

    #[test]
    fn types_are_those_browsers_accept() {
        assert_eq!(content_type("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("a.d.ts"), "text/plain; charset=utf-8");
        assert_eq!(content_type("a.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("a.schema.json"), "application/json; charset=utf-8");
        assert_eq!(content_type("a.svg"), "image/svg+xml");
    }
}
