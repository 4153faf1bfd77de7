//! The bodies of `call.*` and what each must satisfy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{self, Check};
use crate::read::object_or_null;
use crate::{AccountId, CallId, EndReason, Error, Gcid, limits};

/// `id` and `gcid` alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRef {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
}

/// `id`, `gcid` and a description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Described {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The session description.
    #[schemars(length(max = limits::SDP_BYTES))]
    pub sdp: String,
}

/// `call.start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Start {
    /// The new leg.
    pub id: CallId,
    /// The call end to end; the engine makes one if the caller has none.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The account that calls or is called.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Take over the leg with this `gcid`.
    #[serde(default)]
    pub replace: bool,
    /// Candidates follow one by one.
    #[serde(default)]
    pub trickle: bool,
    /// Who is called: a bare user, a number or a URI.
    #[serde(default)]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub target: String,
    /// The offer.
    #[serde(default)]
    #[schemars(length(max = limits::SDP_BYTES))]
    pub sdp: Option<String>,
    /// Who calls; set towards a called browser.
    #[serde(default, deserialize_with = "object_or_null", skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// What is offered; set towards a called browser.
    #[serde(default, deserialize_with = "object_or_null", skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
}

/// A party as shown to a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Peer {
    /// Its address on its network.
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub uri: String,
    /// Its display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub name: Option<String>,
}

/// What a description offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Sound.
    pub audio: bool,
    /// Picture.
    pub video: bool,
}

/// `call.ringing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ringing {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Always null; part of the original's form.
    #[serde(default)]
    pub account: Option<AccountId>,
}

/// `call.accept`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accept {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Always null; part of the original's form.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Candidates follow one by one.
    #[serde(default)]
    pub trickle: bool,
    /// The answer.
    #[serde(default)]
    #[schemars(length(max = limits::SDP_BYTES))]
    pub sdp: Option<String>,
}

/// `call.dtmf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dtmf {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// One or more of `0-9 * # A-D` and `,` (pause).
    #[schemars(length(min = 1, max = limits::DTMF_CHARS), regex(pattern = "^[0-9*#A-D,]+$"))]
    pub dtmf: String,
    /// Length of a tone in milliseconds.
    #[serde(default, rename = "duration", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = *limits::DTMF_MS.start(), max = *limits::DTMF_MS.end()))]
    pub duration_ms: Option<u32>,
    /// Always null; part of the original's form.
    #[serde(default)]
    pub account: Option<AccountId>,
}

/// `call.end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Why, of the table in `reason`; a word outside it is legal from a client.
    #[serde(default)]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub reason: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub detail: Option<String>,
}

/// `call.transfer`: blind (`target`) or attended (`replaces`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = limits::TEXT_CHARS))]
    pub target: Option<String>,
    /// The other leg to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<CallId>,
}

/// How far a transfer is.
pub const TRANSFER_STATES: [&str; 4] = ["trying", "ringing", "accepted", "failed"];

/// `call.transfer.state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferState {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// One of [`TRANSFER_STATES`].
    #[schemars(regex(pattern = "^(trying|ringing|accepted|failed)$"))]
    pub state: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
}

/// `call.info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Info {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Whether the sender holds the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// Who the far end is now.
    #[serde(default, deserialize_with = "object_or_null", skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// Further facts: `encryption`, `quality`.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Check for CallRef {
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl Check for Described {
    fn check(&self) -> Result<(), Error> {
        check::sdp(&self.sdp)
    }
}

impl Check for Start {
    fn check(&self) -> Result<(), Error> {
        check::text("target", &self.target, limits::TEXT_CHARS)?;
        self.peer.as_ref().map_or(Ok(()), Check::check)?;
        self.sdp.as_deref().map_or(Ok(()), check::sdp)
    }
}

impl Check for Peer {
    fn check(&self) -> Result<(), Error> {
        check::text("peer.uri", &self.uri, limits::TEXT_CHARS)?;
        check::optional("peer.name", self.name.as_deref(), limits::TEXT_CHARS)
    }
}

impl Check for Ringing {
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl Check for Accept {
    fn check(&self) -> Result<(), Error> {
        self.sdp.as_deref().map_or(Ok(()), check::sdp)
    }
}

impl Check for Dtmf {
    fn check(&self) -> Result<(), Error> {
        check::name("dtmf", &self.dtmf, limits::DTMF_CHARS)?;
        let legal = |b: u8| matches!(b, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D' | b',');
        if !self.dtmf.bytes().all(legal) {
            return Err(Error::field("dtmf", "characters of 0-9 * # A-D and the comma"));
        }
        match self.duration_ms {
            Some(ms) if !limits::DTMF_MS.contains(&ms) => {
                let (min, max) = limits::DTMF_MS.into_inner();
                Err(Error::field("duration", &format!("{min} to {max} milliseconds")))
            }
            _ => Ok(()),
        }
    }
}

impl Check for End {
    fn check(&self) -> Result<(), Error> {
        check::optional("reason", self.reason.as_deref(), limits::TEXT_CHARS)?;
        check::optional("detail", self.detail.as_deref(), limits::TEXT_CHARS)
    }
}

impl Check for Transfer {
    fn check(&self) -> Result<(), Error> {
        match (&self.target, &self.replaces) {
            (Some(target), None) => check::name("target", target, limits::TEXT_CHARS),
            (None, Some(_)) => Ok(()),
            (None, None) | (Some(_), Some(_)) => Err(Error::field("target", "either target or replaces")),
        }
    }
}

impl Check for TransferState {
    fn check(&self) -> Result<(), Error> {
        if TRANSFER_STATES.contains(&self.state.as_str()) {
            return Ok(());
        }
        Err(Error::field("state", "trying, ringing, accepted or failed"))
    }
}

impl Check for Info {
    fn check(&self) -> Result<(), Error> {
        self.peer.as_ref().map_or(Ok(()), Check::check)?;
        check::count("body", self.more.len(), limits::INFO_FACTS)
    }
}
