use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use super::{KeyError, Secrets, Unreadable, hash_password, random_token, verify_password};

fn key(byte: u8) -> String {
    BASE64_STANDARD.encode([byte; 32])
}

fn secrets(lines: &str) -> Secrets {
    Secrets::load(Some(lines), "unused".as_ref()).expect("a key")
}

#[test]
fn a_sealed_value_opens_only_in_its_place_and_row() {
    let (secrets, row) = (secrets(&key(1)), Uuid::new_v4());
    let sealed = secrets.seal("account.access_token", row, "hunter2").expect("sealed");
    assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
    assert_eq!(secrets.open("account.access_token", row, &sealed).expect("opened").reveal(), "hunter2");
    assert_eq!(secrets.open("account.access_token", Uuid::new_v4(), &sealed), Err(Unreadable));
    assert_eq!(secrets.open("session.token", row, &sealed), Err(Unreadable));
    for cut in 0..sealed.len() {
        assert_eq!(secrets.open("account.access_token", row, &sealed[..cut]), Err(Unreadable));
    }
}

#[test]
fn an_older_key_still_opens_and_finds() {
    let (before, row) = (secrets(&key(1)), Uuid::new_v4());
    let sealed = before.seal("p", row, "text").expect("sealed");
    let after = secrets(&format!("{}\n{}\n", key(2), key(1)));
    assert_eq!(after.open("p", row, &sealed).expect("opened").reveal(), "text");
    assert!(after.hashes("token").contains(&before.hash("token")));
    assert_ne!(after.hash("token"), before.hash("token"));
    assert_eq!(secrets(&key(2)).open("p", row, &sealed), Err(Unreadable));
}

#[test]
fn a_first_start_makes_a_private_key_file() {
    let file = std::env::temp_dir().join(format!("rtc-secrets-{}", Uuid::new_v4()));
    let made = Secrets::load(None, &file).expect("made");
    let again = Secrets::load(None, &file).expect("read");
    assert_eq!(made.hash("x"), again.hash("x"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("mode");
        assert_eq!(std::fs::metadata(&file).expect("file").permissions().mode() & 0o777, 0o600);
        mode(0o644);
        assert!(matches!(Secrets::load(None, &file), Err(KeyError::Exposed(_))));
    }
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn a_bad_key_is_refused() {
    for (text, wanted) in [("", "no key"), ("AAAA", "base64"), ("not base64!", "base64")] {
        let error = Secrets::load(Some(text), "unused".as_ref()).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn passwords_verify() {
    let hash = hash_password("correct horse").expect("hash");
    assert!(hash.starts_with("$argon2id$"));
    assert!(verify_password("correct horse", Some(&hash)));
    assert!(!verify_password("wrong", Some(&hash)));
    assert!(!verify_password("any", None));
    assert!(!verify_password("", Some("")));
}

#[test]
fn tokens_differ() {
    let (a, b) = (random_token().expect("a"), random_token().expect("b"));
    assert_eq!((a.len(), a == b), (43, false));
}
