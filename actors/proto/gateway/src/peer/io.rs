//! What goes into a [`PeerCall`](super::PeerCall) and what comes out.

use std::time::Instant;

use signal::call::{Call, Start};
use signal::{AccountId, CallId, EndReason, Error};

/// A device to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The new leg; the shell made the id.
    pub leg: CallId,
    /// The called account, as `call.start` shall name it to this device.
    pub account: Option<AccountId>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The client that holds `leg` sent this. `leg` is the body's `id`, and the
    /// shell has checked that the client holds it.
    Browser {
        /// The leg.
        leg: CallId,
        /// Its message.
        message: Call,
    },
    /// Devices to ring: each gets `call.start`. May come again while it rings
    /// (a device that connects late); after the call is answered or over it is ignored.
    Branches {
        /// The new legs.
        legs: Vec<Branch>,
    },
    /// There is nobody to ring: the call ends with `reason`.
    Unreachable {
        /// `notFound`, `unavailable`, `forbidden`...
        reason: EndReason,
    },
    /// The client that held `leg` is gone for good.
    LegLost {
        /// The leg.
        leg: CallId,
    },
    /// `call.start replace:true` claimed `leg`. The new leg is `start.id`; the old
    /// one ends with `replaced`; the far end gets at most a renegotiation.
    TakeOver {
        /// The old leg.
        leg: CallId,
        /// The claim.
        start: Box<Start>,
    },
    /// The engine ends the call (session closed, drain, limit).
    End {
        /// Why.
        reason: EndReason,
        /// Free text.
        detail: Option<String>,
    },
    /// The time of the last [`Output::Wake`] has come. One too early or too many does no harm.
    Timeout,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// To the client that holds `leg`; `id` and `gcid` of the body are set.
    Send {
        /// The leg.
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
    /// Feed [`Input::Timeout`] then. Replaces the wake-up before it.
    Wake(Instant),
    /// This callee leg won the call; its accept is on its way to the caller.
    Answered {
        /// The callee's leg.
        leg: CallId,
    },
    /// The leg is over, once for each leg (for records and logs). Its `call.ack.end` may be
    /// still to come: keep the leg's route until [`Output::Done`]; the core takes what is late.
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
