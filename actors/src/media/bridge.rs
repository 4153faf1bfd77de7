//! A handle to one bridge, and what opening one takes.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ::media::bridge::{Command, Event, PhonePolicy};
use ::media::record::Container;

use super::PeerId;
use super::handle::Line;
use super::worker::Request;

/// Takes the events of one bridge. Called on a worker thread (or within [`super::Media::open_bridge`]
/// and [`BridgeHandle`]'s methods when the worker cannot be reached): it must not block.
pub type BridgeSink = Arc<dyn Fn(PeerId, Event) + Send + Sync>;

/// What opening a bridge takes.
#[derive(Debug, Clone)]
pub struct BridgeSetup {
    /// The rules of the phone leg.
    pub policy: PhonePolicy,
    /// The local address that the phone's sockets are bound to; unspecified takes any.
    pub bind: IpAddr,
}

/// What to do about a recording. Files are written on a thread of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// Begins one in a new file for the engine's user alone (stereo: browser left, phone right). An existing file is
    /// not overwritten.
    Start {
        /// Where.
        path: PathBuf,
        /// What the file is.
        container: Container,
    },
    /// Leaves time out from here on.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Ends it.
    Stop,
}

/// One bridge, seen by the actor that owns it. Dropping it closes the bridge.
pub struct BridgeHandle {
    pub(super) line: Line,
    pub(super) sink: BridgeSink,
}

impl BridgeHandle {
    /// The id the sink is called with.
    pub fn id(&self) -> PeerId {
        self.line.id()
    }

    /// Tells the bridge what to do; events follow through the sink.
    pub fn command(&self, command: Command) {
        if let Command::Close = command {
            return self.line.close();
        }
        self.send(Request::Bridge { id: self.id(), command });
    }

    /// Starts, pauses or ends the recording.
    pub fn record(&self, recording: Recording) {
        self.send(Request::Record { id: self.id(), recording });
    }

    /// Ends the bridge: BYE and close_notify are sent, its ports are freed, no further event comes.
    pub fn close(&self) {
        self.line.close();
    }

    /// Passes a request on. A worker that is gone or overloaded fails the bridge.
    pub(super) fn send(&self, request: Request) -> bool {
        let outcome = self.line.send(request);
        if let Err(detail) = outcome {
            (self.sink)(self.id(), Event::Failed { detail: detail.into() });
        }
        outcome.unwrap_or(false)
    }
}

impl fmt::Debug for BridgeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgeHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}
