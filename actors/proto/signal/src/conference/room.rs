//! What the room tells a member, and the descriptions both exchange.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{self, Check};
use crate::read::{object, objects};
use crate::{CallId, EndReason, Error, Gcid, ParticipantId, limits};

/// `conference.joined`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Joined {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The room.
    pub name: String,
    /// Which participant the member itself is.
    #[serde(rename = "self")]
    pub own: ParticipantId,
    /// What the member may do.
    pub role: Role,
    /// The answer.
    #[serde(default)]
    pub sdp: Option<String>,
    /// Everybody in the room, the member included.
    #[serde(deserialize_with = "objects")]
    pub participants: Vec<Participant>,
    /// Whether nobody else is let in.
    pub locked: bool,
    /// Whether the room is recorded.
    pub recording: bool,
}

/// A member as the others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Its id in the room.
    pub id: ParticipantId,
    /// How it is called.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// How it takes part.
    pub kind: Kind,
    /// Whether it sends sound.
    pub audio: bool,
    /// Whether it sends a picture.
    pub video: bool,
    /// Whether a moderator or the member itself has silenced it.
    pub muted: bool,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Take part.
    Participant,
    /// `conference.moderate` too.
    Moderator,
}

/// How a member takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// By a browser.
    Browser,
    /// By a SIP call.
    Phone,
    /// By a Jingle session.
    Xmpp,
}

/// `conference.participant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParticipantChange {
    /// The leg that is told.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// What happened.
    pub event: ParticipantEvent,
    /// The participant as it is now, or was last.
    #[serde(deserialize_with = "object")]
    pub participant: Participant,
}

/// What happened to a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words")]
pub enum ParticipantEvent {
    Joined,
    Left,
    Changed,
}

/// `conference.offer` and `conference.answer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The session description.
    #[schemars(length(max = limits::SDP_BYTES))]
    pub sdp: String,
    /// Whose media each section carries; set by the engine.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::SUBSCRIPTIONS))]
    pub tracks: Vec<Track>,
}

/// Whose media a section carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Track {
    /// The section's `a=mid` (RFC 5888).
    #[schemars(length(max = limits::MID_CHARS))]
    pub mid: String,
    /// Whose.
    pub participant: ParticipantId,
}

/// `conference.speakers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Speakers {
    /// The leg that is told.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Who speaks, loudest first.
    pub speakers: Vec<ParticipantId>,
}

/// `conference.ended`: the leg is over, and with the last leg the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Why.
    pub reason: EndReason,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Check for Description {
    fn check(&self) -> Result<(), Error> {
        check::sdp(&self.sdp)?;
        check::count("tracks", self.tracks.len(), limits::SUBSCRIPTIONS)?;
        self.tracks.iter().try_for_each(|track| check::text("tracks", &track.mid, limits::MID_CHARS))
    }
}

/// The engine's own words: nothing of them comes from a client unchecked.
macro_rules! news {
    ($($body:ty)*) => {
        $(impl Check for $body {
            fn check(&self) -> Result<(), Error> {
                Ok(())
            }
        })*
    };
}

news! { Joined ParticipantChange Speakers Ended }
