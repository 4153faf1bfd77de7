//! Browser to browser, and the echo account: the shells of `gateway::peer` and
//! `gateway::echo`.

mod account;
mod call;
mod connector;
mod desk;
mod echo;
mod legs;
mod targets;
mod unserved;

#[cfg(test)]
pub use connector::Panic;
pub use connector::{Supervise, WebrtcConnector};

use std::cell::RefCell;
use std::rc::Rc;

use signal::Connector;

use crate::session::{Budget, Build, Started};

/// The function that starts account actors of `connector`, over state that outlives each of them.
pub fn account_starter(connector: Connector, budget: Rc<Budget>) -> Box<dyn Fn(Build) -> Started> {
    match connector {
        Connector::Webrtc => {
            let desk = Rc::new(RefCell::new(desk::Desk::new(budget)));
            Box::new(move |build| account::start(build, desk.clone()))
        }
        Connector::Sip | Connector::Xmpp | Connector::Conference | Connector::Core | Connector::Browser => {
            Box::new(unserved::start)
        }
    }
}
