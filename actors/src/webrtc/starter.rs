//! Which actor serves the accounts of a connector.

use std::cell::RefCell;
use std::rc::Rc;

use signal::Connector;

use super::{account, desk, unserved};
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
