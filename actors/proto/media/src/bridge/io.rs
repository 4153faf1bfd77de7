//! What a bridge is told and what it tells.

use std::net::IpAddr;
use std::time::Duration;

use sdp::Direction;

use crate::Stats;

/// One end of a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The WebRTC leg.
    Browser,
    /// The RTP leg.
    Phone,
}

/// What the owner wants. Directions are as the writer of that SDP sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The far side's offer: checked and kept, nothing is applied. [`Event::Offered`] or
    /// [`Event::Refused`] follows.
    Offered {
        /// Who offers.
        side: Side,
        /// The whole description.
        sdp: String,
        /// Browser: another RTCPeerConnection takes the leg when the offer is accepted.
        /// Phone: the offer is of another SIP dialog.
        fresh: bool,
    },
    /// Answers the kept offer. [`Event::Answer`] or [`Event::Refused`] follows.
    Accept {
        /// Whose offer.
        side: Side,
    },
    /// Makes an offer of ours. [`Event::Offer`] or [`Event::Refused`] follows.
    Describe {
        /// To whom.
        side: Side,
        /// Our direction for audio.
        audio: Direction,
        /// Our direction for video; `None` leaves it out, or stops it where it was.
        video: Option<Direction>,
        /// As in [`Command::Offered`].
        fresh: bool,
    },
    /// The far side's answer to our offer; the phone's may come again, and the last one counts.
    /// [`Event::Applied`] or [`Event::Refused`] follows.
    Answered {
        /// Who answers.
        side: Side,
        /// The whole description.
        sdp: String,
    },
    /// The phone's next description came from this host. Where it names an address that cannot be reached from here,
    /// media is believed from there. No event follows.
    Signalled {
        /// The host.
        from: IpAddr,
    },
    /// Forgets the pending offer of either direction. No event follows. If another dialog has taken the phone's leg by it
    /// already, the one before has the leg again, as it was, until anything else is offered by or to this side.
    Rollback {
        /// Of which side.
        side: Side,
    },
    /// A trickled candidate of the browser (RFC 8838). Nothing is done with it: we never send to an
    /// address a page names.
    Candidate {
        /// The line of it.
        candidate: String,
    },
    /// Presses keys towards the phone (RFC 4733), one after the other.
    Dtmf {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digits: String,
        /// How long each is held, in milliseconds.
        duration_ms: u32,
    },
    /// Controls the recording.
    Record(Record),
    /// Goodbye on both sides and the end. No event follows.
    Close,
}

/// Verbs of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Begins a recording.
    Start,
    /// Leaves time out from here on.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Ends it.
    Stop,
}

/// What a bridge tells its owner, in the order it happened. Nothing follows [`Event::Failed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The far side's offer may be accepted.
    Offered {
        /// Who offers.
        side: Side,
        /// Its direction for audio.
        audio: Direction,
        /// Its direction for video, `None` without video.
        video: Option<Direction>,
    },
    /// Our answer to the kept offer. It is in force.
    Answer {
        /// To whom.
        side: Side,
        /// The whole description, CRLF line ends.
        sdp: String,
        /// Whether key presses can be sent to that side as RFC 4733.
        telephone_event: bool,
    },
    /// Our offer. It waits for [`Command::Answered`] or [`Command::Rollback`].
    Offer {
        /// To whom.
        side: Side,
        /// The whole description, CRLF line ends.
        sdp: String,
    },
    /// The answer to our offer is in force.
    Applied {
        /// Who answered.
        side: Side,
        /// Its direction for audio.
        audio: Direction,
        /// Its direction for video, `None` without video.
        video: Option<Direction>,
        /// Whether key presses can be sent to that side as RFC 4733.
        telephone_event: bool,
    },
    /// The last command about this side was not carried out; all is as it was before it.
    Refused {
        /// Which side.
        side: Side,
        /// Why, in words.
        detail: String,
    },
    /// Media can flow: ICE and DTLS are up, or the phone's address is known (with its keys, where
    /// it has any). Again after each [`Event::Disconnected`].
    Connected {
        /// Which side.
        side: Side,
    },
    /// The side is out of reach for now.
    Disconnected {
        /// Which side.
        side: Side,
    },
    /// The whole bridge has ended and is gone.
    Failed {
        /// Why, in words. Never contains key material.
        detail: String,
    },
    /// There is no room for a bridge: it never was. Nothing follows.
    NoRoom {
        /// What is missing.
        detail: String,
    },
    /// A key was pressed on that side. None is passed on by itself: [`Command::Dtmf`] does that, or SIP.
    Dtmf {
        /// Where.
        side: Side,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was held.
        duration: Duration,
    },
    /// Keys of [`Command::Dtmf`] do not go to the phone: it agreed on no events, or does not listen.
    DtmfFailed {
        /// Why, in words.
        detail: String,
    },
    /// Neither RTP nor RTCP came for [`crate::limits::SILENCE`] from a side that should send.
    Silent {
        /// Which side.
        side: Side,
        /// Why there may be nothing to hear, in words.
        detail: String,
    },
    /// [`crate::limits::SILENCE`] after it was agreed that the phone's media is protected, there are still no keys:
    /// nothing is heard and nothing is sent. Again after each such time.
    NoKeys {
        /// Why, in words.
        detail: String,
    },
    /// The recording has ended by itself.
    RecordFailed {
        /// Why, in words.
        detail: String,
    },
    /// Every [`crate::limits::STATS_INTERVAL`] while connected.
    Stats {
        /// Of which side.
        side: Side,
        /// The figures.
        stats: Stats,
    },
}
