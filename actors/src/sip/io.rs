//! What accounts, calls and their way to the network tell each other.
//!
//! An account [`Attach`]es to the connector and hears [`FromUpstream`]: first how it fares, and an [`Uplink`] as soon as
//! calls can be made. A call makes itself a [`Wire`](super::Wire) of it; what the network has for the call comes as
//! [`ToCall`] (requests) and as `FromTransport` (responses).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::{Message as ActixMessage, Recipient};
use gateway::sip::Input;
use signal::account::{State, StateReason};
use sip::message::Request;
use sip::transaction::ServerKey;

use super::Uplink;
use crate::calls::Ring;
use crate::directory::AccountRecord;
use crate::exchange::Exchange;

/// Account to connector: it has clients. Sent again by a rebuilt account, and where its record has changed: the
/// account moves to another upstream where it must. Answered by [`FromUpstream`] at once and from then on.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Attach {
    /// Which account; also where it hears how it fares.
    pub account: Recipient<FromUpstream>,
    /// Where it is asked which of its devices ring.
    pub ring: Recipient<Ring>,
    /// Its row: the effective config is read here.
    pub record: Arc<AccountRecord>,
}

/// Account to connector: it has no client any more. The last account that leaves ends the registration, after a while.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Detach {
    /// As in [`Attach`].
    pub account: Recipient<FromUpstream>,
}

/// To every account of an upstream.
#[derive(ActixMessage, Clone)]
#[rtype(result = "()")]
pub enum FromUpstream {
    /// Calls can be made by it from now on. It may come again; the newest counts.
    Ready(Uplink),
    /// How the account fares on its network.
    State {
        /// Where it stands.
        state: State,
        /// Why.
        reason: StateReason,
        /// For humans: what the registrar said, or messages that wait.
        detail: Option<String>,
        /// When it is tried again.
        retry_in: Option<Duration>,
    },
}

/// To a call: a request of the network, such as one in a dialog of it, as the core takes it.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct ToCall {
    /// What it is.
    pub input: Input,
    /// The host it came from, where that is told.
    pub from: Option<IpAddr>,
}

/// An INVITE that begins a call: what `call::start_incoming` takes.
pub struct Incoming {
    /// The engine.
    pub exchange: Arc<Exchange>,
    /// The line it came to.
    pub uplink: Uplink,
    /// To respond by.
    pub key: ServerKey,
    /// The INVITE.
    pub request: Box<Request>,
    /// The host it came from.
    pub from: IpAddr,
    /// The row of one of the accounts: what the call may be handed on to.
    pub record: Arc<AccountRecord>,
    /// Whose devices ring; never empty.
    pub accounts: Vec<Recipient<Ring>>,
}
