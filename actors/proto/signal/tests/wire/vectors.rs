//! Frames kept as files, one JSON object a line, in `tests/vectors/signal`.
//!
//! good: `{"sender": "client" or "engine", "frame": …}`.
//! bad: `{"frame", "code", "field", "schema"}`; `frame` is an object, or the raw
//! text; `{{x*5}}` in it stands for `xxxxx`; `field` is what the message names;
//! `schema` is "accepts" where only the parser can refuse.

use std::path::PathBuf;

use jsonschema::Validator;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What a socket takes after `session.open`.
pub const MAX_BYTES: usize = 256 * 1024;
pub const MAX_DEPTH: usize = 16;

#[derive(Deserialize)]
pub struct Good {
    pub sender: String,
    pub frame: Value,
}

#[derive(Deserialize)]
pub struct Bad {
    frame: Value,
    pub code: signal::Code,
    pub field: Option<String>,
    #[serde(default)]
    schema: Option<String>,
}

impl Bad {
    /// The text on the wire.
    pub fn text(&self) -> String {
        let text = match &self.frame {
            Value::String(text) => text.clone(),
            frame => frame.to_string(),
        };
        expand(&text)
    }

    pub fn schema_accepts(&self) -> bool {
        self.schema.as_deref() == Some("accepts")
    }
}

fn expand(text: &str) -> String {
    let Some((head, rest)) = text.split_once("{{") else { return text.to_owned() };
    let (spell, tail) = rest.split_once("}}").expect("{{ has its }}");
    let (what, count) = spell.rsplit_once('*').expect("{{text*count}}");
    format!("{head}{}{}", what.repeat(count.parse().expect("a count")), expand(tail))
}

/// Every line of every file of a folder, with where it stands.
pub fn read<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/signal").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (index, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", index + 1);
            let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            lines.push((place, value));
        }
    }
    lines
}

/// The schema of frames from `sender`.
pub fn validator(sender: &str) -> Validator {
    let mut document = signal::schema::document();
    document["anyOf"] = json!([{ "$ref": format!("#/$defs/{sender}") }]);
    jsonschema::options().should_validate_formats(true).build(&document).unwrap()
}
