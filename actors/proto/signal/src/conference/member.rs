//! What a member may ask, or send to the others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::check::{self, Check};
use crate::read::objects;
use crate::{CallId, Error, Gcid, ParticipantId, limits};

/// `conference.join`: enter a room; a name unknown so far creates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// The new leg.
    pub id: CallId,
    /// The call end to end; the engine makes one if the member has none.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The room.
    #[schemars(length(min = 1, max = limits::ROOM_CHARS))]
    pub name: String,
    /// How the others see the member.
    #[serde(default)]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub display_name: String,
    /// The room's pin, or its moderator pin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PIN_CHARS))]
    pub pin: Option<String>,
    /// Candidates follow one by one (`call.candidate` with this leg's `id`).
    #[serde(default)]
    pub trickle: bool,
    /// The offer.
    #[serde(default)]
    #[schemars(length(max = limits::SDP_BYTES))]
    pub sdp: Option<String>,
}

impl Check for Join {
    fn check(&self) -> Result<(), Error> {
        check::name("name", &self.name, limits::ROOM_CHARS)?;
        check::text("displayName", &self.display_name, limits::TEXT_CHARS)?;
        check::optional("pin", self.pin.as_deref(), limits::PIN_CHARS)?;
        self.sdp.as_deref().map_or(Ok(()), check::sdp)
    }
}

/// `conference.subscribe`: whose video the member wants; who is not named is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscribe {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// The videos wanted, most important first.
    #[serde(deserialize_with = "objects")]
    #[schemars(length(max = limits::SUBSCRIPTIONS))]
    pub videos: Vec<Video>,
}

/// One video and the size it is shown at, in device pixels: the engine picks the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Video {
    /// Whose.
    pub participant: ParticipantId,
    /// Width in pixels; 0 pauses it.
    #[schemars(range(max = limits::VIDEO_PIXELS))]
    pub width: u32,
    /// Height in pixels; 0 pauses it.
    #[schemars(range(max = limits::VIDEO_PIXELS))]
    pub height: u32,
}

impl Check for Subscribe {
    fn check(&self) -> Result<(), Error> {
        check::count("videos", self.videos.len(), limits::SUBSCRIPTIONS)?;
        let too_large = |video: &Video| video.width.max(video.height) > limits::VIDEO_PIXELS;
        match self.videos.iter().position(too_large) {
            Some(index) => {
                Err(Error::field(&format!("videos[{index}]"), &format!("at most {} pixels", limits::VIDEO_PIXELS)))
            }
            None => Ok(()),
        }
    }
}

/// `conference.moderate`; refused with `forbidden` unless the member is a moderator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moderate {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// What to do.
    pub action: ModerateAction,
    /// To whom: for `mute`, `kick` and `role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// The new role: for `role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What a moderator can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ModerateAction {
    /// Silence a member; unmuting is the member's own choice.
    Mute,
    /// Remove a member.
    Kick,
    /// Let nobody else in.
    Lock,
    /// Let people in again.
    Unlock,
    /// End the room for all.
    End,
    /// Give a member another role.
    Role,
}

impl Check for Moderate {
    fn check(&self) -> Result<(), Error> {
        let about_one = match self.action {
            ModerateAction::Mute | ModerateAction::Kick | ModerateAction::Role => true,
            ModerateAction::Lock | ModerateAction::Unlock | ModerateAction::End => false,
        };
        if about_one && self.participant.is_none() {
            return Err(Error::field("participant", "whom the action is about"));
        }
        if self.action == ModerateAction::Role && self.role.is_none() {
            return Err(Error::field("role", "the new role"));
        }
        Ok(())
    }
}

/// `conference.message`: chat text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chat {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Who wrote it; set by the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<ParticipantId>,
    /// To one member only; absent is to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// The text; line breaks and tabs are its only control characters.
    #[schemars(length(min = 1, max = limits::CHAT_CHARS))]
    pub text: String,
}

impl Check for Chat {
    fn check(&self) -> Result<(), Error> {
        let visible = self.text.replace(['\n', '\r', '\t'], " ");
        check::name("text", &visible, limits::CHAT_CHARS)
    }
}

/// `conference.file`: a file by reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct File {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
    /// Who offers it; set by the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<ParticipantId>,
    /// Its name.
    #[schemars(length(min = 1, max = limits::TEXT_CHARS))]
    pub name: String,
    /// Where it is: an `https:` or `http:` URL, so that a click runs nothing.
    #[schemars(length(max = limits::URL_CHARS), regex(pattern = "^https?://"))]
    pub url: String,
    /// Its size in bytes.
    #[serde(default, rename = "size", skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Its media type (RFC 6838).
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TEXT_CHARS))]
    pub media_type: Option<String>,
}

impl Check for File {
    fn check(&self) -> Result<(), Error> {
        check::name("name", &self.name, limits::TEXT_CHARS)?;
        check::text("url", &self.url, limits::URL_CHARS)?;
        if !self.url.starts_with("https://") && !self.url.starts_with("http://") {
            return Err(Error::field("url", "an https or http URL"));
        }
        check::optional("type", self.media_type.as_deref(), limits::TEXT_CHARS)
    }
}

/// `conference.leave`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leave {
    /// The leg.
    pub id: CallId,
    /// The call end to end.
    #[serde(default)]
    pub gcid: Option<Gcid>,
}

impl Check for Leave {
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}
