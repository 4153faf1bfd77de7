//! The secrets key, held against the database: a lost or foreign key ends the start, not each later request.

use std::path::{Path, PathBuf};

use entities::secrets_key;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::secrets::{KeyError, Secrets};

/// What is hashed with the key for the proof.
const TEXT: &str = "the key of this database";

/// Why the secrets of a database cannot be used; one sentence.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// There is none, and a new one would not fit.
    #[error(
        "`secrets.key_file`: {0} is missing, and the passwords, tokens and keys in the database need it: \
         put the copy of it back, or begin with an empty database"
    )]
    Missing(PathBuf),
    /// There is another.
    #[error(
        "`{0}`: this is not the key that the passwords, tokens and keys in the database were stored with: \
         put the right one back, or begin with an empty database"
    )]
    Wrong(&'static str),
    /// It cannot be read or made.
    #[error("`{0}`: {1}")]
    Key(&'static str, KeyError),
    /// The database fails.
    #[error("`database.url`: {0}")]
    Database(#[from] DbErr),
}

/// The keys from `environment`, else from `file`, which a first start makes; see [`Secrets::load`].
///
/// Errors: none to be had, or another than the database was begun with. An older key of the file is good too.
pub async fn unlock(db: &DatabaseConnection, environment: Option<&str>, file: &Path) -> Result<Secrets, UnlockError> {
    let key = if environment.is_some() { "secrets.key" } else { "secrets.key_file" };
    let known = secrets_key::Entity::find_by_id(Uuid::nil()).one(db).await?;
    if known.is_some() && environment.is_none() && matches!(file.try_exists(), Ok(false)) {
        return Err(UnlockError::Missing(file.to_owned()));
    }
    let secrets = Secrets::load(environment, file).map_err(|error| UnlockError::Key(key, error))?;
    let proof = secrets.hash(TEXT);
    match known {
        None => {
            secrets_key::ActiveModel { id: Set(Uuid::nil()), proof: Set(proof) }.insert(db).await?;
        }
        Some(row) if row.proof == proof => {}
        Some(row) if secrets.hashes(TEXT).contains(&row.proof) => {
            let mut row = row.into_active_model();
            row.proof = Set(proof);
            row.update(db).await?;
        }
        Some(_) => return Err(UnlockError::Wrong(key)),
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::connect;

    fn key(byte: char) -> String {
        format!("{}=", byte.to_string().repeat(43))
    }

    #[tokio::test]
    async fn a_lost_or_foreign_key_ends_the_start() {
        let db = connect("sqlite::memory:").await.expect("a database");
        let file = std::env::temp_dir().join(format!("rtc-key-{}", Uuid::new_v4()));
        unlock(&db, None, &file).await.expect("a first start makes the key");
        unlock(&db, None, &file).await.expect("the same key");
        let copy = std::fs::read_to_string(&file).expect("the key");
        std::fs::remove_file(&file).expect("lost");
        let lost = unlock(&db, None, &file).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(lost.contains(&file.display().to_string()) && lost.contains("missing"), "{lost}");
        assert!(!file.exists(), "no new key is made");
        assert!(matches!(unlock(&db, Some(&key('A')), &file).await, Err(UnlockError::Wrong("secrets.key"))));
        unlock(&db, Some(&copy), &file).await.expect("the copy");
    }

    #[tokio::test]
    async fn a_changed_key_is_good_while_the_older_stands_below_it() {
        let db = connect("sqlite::memory:").await.expect("a database");
        let (old, new) = (key('A'), key('E'));
        unlock(&db, Some(&old), Path::new("unused")).await.expect("first");
        assert!(matches!(unlock(&db, Some(&new), Path::new("unused")).await, Err(UnlockError::Wrong(_))));
        unlock(&db, Some(&format!("{new}\n{old}")), Path::new("unused")).await.expect("both");
        unlock(&db, Some(&new), Path::new("unused")).await.expect("the new one from then on");
    }
}
