//! The REST over a database, without a socket: requests go in, answers come out.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, dev::Service};
use actors::directory::Change;
use actors::trace::{Told, Trace};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rtc_engine::api::{Api, Options, Traces, configure};
use rtc_engine::directory::{Defaults, SqlDirectory, connect, first_admin};
use rtc_engine::secrets::Secrets;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::postgres;
use crate::operation::Folder;

pub const BASE: &str = "/rtcengine/api";
pub const ADMIN: (&str, &str) = ("admin@example.org", "planted-admin-password");
pub const SECRETS_KEY: &str = "cGxhbnRlZC1tYXN0ZXIta2V5LWZvci10ZXN0cy0wMDA=";

pub const CALL_RECORD_LIFE: Duration = Duration::from_secs(90 * 86_400);

type Serve = Box<dyn Fn(TestRequest) -> Pin<Box<dyn Future<Output = HttpResponse>>>>;

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// A text at `pointer` of the body.
    pub fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {self:?}"))
    }

    pub fn id(&self) -> Uuid {
        self.text("/id").parse().expect("a UUID")
    }

    /// `code` and `field` of an error.
    pub fn error(&self) -> (u16, &str, &str) {
        (self.status, self.text("/code"), self.body.pointer("/field").and_then(Value::as_str).unwrap_or_default())
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Who(pub String);

impl Who {
    pub fn basic(email: &str, password: &str) -> Who {
        Who(format!("Basic {}", BASE64_STANDARD.encode(format!("{email}:{password}"))))
    }

    pub fn bearer(key: &str) -> Who {
        Who(format!("Bearer {key}"))
    }

    pub fn admin() -> Who {
        Who::basic(ADMIN.0, ADMIN.1)
    }
}

/// The trace of a call with the gcid `known` between a session that is set here and one of nobody's.
#[derive(Default)]
pub struct OneTrace(pub Mutex<Option<Uuid>>);

impl Traces for OneTrace {
    fn trace(&self, gcid: &str) -> Option<Told> {
        let session = (*self.0.lock().expect("lock"))?;
        let (known, trace) = (signal::Gcid::parse("known")?, Trace::default());
        for (session, what) in [(session, "own"), (Uuid::nil(), "foreign")] {
            trace.state(&known, signal::SessionId(session), signal::CallId(Uuid::new_v4()), what, None);
        }
        trace.tell(&signal::Gcid::parse(gcid)?)
    }
}

pub struct World {
    serve: Serve,
    pub url: String,
    /// Where SQLite lies.
    pub folder: Option<Folder>,
    pub db: DatabaseConnection,
    pub directory: Arc<SqlDirectory>,
    pub changes: Arc<Mutex<Vec<Change>>>,
    pub traces: Arc<OneTrace>,
}

impl World {
    pub async fn sqlite() -> World {
        let folder = Folder::new();
        let world = World::at(&format!("sqlite:{}/db.sqlite", folder.0.display()), None).await;
        World { folder: Some(folder), ..world }
    }

    pub async fn postgres() -> World {
        World::at(&postgres::database().await, None).await
    }

    /// On the database `url`, as after a restart.
    pub async fn at(url: &str, demo_enabled: Option<bool>) -> World {
        let db = connect(url).await.expect("the database");
        first_admin(&db, Some(ADMIN.0), Some(ADMIN.1)).await.expect("an admin");
        let secrets = Arc::new(Secrets::load(Some(SECRETS_KEY), "unused".as_ref()).expect("a key"));
        let defaults = Defaults {
            session_lifetime: Duration::from_secs(3600),
            max_devices: 8,
            max_calls: 16,
            call_record_life: Some(CALL_RECORD_LIFE),
        };
        let directory = SqlDirectory::start(db.clone(), secrets.clone(), defaults);
        let (changes, traces) = (Arc::<Mutex<Vec<Change>>>::default(), Arc::<OneTrace>::default());
        let (told, forgetful) = (changes.clone(), directory.clone());
        let state = Api::state(Options {
            db: db.clone(),
            secrets,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("net")],
            session_lifetime: defaults.session_lifetime,
            demo_enabled,
            demo_phones: Some("127.0.0.1:5070".parse().expect("an address")),
            change: Arc::new(move |change| {
                forgetful.forget(&change);
                told.lock().expect("lock").push(change);
            }),
            traces: traces.clone(),
        });
        let service = Rc::new(init_service(App::new().configure(|config| configure(config, state))).await);
        let serve: Serve = Box::new(move |request| {
            let service = service.clone();
            Box::pin(async move {
                match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1.map_into_boxed_body(),
                    Err(error) => error.error_response(),
                }
            })
        });
        World { serve, url: url.to_owned(), folder: None, db, directory, changes, traces }
    }

    /// Sends any request; the peer is 192.0.2.1 unless set.
    pub async fn send(&self, request: TestRequest) -> Answer {
        let response = (self.serve)(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.expect("a body");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Answer { status, headers, body }
    }

    pub async fn call(&self, who: &Who, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = TestRequest::with_uri(&format!("{BASE}{path}")).method(method);
        let request = request.peer_addr("192.0.2.1:5000".parse().expect("peer"));
        let request = request.insert_header(("Authorization", who.0.as_str())).insert_header(("Host", "rtc.example"));
        self.send(match body {
            Some(body) => request.insert_header((CONTENT_TYPE, "application/json")).set_payload(body.to_string()),
            None => request,
        })
        .await
    }

    pub async fn get(&self, who: &Who, path: &str) -> Answer {
        self.call(who, Method::GET, path, None).await
    }

    pub async fn post(&self, who: &Who, path: &str, body: Value) -> Answer {
        self.call(who, Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, who: &Who, path: &str, body: Value) -> Answer {
        self.call(who, Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, who: &Who, path: &str) -> Answer {
        self.call(who, Method::DELETE, path, None).await
    }

    /// `POST` that must make something.
    pub async fn make(&self, who: &Who, path: &str, body: Value) -> Answer {
        let answer = self.post(who, path, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }

    /// A user, and who they are.
    pub async fn user(&self, name: &str) -> (Uuid, Who) {
        let email = format!("{name}@example.org");
        let password = format!("planted-password-of-{name}");
        let made = self.make(&Who::admin(), "/users", json!({"email": email, "password": password})).await;
        (made.id(), Who::basic(&email, &password))
    }

    /// What a session needs: an app and a webrtc network with the tag `net`.
    pub async fn app(&self, who: &Who) -> Uuid {
        let app = self.make(who, "/apps", json!({"name": "App", "domain": "app.example"})).await;
        self.make(who, "/networks", json!({"tag": "net", "connector": "webrtc", "config": {}})).await;
        app.id()
    }

    /// What changed under running sessions since the last look.
    pub fn told(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().expect("lock"))
    }
}
