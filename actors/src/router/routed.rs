//! What travels over a lane.

use actix::Message as ActixMessage;
use signal::{Address, CallId, Incoming, Message, SessionId};

use crate::calls::{AskPhone, AskRoom};

/// A message with one receiver, on its way through the registry.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Routed {
    /// The session both ends belong to.
    pub session: SessionId,
    /// Stamped by the engine, never taken from the wire.
    pub from: Address,
    /// One actor of that session.
    pub to: Address,
    /// What is sent.
    pub content: Content,
}

/// What is sent.
pub enum Content {
    /// A frame of a client, its body unread.
    Request(Box<Incoming>),
    /// What the engine tells a client.
    Message(Box<Message>),
    /// A call tells its B2BUA that a leg is over.
    LegEnded(CallId),
    /// A call asks its B2BUA for the phone of another call of the account.
    AskPhone(CallId, AskPhone),
    /// A call asks its B2BUA whether its phone may have somebody called.
    AskRoom(AskRoom),
}
