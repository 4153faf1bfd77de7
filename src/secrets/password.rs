//! Passwords of users: Argon2id (RFC 9106). Tens of milliseconds and 19 MiB each: never on an arbiter.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::Unreadable;

/// `password` as a PHC string with a random salt.
///
/// Errors: the machine gives no randomness.
pub fn hash_password(password: &str) -> Result<String, Unreadable> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Unreadable)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one of `hash`. Takes as long where `hash` is none,
/// so that a guess does not learn which users exist.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    match hash.and_then(|hash| PasswordHash::new(hash).ok()) {
        Some(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let _same_work = hash_password(password);
            false
        }
    }
}
