//! What goes into an [`EchoCall`](super::EchoCall) and what comes out.

use std::time::Instant;

use signal::call::{Call, Start};
use signal::{CallId, EndReason, Error};

/// What happened. The call has one leg at a time, so no leg is named.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The client sent this.
    Browser {
        /// Its message; `id` may be that of a leg already replaced.
        message: Call,
    },
    /// From the media plane.
    Media(MediaEvent),
    /// The client is gone for good.
    LegLost,
    /// `call.start replace:true` claimed the leg; the new one is `start.id`.
    TakeOver {
        /// The claim.
        start: Box<Start>,
    },
    /// The engine ends the call.
    End {
        /// Why.
        reason: EndReason,
        /// Free text.
        detail: Option<String>,
    },
    /// The time of the last [`Output::Wake`] has come.
    Timeout,
}

/// What the media peer of the call reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The answer to the last offer, with all candidates.
    Answer {
        /// The description.
        sdp: String,
    },
    /// The last offer was not applied; the peer goes on as before it.
    Refused {
        /// One sentence; shown to the user.
        detail: String,
    },
    /// The peer is dead.
    Failed {
        /// One sentence; shown to the user.
        detail: String,
    },
    /// ICE and DTLS are up.
    Connected,
    /// ICE is down; it may come back.
    Disconnected,
    /// A telephone-event (RFC 4733) ended.
    Dtmf {
        /// Of `0-9 * # A-D`.
        digit: char,
    },
}

/// What the media peer shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaCommand {
    /// A fresh peer for this offer; one before it was closed.
    Open {
        /// The description.
        sdp: String,
    },
    /// A further offer to the same peer.
    Offer {
        /// The description.
        sdp: String,
    },
    /// A candidate of the browser's.
    Candidate {
        /// The `candidate` of an RTCIceCandidateInit: `candidate:...`.
        candidate: String,
    },
    /// The peer is no longer needed.
    Close,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// To the client that holds `leg`; `id` and `gcid` of the body are set.
    Send {
        /// The leg: differs from the current one while a replaced leg ends.
        leg: CallId,
        /// The message.
        message: Call,
    },
    /// `core.error` to the client that holds `leg`; the shell adds `ref` and `method`.
    Refuse {
        /// The leg.
        leg: CallId,
        /// The error.
        error: Error,
    },
    /// To the media plane.
    Media(MediaCommand),
    /// Feed [`Input::Timeout`] then. Replaces the wake-up before it.
    Wake(Instant),
    /// The accept is on its way.
    Answered {
        /// The leg.
        leg: CallId,
    },
    /// The leg is over, once for each leg; keep its route until [`Output::Done`].
    LegEnded {
        /// The leg.
        leg: CallId,
        /// Why.
        reason: EndReason,
        /// Whether this leg's client ended it.
        by_leg: bool,
        /// Free text.
        detail: Option<String>,
    },
    /// Nothing remains: the actor may stop. Always the last output.
    Done,
}
