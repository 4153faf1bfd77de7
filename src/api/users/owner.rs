//! Who shall own what is made.

use entities::user;
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::Api;

/// `wanted`, else `default`.
///
/// Errors: 403 where an ordinary user names another; 422 where there is no such user.
pub(in crate::api) async fn owner(
    api: &Api,
    caller: &Caller,
    wanted: Option<Uuid>,
    default: Uuid,
) -> Result<Uuid, ApiError> {
    let owner = caller.owner(wanted, default)?;
    let known = owner == caller.user || caller.users(user::Entity::find_by_id(owner)).one(api.db()).await?.is_some();
    if known { Ok(owner) } else { Err(ApiError::invalid("owner", "no such user")) }
}
