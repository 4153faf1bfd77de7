use serde_json::Value;
use signal::message::Request;
use signal::{Error, Incoming};

use crate::vectors::{Bad, MAX_BYTES, MAX_DEPTH, read, validator};

fn refusal(text: &str) -> Option<Error> {
    Incoming::parse(text, MAX_BYTES, MAX_DEPTH).and_then(|frame| Request::read(&frame)).err()
}

#[test]
fn with_the_code_and_the_field() {
    let bad = read::<Bad>("bad");
    assert!(bad.len() >= 80, "only {} bad frames", bad.len());
    let mut wrong = Vec::new();
    for (place, bad) in bad {
        let Some(error) = refusal(&bad.text()) else {
            wrong.push(format!("{place}: accepted"));
            continue;
        };
        let named = bad.field.as_ref().is_none_or(|field| error.message.starts_with(&format!("{field}: ")));
        if error.code != bad.code || !named {
            wrong.push(format!("{place}: {error}, expected {:?} of {:?}", bad.code, bad.field));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn by_the_schema_too_where_it_can() {
    let schema = validator("client");
    let mut wrong = Vec::new();
    for (place, bad) in read::<Bad>("bad") {
        let Ok(frame) = serde_json::from_str::<Value>(&bad.text()) else { continue };
        if schema.is_valid(&frame) != bad.schema_accepts() {
            wrong.push(format!("{place}: the schema {}", if bad.schema_accepts() { "refuses" } else { "accepts" }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_quoting_what_came() {
    for text in [
        r#"{"method":"call.end","to":7,"session":"planted-secret"}"#,
        r#"{"method":"conference.moderate","body":{"action":"planted-secret, expected planted-secret"}}"#,
        r#"{"method":"session.open","body":{"credentials":"planted-secret"}}"#,
        r#"{"method":"call.alive","body":{"id":"planted-secret"}}"#,
        r#"{"method":"planted-secret"}"#,
    ] {
        let error = refusal(text).unwrap();
        assert!(!error.message.contains("planted"), "{error}");
    }
}
