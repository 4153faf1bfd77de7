//! Which actor serves the accounts of a connector.

use std::cell::RefCell;
use std::rc::Rc;

use signal::Connector;

use super::{Desk, unserved};
use crate::session::{Budget, Build, Started};
use crate::{sip, webrtc};

/// The function that starts account actors of `connector`, over state that outlives each of them.
pub fn account_starter(connector: Connector, budget: Rc<Budget>) -> Box<dyn Fn(Build) -> Started> {
    match connector {
        Connector::Webrtc => {
            let desk = Rc::new(RefCell::new(Desk::new(budget)));
            Box::new(move |build| webrtc::start(build, desk.clone()))
        }
        Connector::Sip => {
            let desk = Rc::new(RefCell::new(Desk::new(budget)));
            Box::new(move |build| sip::start(build, desk.clone()))
        }
        Connector::Xmpp | Connector::Conference | Connector::Core | Connector::Browser => Box::new(unserved::start),
    }
}
