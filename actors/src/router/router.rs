//! The stateless router: reads `to`, and nothing else.
//!
//! Started with its lane, addressed by the browser connector and every B2BUA and
//! call of the lane, ends with the lane.

use actix::{Actor, Addr, Context, Handler, Message as ActixMessage};
use signal::{Address, Code, Error, Incoming, SessionId, To, limits};

use super::{Content, Registry, Routed, survive};
use crate::limits::LANE_MAILBOX;

/// See the module.
pub struct Router {
    registry: Addr<Registry>,
}

impl Router {
    /// A router in front of `registry`.
    pub fn new(registry: Addr<Registry>) -> Router {
        Router { registry }
    }

    fn refuse(&self, route: &Route, error: Error) {
        self.registry.do_send(refusal(route.session, route.from, error, &route.frame));
    }
}

impl Actor for Router {
    type Context = Context<Router>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

/// A client's frame, `from` already stamped.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Route {
    /// The sender's session.
    pub session: SessionId,
    /// The sender.
    pub from: Address,
    /// The frame.
    pub frame: Box<Incoming>,
}

impl Handler<Route> for Router {
    type Result = ();

    fn handle(&mut self, route: Route, _: &mut Self::Context) {
        survive("router", || self.route(route));
    }
}

impl Router {
    fn route(&self, mut route: Route) {
        #[cfg(test)]
        crate::tests::trip("router", route.frame.id.as_ref());
        let to = std::mem::take(&mut route.frame.to);
        if to.addresses().len() > limits::FORK_TARGETS {
            let sentence = format!("to: at most {} addresses expected", limits::FORK_TARGETS);
            return self.refuse(&route, Error::new(Code::LimitExceeded, sentence));
        }
        match to {
            To::One(address) => self.deliver(&address, route),
            To::Many(addresses) => {
                for address in addresses {
                    let copy = Route { frame: route.frame.clone(), ..route };
                    self.deliver(&address, copy);
                }
            }
        }
    }

    fn deliver(&self, address: &str, route: Route) {
        let Some(to) = Address::parse(address) else {
            return self.refuse(&route, unknown_address());
        };
        let Route { session, from, frame } = route;
        self.registry.do_send(Routed { session, from, to, content: Content::Request(frame) });
    }
}

/// A message of the engine's own, to one receiver.
impl Handler<Routed> for Router {
    type Result = ();

    fn handle(&mut self, message: Routed, _: &mut Self::Context) {
        self.registry.do_send(message);
    }
}

/// The one answer for an address that is malformed, missing or another session's.
pub fn unknown_address() -> Error {
    Error::new(Code::UnknownAddress, "to: an address of this session expected")
}

/// `error` on its way back to the client that sent `frame`.
pub fn refusal(session: SessionId, client: Address, error: Error, frame: &Incoming) -> Routed {
    let error = Error { reference: frame.id.clone(), method: Some(frame.method.clone()), ..error };
    Routed { session, from: Address::CORE, to: client, content: Content::Message(Box::new(error.into())) }
}
