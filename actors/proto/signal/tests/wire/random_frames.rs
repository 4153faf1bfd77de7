//! Good frames, damaged from a seed: nothing panics, and no frame passes the
//! parser that the published schema refuses.

use fastrand::Rng;
use serde_json::{Map, Value};
use signal::message::Request;
use signal::{Incoming, limits};

use crate::vectors::{Good, MAX_BYTES, MAX_DEPTH, read, validator};

const PIECES: [&str; 24] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "\\ud800",
    "\\u0000",
    "\u{0}",
    "\u{2028}",
    "\"id\":",
    "\"to\":[]",
    "{}",
    "[]",
    "\"\"",
    " ",
    "ü",
];

/// Up to four cuts, copies, insertions and swaps.
fn damage(rng: &mut Rng, frame: &str) -> String {
    let mut text: Vec<char> = frame.chars().collect();
    for _ in 0..rng.usize(1..=4) {
        let from = rng.usize(..=text.len());
        let to = (from + rng.usize(..12)).min(text.len());
        match rng.u8(..4) {
            0 => drop(text.drain(from..to)),
            1 => {
                let copy: Vec<char> = text[from..to].to_vec();
                let at = rng.usize(..=text.len());
                text.splice(at..at, copy);
            }
            2 => drop(text.splice(from..to, PIECES[rng.usize(..PIECES.len())].chars())),
            _ => drop(text.splice(from..from, PIECES[rng.usize(..PIECES.len())].chars())),
        }
    }
    text.into_iter().collect()
}

#[test]
fn damaged_never_panic_nor_slip_past_the_schema() {
    let frames: Vec<String> = read::<Good>("good")
        .into_iter()
        .filter(|(_, good)| good.sender == "client")
        .map(|(_, good)| good.frame.to_string())
        .collect();
    let schema = validator("client");
    let mut rng = Rng::with_seed(0xbad);
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..60_000 {
        let frame = &frames[rng.usize(..frames.len())];
        let text = damage(&mut rng, frame);
        match Incoming::parse(&text, MAX_BYTES, MAX_DEPTH).and_then(|frame| Request::read(&frame)) {
            // A frame with an unknown field broken on purpose may be no JSON to a stricter reader.
            Ok(_) => {
                passed += 1;
                let value: Value = serde_json::from_str(&text).unwrap_or_default();
                assert!(value.is_null() || schema.is_valid(&value), "{text}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.message.len() < 300 && !error.message.contains('\n'), "{error}");
            }
        }
    }
    assert!(passed > 1_000 && refused > 10_000, "{passed} passed, {refused} were refused");
}

fn some_json(rng: &mut Rng, levels: usize) -> Value {
    let leaf = levels == 0;
    match rng.u8(..if leaf { 3 } else { 5 }) {
        0 => Value::String("{[\"\\]}".repeat(rng.usize(..3))),
        1 => Value::from(rng.i64(..)),
        2 => Value::Null,
        3 => Value::Array((0..rng.usize(..3)).map(|_| some_json(rng, levels - 1)).collect()),
        _ => Value::Object(
            (0..rng.usize(..3)).map(|n| (format!("[\"{n}\\"), some_json(rng, levels - 1))).collect::<Map<_, _>>(),
        ),
    }
}

fn depth_of(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth_of).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[test]
fn depth_is_that_of_the_parsed_value() {
    let mut rng = Rng::with_seed(3);
    for _ in 0..20_000 {
        let value = some_json(&mut rng, 9);
        let depth = depth_of(&value);
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            assert_eq!(limits::depth(&text), depth, "{text}");
            assert!(!limits::deeper_than(&text, depth));
            assert!(depth == 0 || limits::deeper_than(&text, depth - 1), "{text}");
        }
    }
}
