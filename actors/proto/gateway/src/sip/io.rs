//! What goes into a [`SipCall`](super::SipCall) and what comes out.

use std::time::{Duration, Instant};

use sdp::Direction;
use signal::call::{Call, Start};
use signal::{CallId, EndReason, Error};
use sip::dialog::{DialogId, TimerPolicy};
use sip::message::{Headers, Host, NameAddr, Replaces, Request, Response, Status, Uri};
use sip::transaction::ServerKey;

pub use crate::peer::Branch;

/// What the call is told of the account it belongs to. Route, Via and credentials are added below it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The account on its network: From of what it sends.
    pub address_of_record: Uri,
    /// Shown to the called side.
    pub display_name: Option<String>,
    /// Completes what is dialled without a host, such as the target of a transfer.
    pub domain: Host,
    /// Where requests of the other side shall arrive.
    pub contact: NameAddr,
    /// Put into each INVITE besides what the call puts there: P-Preferred-Identity, User-Agent, …
    pub headers: Headers,
    /// Whether reliable provisional responses are offered (RFC 3262).
    pub prack: bool,
    /// The session timer asked for; `None`: none is.
    pub session_timer: Option<TimerPolicy>,
    /// Whether P-Asserted-Identity of the other side is believed (RFC 3325).
    pub trust_identity: bool,
    /// How key presses go to the phone.
    pub dtmf: DtmfMode,
    /// How long it rings; takes the place of [`Timing::ring`](crate::Timing).
    pub ring_timeout: Duration,
}

/// How key presses go to the phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DtmfMode {
    /// RFC 4733 where it was negotiated, else INFO.
    #[default]
    Auto,
    /// RFC 4733 or not at all.
    Rfc4733,
    /// INFO.
    Info,
}

/// The header that carries the gcid end to end.
pub const GCID_HEADER: &str = "X-RTC-Gcid";

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The client that holds `leg` sent this; `leg` is the body's `id`.
    Browser {
        /// The leg.
        leg: CallId,
        /// Its message.
        message: Call,
    },
    /// Incoming only: devices to ring. May come again while it rings.
    Branches {
        /// The new legs.
        legs: Vec<Branch>,
    },
    /// Incoming only: there is nobody to ring.
    Unreachable {
        /// `unavailable`, `notFound`, …
        reason: EndReason,
    },
    /// The client that held `leg` is gone for good.
    LegLost {
        /// The leg.
        leg: CallId,
    },
    /// `call.start replace:true` claimed `leg`; the new leg is `start.id`. The phone is told nothing.
    TakeOver {
        /// The old leg.
        leg: CallId,
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
    /// From the bridge.
    Media(MediaEvent),
    /// From the network.
    Sip(SipInput),
    /// The answer to [`Output::Challenged`]: whether the account has credentials for it, and adds them to what
    /// is sent from now on.
    Credentials {
        /// Of the request that was challenged.
        reference: u64,
        /// Whether the request is to be sent again.
        taken: bool,
    },
    /// An INVITE with Replaces that names the dialog of this call (RFC 3891).
    Replacing {
        /// To respond by.
        key: ServerKey,
        /// The INVITE.
        request: Box<Request>,
    },
    /// The answer to [`Output::AskTarget`]: the URI to call; `None`: it must not be called.
    Target {
        /// Of the output.
        question: u64,
        /// Whom to call.
        uri: Option<Uri>,
    },
    /// The answer to [`Output::AskReplaces`]: what the other call's
    /// [`SipCall::replaces`](super::SipCall::replaces) gave; `None`: there is no such call of a phone's.
    Transfer {
        /// Of the output.
        question: u64,
        /// The far end of the other call and the name of its dialog.
        other: Option<(Uri, Replaces)>,
    },
    /// The time of the last [`Output::Wake`] has come.
    Timeout,
}

/// What the transport reports.
#[derive(Clone, Debug)]
pub enum SipInput {
    /// A response to a request of ours.
    Response {
        /// Of [`SipOutput::Send`].
        reference: u64,
        /// What came.
        response: Box<Response>,
    },
    /// No response: 408, or it could not be sent: 503.
    NoResponse {
        /// Of [`SipOutput::Send`].
        reference: u64,
        /// Which.
        status: Status,
    },
    /// A request in one of [`Output::Dialogs`].
    Request {
        /// To respond by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
    },
    /// A CANCEL of an INVITE that this call got.
    Cancel {
        /// To respond by.
        key: ServerKey,
        /// The CANCEL.
        request: Box<Request>,
        /// The INVITE's.
        invite: ServerKey,
    },
    /// An ACK of a 2xx.
    Ack(Box<Request>),
    /// A final response of ours was not acknowledged, or could not be sent.
    ResponseLost(ServerKey),
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Output {
    /// To the client that holds `leg`.
    Send {
        /// The leg.
        leg: CallId,
        /// The message.
        message: Call,
    },
    /// `core.error` to the client that holds `leg`.
    Refuse {
        /// The leg.
        leg: CallId,
        /// The error.
        error: Error,
    },
    /// To the bridge.
    Media(MediaCommand),
    /// To the network.
    Sip(SipOutput),
    /// 401 or 407: answered by [`Input::Credentials`].
    Challenged {
        /// Of the request.
        reference: u64,
        /// With the challenges.
        response: Box<Response>,
    },
    /// All dialogs whose requests belong here, in place of those told before.
    Dialogs(Vec<DialogId>),
    /// Whether `target` may be called, and as what: number rules and allowed targets are the account's. It is what
    /// the user dialled, or the URI of a REFER or of a redirection, each of which is asked about. Answered by
    /// [`Input::Target`].
    AskTarget {
        /// Makes the answer findable.
        question: u64,
        /// Who wants it called: what the account's user may is not what a stranger may at the account's cost.
        by: AskedBy,
        /// What was asked for.
        target: String,
    },
    /// The phone's side of another call of the session, for an attended transfer. Answered by [`Input::Transfer`].
    AskReplaces {
        /// Makes the answer findable.
        question: u64,
        /// The leg of that call.
        call: CallId,
    },
    /// Answered: by the phone, or by this leg.
    Answered {
        /// The browser's leg.
        leg: CallId,
    },
    /// The leg is over, once for each; keep its route until [`Output::Done`].
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
    /// Feed [`Input::Timeout`] then. Replaces the wake-up before it.
    Wake(Instant),
    /// Nothing remains: the actor may stop. Always the last output.
    Done,
}

/// Who wants somebody called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    /// The account's user, in `call.transfer`: it is the phone that calls.
    Browser,
    /// A phone, by a 3xx: the account calls in its place.
    Redirection,
    /// A phone, by REFER: the account calls besides.
    Referral {
        /// To take the place of a phone in a running call (RFC 3891).
        replaces: bool,
    },
}

/// What the network shall do.
#[derive(Clone, Debug)]
pub enum SipOutput {
    /// Send in a transaction of its own, after adding Via, Route and credentials.
    Send {
        /// Unique in this call.
        reference: u64,
        /// What.
        request: Box<Request>,
    },
    /// Send without a transaction.
    Ack(Box<Request>),
    /// Send the CANCEL of an INVITE.
    Cancel {
        /// Of the INVITE.
        reference: u64,
    },
    /// Answer a request.
    Respond {
        /// Which.
        key: ServerKey,
        /// How.
        response: Box<Response>,
    },
}

/// One end of the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The WebRTC leg.
    Browser,
    /// The RTP leg.
    Phone,
}

/// What the bridge shall do: `media::bridge::Command`. Of a side's `Offered`, `Accept`, `Describe` and `Answered` each is
/// answered by exactly one event of that side, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaCommand {
    /// The far side's offer: checked and kept. [`MediaEvent::Offered`] or [`MediaEvent::Refused`].
    Offered {
        /// Who offers.
        side: Side,
        /// The description.
        sdp: String,
        /// Another peer connection, or another SIP dialog.
        fresh: bool,
    },
    /// Answer the kept offer. [`MediaEvent::Answer`] or [`MediaEvent::Refused`].
    Accept {
        /// Whose offer.
        side: Side,
    },
    /// Make an offer of ours. [`MediaEvent::Offer`] or [`MediaEvent::Refused`].
    Describe {
        /// To whom.
        side: Side,
        /// Our direction for audio.
        audio: Direction,
        /// Our direction for video; `None` leaves it out.
        video: Option<Direction>,
        /// As in `Offered`.
        fresh: bool,
    },
    /// The far side's answer. [`MediaEvent::Applied`] or [`MediaEvent::Refused`].
    Answered {
        /// Who answers.
        side: Side,
        /// The description.
        sdp: String,
    },
    /// Forget the pending offer of either direction. No event. If another dialog has taken the phone's leg by it
    /// already, the one before has the leg again, until anything else is offered by or to this side.
    Rollback {
        /// Of which side.
        side: Side,
    },
    /// A candidate of the browser's.
    Candidate {
        /// The candidate-attribute.
        candidate: String,
    },
    /// Keys towards the phone (RFC 4733).
    Dtmf {
        /// Of `0-9 * # A-D`.
        digits: String,
        /// How long each is held, in ms.
        duration_ms: u32,
    },
    /// The recording.
    Record(Record),
    /// It is no longer needed. No event.
    Close,
}

/// Verbs of the recording: `media::bridge::Record`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Begins.
    Start,
    /// Leaves time out.
    Pause,
    /// Goes on.
    Resume,
    /// Ends.
    Stop,
}

/// What the bridge tells: `media::bridge::Event`, without what only logs and figures need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The offer may be accepted.
    Offered {
        /// Who offers.
        side: Side,
        /// Its direction for audio.
        audio: Direction,
        /// Its direction for video.
        video: Option<Direction>,
    },
    /// Our answer, in force.
    Answer {
        /// To whom.
        side: Side,
        /// The description.
        sdp: String,
        /// Whether keys can go there as RFC 4733.
        telephone_event: bool,
    },
    /// Our offer.
    Offer {
        /// To whom.
        side: Side,
        /// The description.
        sdp: String,
    },
    /// The answer is in force.
    Applied {
        /// Who answered.
        side: Side,
        /// Its direction for audio.
        audio: Direction,
        /// Its direction for video.
        video: Option<Direction>,
        /// Whether keys can go there as RFC 4733.
        telephone_event: bool,
    },
    /// The last command about this side was not carried out.
    Refused {
        /// Which side.
        side: Side,
        /// Why, in words.
        detail: String,
    },
    /// Media can flow.
    Connected {
        /// Which side.
        side: Side,
    },
    /// Out of reach for now.
    Disconnected {
        /// Which side.
        side: Side,
    },
    /// The bridge is gone.
    Failed {
        /// Why, in words.
        detail: String,
    },
    /// A key was pressed on that side. The bridge passes none on by itself.
    Dtmf {
        /// Where.
        side: Side,
        /// Of `0-9 * # A-D`.
        digit: char,
        /// How long.
        duration: Duration,
    },
    /// A key of [`MediaCommand::Dtmf`] does not go to the phone.
    DtmfFailed {
        /// Why, in words.
        detail: String,
    },
    /// Nothing comes from a side that should send.
    Silent {
        /// Which side.
        side: Side,
    },
    /// Media of the phone that was agreed to be protected has no keys after the time of [`MediaEvent::Silent`].
    NoKeys {
        /// Why, in words.
        detail: String,
    },
    /// The recording has ended by itself.
    RecordFailed {
        /// Why, in words.
        detail: String,
    },
}
