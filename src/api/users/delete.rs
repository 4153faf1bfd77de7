//! `DELETE /users/id/{id}`: with all they own.

use actix_web::{HttpResponse, Responder, web};
use entities::user::{self, Kind};
use entities::{account, network, session};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ModelTrait, PaginatorTrait, QueryFilter, QuerySelect,
    TransactionTrait,
};
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
    let ended = sessions(&api, user.id).await?;
    let changed = others_on_their_networks(&api, user.id).await?;
    let transaction = without_admin(&api, user.id).await?;
    user.delete(&transaction).await?;
    transaction.commit().await?;
    api.ended(ended);
    api.changed(changed);
    Ok(HttpResponse::Ok().finish())
}

/// A transaction in which `user` may stop being an admin and no other does. It begins with a write:
/// that locks the admins on PostgreSQL and MySQL, and on SQLite the database.
///
/// Errors: 409 where nobody could log in any more to mend it.
pub(super) async fn without_admin(api: &Api, user: Uuid) -> Result<DatabaseTransaction, ApiError> {
    let transaction = api.db().begin().await?;
    let lock = user::Entity::update_many().col_expr(user::Column::Kind, Expr::col(user::Column::Kind));
    lock.filter(user::Column::Kind.eq(Kind::Admin)).exec(&transaction).await?;
    let others = user::Entity::find().filter(user::Column::Kind.eq(Kind::Admin)).filter(user::Column::Id.ne(user));
    if others.count(&transaction).await? == 0 {
        return Err(ApiError::new(Code::Conflict, "the last admin must stay"));
    }
    Ok(transaction)
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
