//! The JSON Schema (2020-12) of the protocol, generated from the types.
//!
//! `client` is a frame from a client, `engine` a frame to one; each is one of
//! its methods. `static/schema/rtc-engine.schema.json` is this document; a test
//! keeps it so. Rules that span fields are the parser's alone.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::account::{AccountRef, AccountState};
use crate::call::Call;
use crate::conference::Conference;
use crate::envelope::Ref;
use crate::session::{Expiring, IceServers, Open, Pong, Validated};
use crate::{Address, Error, To, limits};

/// A method and the schema of its body.
pub(crate) type Row = (&'static str, Schema);

/// The whole document.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let client = client_bodies(&mut generator);
    let engine = engine_bodies(&mut generator);
    let client = one_of(client, client_envelope(&mut generator));
    let engine = one_of(engine, engine_envelope(&mut generator));
    generator.subschema_for::<crate::call::CandidateInit>();
    let mut defs: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    defs.insert("client".to_owned(), client);
    defs.insert("engine".to_owned(), engine);
    defs.sort_keys();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://rtc-engine.invalid/schema/rtc-engine.schema.json",
        "title": "The RTC:engine browser protocol",
        "anyOf": [{ "$ref": "#/$defs/client" }, { "$ref": "#/$defs/engine" }],
        "$defs": defs,
    })
}

fn client_bodies(generator: &mut SchemaGenerator) -> Vec<Row> {
    let mut rows = vec![
        ("session.open", generator.subschema_for::<Open>()),
        ("session.ack", json_schema(json!({ "type": ["object", "null"] }))),
        ("session.close", json_schema(json!({ "type": ["object", "null"] }))),
        ("session.ping", json_schema(json!({ "type": ["object", "null"] }))),
        ("account.connect", generator.subschema_for::<AccountRef>()),
        ("account.disconnect", generator.subschema_for::<AccountRef>()),
    ];
    rows.extend(Call::schemas(generator));
    rows.extend(Conference::schemas(generator).into_iter().filter(|(method, _)| Conference::is_request(method)));
    rows
}

fn engine_bodies(generator: &mut SchemaGenerator) -> Vec<Row> {
    let mut rows = vec![
        ("session.validated", generator.subschema_for::<Validated>()),
        ("session.expiring", generator.subschema_for::<Expiring>()),
        ("session.pong", generator.subschema_for::<Pong>()),
        ("session.iceservers", generator.subschema_for::<IceServers>()),
        ("account.state", generator.subschema_for::<AccountState>()),
        ("core.error", generator.subschema_for::<Error>()),
    ];
    rows.extend(Call::schemas(generator));
    rows.extend(Conference::schemas(generator));
    rows
}

/// The envelope of a client's frame; `from` is stamped over, whatever it is.
fn client_envelope(generator: &mut SchemaGenerator) -> Map<String, Value> {
    object([
        ("to", of::<Option<To>>(generator)),
        ("session", json!({ "type": ["string", "null"], "maxLength": limits::TOKEN_CHARS })),
        ("ack", json!({ "type": ["integer", "null"], "minimum": 0, "maximum": u64::MAX })),
        ("seq", json!({ "type": ["integer", "null"], "minimum": 0, "maximum": u64::MAX })),
        ("id", of::<Option<Ref>>(generator)),
    ])
}

fn engine_envelope(generator: &mut SchemaGenerator) -> Map<String, Value> {
    object([
        ("from", of::<Address>(generator)),
        ("to", of::<Address>(generator)),
        ("session", json!({ "const": "" })),
        ("seq", json!({ "type": "integer", "minimum": 1 })),
    ])
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn json_schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap_or_default()
}

/// The envelope, and one alternative a method. A body is required of the methods whose body is a type.
fn one_of(rows: Vec<Row>, envelope: Map<String, Value>) -> Value {
    let frame = |(method, body): Row| {
        let mut required = vec!["method"];
        required.extend(body.get("$ref").map(|_| "body"));
        required.extend((method == "session.ack").then_some("ack"));
        json!({ "required": required, "properties": { "method": { "const": method }, "body": body } })
    };
    let required: &[&str] = if envelope.contains_key("from") { &["from", "to", "session"] } else { &[] };
    let frames: Vec<Value> = rows.into_iter().map(frame).collect();
    json!({ "type": "object", "required": required, "properties": envelope, "oneOf": frames })
}
