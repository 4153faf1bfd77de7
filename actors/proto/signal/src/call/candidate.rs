//! `call.candidate`: one ICE candidate as the browser's own JSON.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::check::{self, Check};
use crate::read::object;
use crate::{CallId, Code, Error, Gcid, limits};

/// The one candidate type in use; messages of another are legal and ignored.
pub const WEBRTC_LEGACY: &str = "WEBRTC_LEGACY";

const PAYLOAD: &str = "candidate.payload";

/// `call.candidate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The candidate.
    #[serde(deserialize_with = "object")]
    pub candidate: CandidateBody,
}

/// `call.candidate`'s `candidate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = payload_by_type)]
pub struct CandidateBody {
    /// `WEBRTC_LEGACY`; other types are ignored.
    #[serde(rename = "type")]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub kind: String,
    /// One RTCIceCandidateInit as JSON text, or the object itself.
    pub payload: Value,
}

/// An RTCIceCandidateInit (W3C WebRTC 4.8.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateInit {
    /// The candidate-attribute of RFC 8839 5.1 without `a=`; empty ends the candidates.
    pub candidate: String,
    /// The `mid` of its media section.
    #[serde(default)]
    #[schemars(length(max = limits::MID_CHARS))]
    pub sdp_mid: Option<String>,
    /// The index of its media section, from 0.
    #[serde(default, rename = "sdpMLineIndex")]
    pub sdp_mline_index: Option<u16>,
    /// The ICE generation it belongs to.
    #[serde(default)]
    #[schemars(length(max = limits::UFRAG_CHARS))]
    pub username_fragment: Option<String>,
}

impl CandidateInit {
    /// Whether it says that no more will come.
    pub fn is_end(&self) -> bool {
        self.candidate.is_empty()
    }
}

impl Check for CandidateInit {
    fn check(&self) -> Result<(), Error> {
        check::text("candidate", &self.candidate, limits::CANDIDATE_BYTES)?;
        check::optional("sdpMid", self.sdp_mid.as_deref(), limits::MID_CHARS)?;
        check::optional("usernameFragment", self.username_fragment.as_deref(), limits::UFRAG_CHARS)
    }
}

impl Candidate {
    /// Wraps `init` the way browsers send it: as JSON text.
    pub fn new(id: CallId, gcid: Option<Gcid>, init: &CandidateInit) -> Candidate {
        // Text and integers always serialise.
        let payload = Value::String(serde_json::to_string(init).unwrap_or_default());
        Candidate { id, gcid, candidate: CandidateBody { kind: WEBRTC_LEGACY.to_owned(), payload } }
    }

    /// The candidate itself; `None` for a type that is ignored.
    ///
    /// Errors: `invalidField`, naming the field below `candidate.payload`.
    pub fn init(&self) -> Result<Option<CandidateInit>, Error> {
        if self.candidate.kind != WEBRTC_LEGACY {
            return Ok(None);
        }
        let init: Result<CandidateInit, Error> = match &self.candidate.payload {
            Value::String(text) => crate::read::read_checked(text),
            object @ Value::Object(_) => crate::read::read_checked(&object.to_string()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(not_an_init()),
        };
        init.map(Some).map_err(|error| match error.code {
            Code::Malformed => not_an_init(),
            code => Error::new(code, format!("{PAYLOAD}.{}", error.message)),
        })
    }
}

impl Check for Candidate {
    fn check(&self) -> Result<(), Error> {
        check::text("candidate.type", &self.candidate.kind, limits::TEXT_CHARS)?;
        let len = match &self.candidate.payload {
            Value::String(text) => text.len(),
            other => other.to_string().len(),
        };
        check::bytes(PAYLOAD, len, limits::CANDIDATE_BYTES)?;
        self.init().map(|_| ())
    }
}

fn not_an_init() -> Error {
    Error::field(PAYLOAD, "an RTCIceCandidateInit as JSON text or object")
}

/// Only the payload of the type in use is looked into.
fn payload_by_type(schema: &mut Schema) {
    schema.insert("if".to_owned(), json!({ "properties": { "type": { "const": WEBRTC_LEGACY } } }));
    let text = json!({ "type": "string", "maxLength": limits::CANDIDATE_BYTES });
    let payload = json!({ "anyOf": [text, { "$ref": "#/$defs/CandidateInit" }] });
    schema.insert("then".to_owned(), json!({ "properties": { "payload": payload } }));
}
