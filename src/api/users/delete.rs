//! `DELETE /users/id/{id}`: with all they own.

use actix_web::{HttpResponse, Responder, web};
use entities::user::{self, Kind};
use entities::{account, network, session};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ModelTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::read::find;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Code};
use crate::api::state::{Api, ApiState};
use entities::app;

/// Deletes a user and what they own; their sessions end.
#[utoipa::path(delete, path = "/users/id/{id}", tag = "users", params(("id" = Uuid, Path)), responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let user = find(&api, &caller, *id).await?;
    caller.password_only()?;
    not_the_last_admin(&api, &user).await?;
    let ended = sessions(&api, user.id).await?;
    let changed = others_on_their_networks(&api, user.id).await?;
    user.delete(api.db()).await?;
    api.ended(ended);
    api.changed(changed);
    Ok(HttpResponse::Ok().finish())
}

/// 409 where nobody could log in any more to mend it.
pub(super) async fn not_the_last_admin(api: &Api, user: &user::Model) -> Result<(), ApiError> {
    let others = user::Entity::find().filter(user::Column::Kind.eq(Kind::Admin)).filter(user::Column::Id.ne(user.id));
    if user.kind == Kind::Admin && others.count(api.db()).await? == 0 {
        return Err(ApiError::new(Code::Conflict, "the last admin must stay"));
    }
    Ok(())
}

/// The sessions that go with `user`: their own, and those of others in their apps.
async fn sessions(api: &Api, user: Uuid) -> Result<Vec<Uuid>, ApiError> {
    let of_user = Condition::any().add(session::Column::Owner.eq(user)).add(app::Column::Owner.eq(user));
    let rows = session::Entity::find().select_only().column(session::Column::Id).inner_join(app::Entity);
    Ok(rows.filter(of_user).into_tuple().all(api.db()).await?)
}

/// Sessions of others with accounts that go with `user`.
async fn others_on_their_networks(api: &Api, user: Uuid) -> Result<Vec<Uuid>, ApiError> {
    let of_user = Condition::any().add(account::Column::Owner.eq(user)).add(network::Column::Owner.eq(user));
    let rows = account::Entity::find().select_only().column(account::Column::Session).distinct();
    let rows = rows.inner_join(network::Entity).inner_join(session::Entity);
    Ok(rows.filter(of_user).filter(session::Column::Owner.ne(user)).into_tuple().all(api.db()).await?)
}
