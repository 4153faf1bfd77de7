//! Module `call` (protocol section 5). Every message travels in both directions.

mod body;
mod candidate;

pub use body::{
    Accept, CallRef, Described, Dtmf, End, Info, Media, Peer, Ringing, Start, TRANSFER_STATES, Transfer, TransferState,
};
pub use candidate::{Candidate, CandidateBody, CandidateInit, WEBRTC_LEGACY};

use crate::messages::messages;

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

messages! { Call:
    Start Box<Start>, "call.start"
    Alive CallRef, "call.alive"
    Ringing Ringing, "call.ringing"
    Progress Described, "call.progress"
    Accept Accept, "call.accept"
    AckAccept CallRef, "call.ack.accept"
    Candidate Candidate, "call.candidate"
    FullSdp Described, "call.fullsdp"
    ChangeLock CallRef, "call.change.lock"
    ChangeLockOk CallRef, "call.change.lock.ok"
    ChangeLockReset CallRef, "call.change.lock.reset"
    ChangeOffer Described, "call.change.offer"
    ChangeAnswer Described, "call.change.answer"
    Dtmf Dtmf, "call.dtmf"
    End End, "call.end"
    AckEnd CallRef, "call.ack.end"
    Transfer Transfer, "call.transfer"
    TransferState TransferState, "call.transfer.state"
    Info Info, "call.info"
}
