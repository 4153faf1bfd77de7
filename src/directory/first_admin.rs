//! The admin of a first start.

use entities::user::{self, Kind};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::secrets::{hash_password, random_token};

/// E-mail of the first admin where the config names none.
const EMAIL: &str = "admin@localhost";

/// The admin a first start made.
pub struct FirstAdmin {
    /// Who logs in.
    pub email: String,
    /// The generated password, to be printed once; `None`: it came from the config.
    pub password: Option<String>,
}

/// Makes an admin where there is none: `email` and `password` from the config, else generated.
///
/// Errors: the database's, or no randomness (as `DbErr::Custom`).
pub async fn first_admin(
    db: &DatabaseConnection,
    email: Option<&str>,
    password: Option<&str>,
) -> Result<Option<FirstAdmin>, DbErr> {
    if user::Entity::find().filter(user::Column::Kind.eq(Kind::Admin)).count(db).await? > 0 {
        return Ok(None);
    }
    let failed = |_| DbErr::Custom("no randomness for the first admin's password".to_owned());
    let generated = match password {
        Some(_) => None,
        None => Some(random_token().map_err(failed)?),
    };
    let plain = password.map(str::to_owned).or_else(|| generated.clone()).unwrap_or_default();
    let hash = tokio::task::spawn_blocking(move || hash_password(&plain));
    let hash = hash.await.map_err(|e| DbErr::Custom(e.to_string()))?.map_err(failed)?;
    let email = email.unwrap_or(EMAIL).to_lowercase();
    let row = user::ActiveModel {
        id: Set(Uuid::new_v4()),
        email: Set(email.clone()),
        password: Set(hash),
        kind: Set(Kind::Admin),
        created: Set(OffsetDateTime::now_utc()),
    };
    row.insert(db).await?;
    Ok(Some(FirstAdmin { email, password: generated }))
}
