//! Module `call` (protocol section 5). Every message travels in both directions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, CallId, EndReason, Gcid};

/// Every `call.*` message.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `call.start`
    Start(Box<Start>),
    /// `call.alive`
    Alive(CallRef),
    /// `call.ringing`
    Ringing(Ringing),
    /// `call.progress`
    Progress(Described),
    /// `call.accept`
    Accept(Accept),
    /// `call.ack.accept`
    AckAccept(CallRef),
    /// `call.candidate`
    Candidate(Candidate),
    /// `call.fullsdp`
    FullSdp(Described),
    /// `call.change.lock`
    ChangeLock(CallRef),
    /// `call.change.lock.ok`
    ChangeLockOk(CallRef),
    /// `call.change.lock.reset`
    ChangeLockReset(CallRef),
    /// `call.change.offer`
    ChangeOffer(Described),
    /// `call.change.answer`
    ChangeAnswer(Described),
    /// `call.dtmf`
    Dtmf(Dtmf),
    /// `call.end`
    End(End),
    /// `call.ack.end`
    AckEnd(CallRef),
    /// `call.transfer`
    Transfer(Transfer),
    /// `call.transfer.state`
    TransferState(TransferState),
    /// `call.info`
    Info(Info),
}

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
    pub target: String,
    /// The offer.
    #[serde(default)]
    pub sdp: Option<String>,
    /// Who calls; set towards a called browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// What is offered; set towards a called browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
}

/// A party as shown to a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Peer {
    /// Its address on its network.
    pub uri: String,
    /// Its display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    pub sdp: Option<String>,
}

/// `call.candidate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The candidate.
    pub candidate: CandidateBody,
}

/// `call.candidate`'s `candidate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateBody {
    /// `WEBRTC_LEGACY`; other types are ignored.
    #[serde(rename = "type")]
    pub kind: String,
    /// One RTCIceCandidateInit as JSON text, or the object itself.
    pub payload: serde_json::Value,
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
    pub dtmf: String,
    /// Length of a tone in milliseconds.
    #[serde(default, rename = "duration", skip_serializing_if = "Option::is_none")]
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
    pub reason: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    pub target: Option<String>,
    /// The other leg to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<CallId>,
}

/// `call.transfer.state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferState {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// `trying`, `ringing`, `accepted` or `failed`.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// Further facts: `encryption`, `quality`.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// One row a message: variant and wire word. Everything that must know all
/// messages is generated from it.
macro_rules! messages {
    ($($variant:ident $method:literal)*) => {
        impl Call {
            /// The wire word.
            pub const fn method(&self) -> &'static str {
                match self { $(Call::$variant(_) => $method,)* }
            }

            /// The leg the message is about.
            pub fn id(&self) -> CallId {
                match self { $(Call::$variant(body) => body.id,)* }
            }

            /// The call end to end, where the sender named it.
            pub fn gcid(&self) -> Option<&Gcid> {
                match self { $(Call::$variant(body) => body.gcid.as_ref(),)* }
            }

            /// The same message on another leg of the same call.
            #[must_use]
            pub fn on_leg(mut self, id: CallId, gcid: &Gcid) -> Call {
                match &mut self {
                    $(Call::$variant(body) => {
                        body.id = id;
                        body.gcid = Some(gcid.clone());
                    })*
                }
                self
            }

            /// Reads the body of `method`; `None` for a method of no such name.
            pub fn read(method: &str, body: &str) -> Option<Result<Call, crate::Error>> {
                match method {
                    $($method => Some(crate::error::read(body).map(Call::$variant)),)*
                    _ => None,
                }
            }
        }

        impl Serialize for Call {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Call::$variant(body) => body.serialize(serializer),)* }
            }
        }
    };
}

messages! {
    Start "call.start"
    Alive "call.alive"
    Ringing "call.ringing"
    Progress "call.progress"
    Accept "call.accept"
    AckAccept "call.ack.accept"
    Candidate "call.candidate"
    FullSdp "call.fullsdp"
    ChangeLock "call.change.lock"
    ChangeLockOk "call.change.lock.ok"
    ChangeLockReset "call.change.lock.reset"
    ChangeOffer "call.change.offer"
    ChangeAnswer "call.change.answer"
    Dtmf "call.dtmf"
    End "call.end"
    AckEnd "call.ack.end"
    Transfer "call.transfer"
    TransferState "call.transfer.state"
    Info "call.info"
}
