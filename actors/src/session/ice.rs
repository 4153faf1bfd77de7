//! STUN and TURN servers for a browser, with credentials that expire.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signal::SessionId;
use signal::session::IceServer;

use crate::exchange::Turn;

/// The servers of `turn` with a credential for `session`, in coturn's REST scheme
/// (draft-uberti-behave-turn-rest-00): the user name is the expiry in Unix
/// seconds, a colon and a name; the password is the base64 of its HMAC-SHA1.
pub fn servers(turn: Option<&Turn>, session: SessionId, now: SystemTime) -> Vec<IceServer> {
    let Some(turn) = turn else { return Vec::new() };
    let (relays, plain): (Vec<_>, Vec<_>) = turn.urls.iter().cloned().partition(|url| url.starts_with("turn"));
    let mut servers = Vec::new();
    if !plain.is_empty() {
        servers.push(IceServer { urls: plain, username: None, credential: None });
    }
    if !relays.is_empty() {
        let expires = now.duration_since(UNIX_EPOCH).unwrap_or_default() + turn.ttl;
        let username = format!("{}:{session}", expires.as_secs());
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, turn.secret.reveal().as_bytes());
        let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
        servers.push(IceServer { urls: relays, username: Some(username), credential: Some(credential) });
    }
    servers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::directory::Secret;

    #[test]
    fn the_credential_is_coturns() {
        let urls = vec!["stun:192.0.2.1:3478".to_owned(), "turn:192.0.2.1:3478?transport=udp".to_owned()];
        let turn = Turn { urls, secret: Secret::new("north"), ttl: Duration::from_secs(600) };
        let session = SessionId(uuid::Uuid::nil());
        let found = servers(Some(&turn), session, UNIX_EPOCH + Duration::from_secs(1_000));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].username, None);
        assert_eq!(found[1].username.as_deref(), Some("1600:00000000-0000-0000-0000-000000000000"));
        // printf %s 1600:00000000-0000-0000-0000-000000000000 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(found[1].credential.as_deref(), Some("7R+rpo7pEQUtHQ1fSWyjYs4A8FY="));
    }

    #[test]
    fn none_configured_is_none_sent() {
        assert!(servers(None, SessionId(uuid::Uuid::nil()), UNIX_EPOCH).is_empty());
    }
}
