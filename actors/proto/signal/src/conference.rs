//! Module `conference` (protocol section 6): a room of many, one leg a member.

mod member;
mod room;

pub use member::{Chat, File, Join, Leave, Moderate, ModerateAction, Subscribe, Video};
pub use room::{
    Description, Ended, Joined, Kind, Participant, ParticipantChange, ParticipantEvent, Role, Speakers, Track,
};

use crate::messages::messages;

/// Every `conference.*` message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conference {
    /// `conference.join`
    Join(Box<Join>),
    /// `conference.joined`
    Joined(Box<Joined>),
    /// `conference.participant`
    Participant(ParticipantChange),
    /// `conference.offer`
    Offer(Description),
    /// `conference.answer`
    Answer(Description),
    /// `conference.subscribe`
    Subscribe(Subscribe),
    /// `conference.speakers`
    Speakers(Speakers),
    /// `conference.moderate`
    Moderate(Moderate),
    /// `conference.message`
    Message(Chat),
    /// `conference.file`
    File(File),
    /// `conference.leave`
    Leave(Leave),
    /// `conference.ended`
    Ended(Ended),
}

impl Conference {
    /// Whether a client may send `method`; the engine sends all but the
    /// requests, a client all but the news.
    pub fn is_request(method: &str) -> bool {
        !matches!(method, "conference.joined" | "conference.participant" | "conference.speakers" | "conference.ended")
    }
}

messages! { Conference:
    Join Box<Join>, "conference.join"
    Joined Box<Joined>, "conference.joined"
    Participant ParticipantChange, "conference.participant"
    Offer Description, "conference.offer"
    Answer Description, "conference.answer"
    Subscribe Subscribe, "conference.subscribe"
    Speakers Speakers, "conference.speakers"
    Moderate Moderate, "conference.moderate"
    Message Chat, "conference.message"
    File File, "conference.file"
    Leave Leave, "conference.leave"
    Ended Ended, "conference.ended"
}
