//! What demo sessions hang on: one user, app and network a tag, with ids of their own so that
//! `caller` can keep them out of everybody's collections.

use entities::user::Kind;
use entities::{app, network, session, user};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use signal::Connector;
use time::{Duration, OffsetDateTime};
use uuid::{Uuid, uuid};

use crate::api::error::{ApiError, Code, Unique};
use crate::api::state::Api;

/// Owner of all that is the demo's. Nobody can log in as it.
pub(in crate::api) const DEMO_USER: Uuid = uuid!("de300000-0000-4000-8000-000000000001");
const DEMO_APP: Uuid = uuid!("de300000-0000-4000-8000-000000000002");
/// Where pages call each other.
pub(super) const BROWSERS: Place = Place {
    id: uuid!("de300000-0000-4000-8000-000000000003"),
    tag: "webrtc",
    connector: Connector::Webrtc,
    config: "{}",
};
/// Where phones on this machine call pages and are called. A pattern ends with the host or with `:` behind it: more of
/// a name must not follow.
pub(super) const PHONES: Place = Place {
    id: uuid!("de300000-0000-4000-8000-000000000004"),
    tag: "sip",
    connector: Connector::Sip,
    config: r#"{
        "register": false,
        "trusted": ["127.0.0.0/8", "::1/128"],
        "allowedTargets": [
            "sip:*@127.0.0.1", "sip:*@127.0.0.1:*",
            "sip:*@[::1]", "sip:*@[::1]:*",
            "sip:*@localhost", "sip:*@localhost:*"
        ]
    }"#,
};
/// Most demo sessions alive.
const SESSIONS: i32 = 10_000;
/// A demo session ends an hour after its last page went.
const LIFETIME_S: i32 = 3600;
/// How long a session has been unconnected for sure when it counts as idle: the expiry of a
/// connected one lags by a twentieth of its life and one tick.
const IDLE_S: i32 = LIFETIME_S / 10;
/// Most idle sessions that go at once where there is no room.
const ROOM: u64 = 100;

/// A network a demo session has an account on.
pub(super) struct Place {
    pub id: Uuid,
    tag: &'static str,
    connector: Connector,
    config: &'static str,
}

/// The demo's app and the networks `places`, made where they are missing; sessions that ended are removed.
pub(super) async fn ready(api: &Api, places: &[&Place]) -> Result<app::Model, ApiError> {
    let app = match app::Entity::find_by_id(DEMO_APP).one(api.db()).await? {
        Some(app) => app,
        None => make_app(api).await?,
    };
    for place in places {
        if network::Entity::find_by_id(place.id).one(api.db()).await?.is_none() {
            make_network(api, place).await?;
        }
    }
    let ended = session::Entity::delete_many().filter(session::Column::App.eq(DEMO_APP));
    ended.filter(session::Column::Expires.lt(OffsetDateTime::now_utc())).exec(api.db()).await?;
    Ok(app)
}

/// Ends the demo sessions that have been idle longest, if any are.
pub(super) async fn make_room(api: &Api) -> Result<(), ApiError> {
    let idle = OffsetDateTime::now_utc() + Duration::seconds((LIFETIME_S - IDLE_S).into());
    let rows = session::Entity::find().select_only().column(session::Column::Id);
    let rows = rows.filter(session::Column::App.eq(DEMO_APP)).filter(session::Column::Expires.lt(idle));
    let rows = rows.order_by_asc(session::Column::Expires).limit(ROOM);
    let ended: Vec<Uuid> = rows.into_tuple().all(api.db()).await?;
    session::Entity::delete_many().filter(session::Column::Id.is_in(ended.iter().copied())).exec(api.db()).await?;
    api.ended(ended);
    Ok(())
}

async fn make_app(api: &Api) -> Result<app::Model, ApiError> {
    let user = user::ActiveModel {
        id: Set(DEMO_USER),
        email: Set("demo".to_owned()),
        password: Set(String::new()),
        kind: Set(Kind::User),
        created: Set(OffsetDateTime::now_utc()),
    };
    unless_there(user.insert(api.db()).await.unique("user"))?;
    let app = app::ActiveModel {
        id: Set(DEMO_APP),
        owner: Set(DEMO_USER),
        name: Set("demo".to_owned()),
        domain: Set("demo".to_owned()),
        max_sessions: Set(Some(SESSIONS)),
        session_lifetime_s: Set(Some(LIFETIME_S)),
        created: Set(OffsetDateTime::now_utc()),
        ..Default::default()
    };
    unless_there(app.insert(api.db()).await.unique("app"))?;
    app::Entity::find_by_id(DEMO_APP).one(api.db()).await?.ok_or_else(ApiError::not_found)
}

async fn make_network(api: &Api, place: &Place) -> Result<(), ApiError> {
    let network = network::ActiveModel {
        id: Set(place.id),
        owner: Set(DEMO_USER),
        tag: Set(place.tag.to_owned()),
        connector: Set(place.connector.name().to_owned()),
        config: Set(place.config.to_owned()),
        config_is_text: Set(false),
        created: Set(OffsetDateTime::now_utc()),
        ..Default::default()
    };
    unless_there(network.insert(api.db()).await.unique("network"))
}

/// Two first sign-ins at once: the later finds what the earlier made.
fn unless_there<T>(made: Result<T, ApiError>) -> Result<(), ApiError> {
    match made {
        Err(error) if error.code != Code::Conflict => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
