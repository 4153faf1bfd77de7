//! Who is asking, and what they see: the one place where access is decided.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use entities::api_key::Scope;
use entities::user::Kind;
use entities::{account, api_key, app, call_record, network, session, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::demo::DEMO_USER;
use super::error::{ApiError, Code};

/// Who is asking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    /// The user, or the key's owner.
    pub user: Uuid,
    kind: Kind,
    /// What the key may do; `None`: logged in with a password.
    scope: Option<Scope>,
    /// The one app a key is limited to.
    app: Option<Uuid>,
}

impl Caller {
    /// Logged in with a password.
    pub(super) fn user(user: &user::Model) -> Caller {
        Caller { user: user.id, kind: user.kind, scope: None, app: None }
    }

    /// Came with `key` of `owner`. A key for one app is never an admin's.
    pub(super) fn key(key: &api_key::Model, owner: &user::Model) -> Caller {
        let kind = if key.app.is_some() { Kind::User } else { owner.kind };
        Caller { user: owner.id, kind, scope: Some(key.scope), app: key.app }
    }

    /// Whether the caller may see and do everything.
    pub(super) fn is_admin(&self) -> bool {
        self.kind == Kind::Admin
    }

    /// 403 for anything but reading with a reading key.
    pub(super) fn may(&self, method: &Method) -> Result<(), ApiError> {
        match self.scope {
            Some(Scope::Read) if !method.is_safe() => Err(forbidden("this key may only read")),
            Some(Scope::Read | Scope::Write) | None => Ok(()),
        }
    }

    /// 403 for a key limited to one app.
    pub(super) fn not_app_only(&self) -> Result<(), ApiError> {
        self.app.map_or(Ok(()), |_| Err(forbidden("this key is limited to one app's sessions and accounts")))
    }

    /// 403 for everyone but an admin.
    pub(super) fn admin_only(&self) -> Result<(), ApiError> {
        if self.is_admin() { Ok(()) } else { Err(forbidden("only an admin may do this")) }
    }

    /// 403 naming `field` for everyone but an admin.
    pub(super) fn sets(&self, field: &str) -> Result<(), ApiError> {
        if self.is_admin() {
            return Ok(());
        }
        let message = format!("{field}: only an admin may set this");
        Err(ApiError { field: Some(field.to_owned()), ..forbidden(&message) })
    }

    /// 403 naming `config.trusted` where anyone but an admin would change whose calls come in unregistered: a trunk
    /// rings by number, and may be another tenant's.
    pub(super) fn keeps_trusted(
        &self,
        stands: &Map<String, Value>,
        wanted: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let of = |config: &Map<String, Value>| config.get("trusted").cloned();
        if of(stands) == of(wanted) { Ok(()) } else { self.sets("config.trusted") }
    }

    /// 403 for keys: a key cannot make another.
    pub(super) fn password_only(&self) -> Result<(), ApiError> {
        self.scope.map_or(Ok(()), |_| Err(forbidden("log in with a password to do this")))
    }

    /// Whether a session's token is shown to the caller: to its owner, not to a reading key.
    pub(super) fn reads_token(&self, owner: Uuid) -> bool {
        self.user == owner && self.reads_secrets()
    }

    /// Whether what an app holds in secret is shown to the caller: not to a reading key.
    pub(super) fn reads_secrets(&self) -> bool {
        self.scope != Some(Scope::Read)
    }

    /// Who shall own what is made: `wanted`, else `default`.
    ///
    /// Errors: 403 where an ordinary user names another.
    pub(super) fn owner(&self, wanted: Option<Uuid>, default: Uuid) -> Result<Uuid, ApiError> {
        let owner = wanted.unwrap_or(default);
        if self.is_admin() || owner == self.user {
            return Ok(owner);
        }
        let field = Some("owner".to_owned());
        Err(ApiError { field, ..forbidden("owner: only an admin may create for another user") })
    }

    fn own<E: EntityTrait>(&self, rows: Select<E>, owner: E::Column) -> Select<E> {
        match self.kind {
            Kind::Admin => rows.filter(owner.ne(DEMO_USER)),
            Kind::User => rows.filter(owner.eq(self.user)),
        }
    }

    /// The users among `rows` that the caller sees, as all below: oldest first.
    pub(super) fn users(&self, rows: Select<user::Entity>) -> Select<user::Entity> {
        self.own(rows, user::Column::Id).order_by_asc(user::Column::Created).order_by_asc(user::Column::Id)
    }

    pub(super) fn apps(&self, rows: Select<app::Entity>) -> Select<app::Entity> {
        let rows = self.own(rows, app::Column::Owner);
        let rows = rows.apply_if(self.app, |rows, app| rows.filter(app::Column::Id.eq(app)));
        rows.order_by_asc(app::Column::Created).order_by_asc(app::Column::Id)
    }

    pub(super) fn networks(&self, rows: Select<network::Entity>) -> Select<network::Entity> {
        let rows = self.own(rows, network::Column::Owner);
        rows.order_by_asc(network::Column::Created).order_by_asc(network::Column::Id)
    }

    pub(super) fn sessions(&self, rows: Select<session::Entity>) -> Select<session::Entity> {
        let rows = self.own(rows, session::Column::Owner);
        let rows = rows.apply_if(self.app, |rows, app| rows.filter(session::Column::App.eq(app)));
        rows.order_by_asc(session::Column::Created).order_by_asc(session::Column::Id)
    }

    pub(super) fn accounts(&self, rows: Select<account::Entity>) -> Select<account::Entity> {
        let rows = self.own(rows, account::Column::Owner);
        let rows = rows.apply_if(self.app, |rows, app| {
            let sessions = session::Entity::find().select_only().column(session::Column::Id);
            let sessions = sessions.filter(session::Column::App.eq(app)).into_query();
            rows.filter(account::Column::Session.in_subquery(sessions))
        });
        rows.order_by_asc(account::Column::Created).order_by_asc(account::Column::Id)
    }

    pub(super) fn keys(&self, rows: Select<api_key::Entity>) -> Select<api_key::Entity> {
        let rows = self.own(rows, api_key::Column::Owner);
        rows.order_by_asc(api_key::Column::Created).order_by_asc(api_key::Column::Id)
    }

    /// Newest first; an admin also sees the demo's and those without an owner.
    pub(super) fn calls(&self, rows: Select<call_record::Entity>) -> Select<call_record::Entity> {
        let rows = match self.kind {
            Kind::Admin => rows,
            Kind::User => rows.filter(call_record::Column::Owner.eq(self.user)),
        };
        let rows = rows.apply_if(self.app, |rows, app| rows.filter(call_record::Column::App.eq(app)));
        rows.order_by_desc(call_record::Column::Started).order_by_asc(call_record::Column::Id)
    }
}

fn forbidden(message: &str) -> ApiError {
    ApiError::new(Code::Forbidden, message)
}

/// Put into the request by `guard`.
impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Caller, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().copied();
        ready(caller.ok_or_else(|| ApiError::fault("an endpoint stands outside the guard")))
    }
}
