//! JSON text → a checked type, with errors that name the field.
//!
//! What JSON leaves open is settled here:
//! - a known field given twice is an error; inside free-form values (further
//!   facts of `call.info`) the last one holds; unknown fields are not looked at;
//! - a number outside its field's range is an error, never rounded or wrapped;
//! - half a surrogate pair in a field is an error, never replaced;
//! - a struct is an object: serde alone would also take an array of its fields;
//! - nothing but white space may follow the object.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::check::Check;
use crate::{Code, Error};

/// Reads JSON text, naming the field where it does not fit. Nothing is checked beyond types.
///
/// Errors: `malformed` if it is not a JSON object by grammar, `invalidField`.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    // The quick way first: tracking the path costs an allocation a key.
    serde_json::from_str(json).map(|Object(value)| value).map_err(|_| explain::<T>(json))
}

/// [`read`] and [`Check::check`].
///
/// Errors: those of both.
pub fn read_checked<T: DeserializeOwned + Check>(json: &str) -> Result<T, Error> {
    let value: T = read(json)?;
    value.check().map(|()| value)
}

/// Why `json` is not a `T`: it breaks JSON's grammar, or a field does not fit.
fn explain<T: DeserializeOwned>(json: &str) -> Error {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        // serde's own words for this quote nothing of the text.
        return Error::new(Code::Malformed, format!("a JSON object expected ({error})"));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    match serde_path_to_error::deserialize::<_, Object<T>>(&mut reader) {
        Ok(_) => Error::new(Code::Malformed, "a JSON object expected"),
        Err(error) => {
            let at_root = error.path().iter().next().is_none();
            let path = if at_root { String::new() } else { error.path().to_string() };
            misfit(&path, &cause(error.inner()))
        }
    }
}

/// JSON is fine, the field at `path` is not. No field of ours has a name like
/// those that are dropped here: they came with the request.
fn misfit(path: &str, cause: &str) -> Error {
    let ours = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'[' | b']');
    let path = if path.len() <= 64 && path.bytes().all(ours) { path } else { "" };
    let named = |head: &str| {
        let name = cause.strip_prefix(head)?.strip_suffix('`')?;
        Some(if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") })
    };
    if let Some(field) = named("missing field `") {
        return Error::new(Code::InvalidField, format!("{field}: missing"));
    }
    if let Some(field) = named("duplicate field `") {
        return Error::new(Code::InvalidField, format!("{field}: given twice"));
    }
    if path.is_empty() {
        return Error::new(Code::Malformed, "a JSON object expected");
    }
    Error::new(Code::InvalidField, format!("{path}: {}", expected(cause)))
}

/// serde's message without the position it appends.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head).to_owned()
}

/// What serde says was expected, without quoting the value that came.
fn expected(cause: &str) -> String {
    match cause.rsplit_once(", expected ") {
        Some((_, wanted)) => format!("{wanted} expected"),
        None if cause.ends_with(" expected") => cause.to_owned(),
        None => "another value expected".to_owned(),
    }
}

/// A `T` written as an object and in no other way.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// `deserialize_with` of a field that is an object.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// `deserialize_with` of a field that is an object or null.
pub(crate) fn object_or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<Object<T>>::deserialize(deserializer).map(|value| value.map(|Object(value)| value))
}

/// `deserialize_with` of a field that is a list of objects.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Vec::<Object<T>>::deserialize(deserializer).map(|list| list.into_iter().map(|Object(value)| value).collect())
}
