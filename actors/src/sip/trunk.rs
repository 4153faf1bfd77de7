//! [`Trunk`]: whether the far end of an upstream that does not register is there. It is asked by OPTIONS as often as
//! `keepAlive` says, which also keeps the way to it open (RFC 3261 section 11).

use std::time::Instant;

use sip::message::{Headers, Request, Response, Status, Uri, name};
use sip::ping::{Event, Ping, Target};
use sip::summary::Summary;
use sip::transport::Hop;
use uuid::Uuid;

use super::Uplink;
use super::binding::chance;
use super::standing::Standing;

/// How many requests in a row nobody answers before it counts as gone.
const PATIENCE: u32 = 2;

/// See the module.
pub struct Trunk(Ping);

impl Trunk {
    /// The trunk of `uplink`; `None`: its config names none, or wants it left alone. It counts as there until it is
    /// known not to be, and is asked first when one interval is over.
    pub fn of(uplink: &Uplink, now: Instant) -> Option<Trunk> {
        let provider = uplink.provider();
        provider.config.proxy.as_ref().or(provider.config.registrar.as_ref())?;
        let interval = provider.config.keep_alive?;
        let mut extra = Headers::new();
        extra.copy(&name::USER_AGENT, &uplink.line().headers);
        extra.push(name::ACCEPT, "application/sdp");
        let target = Target {
            uri: Uri::Sip(provider.next_hop()),
            from: provider.address_of_record(),
            interval,
            patience: PATIENCE,
            call_id: Uuid::new_v4().to_string(),
            tag: Uuid::new_v4().simple().to_string(),
            extra,
        };
        Some(Trunk(Ping::new(now + interval, target)))
    }

    /// What to ask it, if it is time.
    pub fn ask(&mut self, now: Instant) -> Option<Box<Request>> {
        self.0.on_wake(now).map(Box::new)
    }

    /// When to ask next.
    pub fn wake(&self) -> Option<Instant> {
        self.0.wake()
    }

    /// Its answer, or that there is none: how the upstream fares, if that has changed. `messages` wait.
    pub fn answered(
        &mut self,
        now: Instant,
        answer: Result<(&Response, Hop), Status>,
        messages: Option<&Summary>,
    ) -> Option<Standing> {
        let event = match answer {
            Ok((response, _)) => self.0.on_response(now, response, chance()),
            Err(status) => self.0.on_no_response(now, status, chance()),
        };
        Some(match event? {
            Event::Reachable => Standing::connected(messages),
            Event::Unreachable(status) => Standing::silent(status),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use serde_json::{Value, json};
    use signal::account::{State, StateReason};
    use sip::transport::{Flow, Protocol};

    use super::*;
    use crate::sip::provider::tests::provider;
    use crate::sip::tests::network::Engine;

    fn uplink(config: Value) -> Uplink {
        Uplink::new(Engine::deaf().exchange, provider("sip:a@b.example", config).unwrap())
    }

    #[test]
    fn a_trunk_that_falls_silent_is_told_and_so_is_its_return() {
        actix::System::new().block_on(async {
            let start = Instant::now();
            let config = json!({ "register": false, "proxy": "sip:192.0.2.1:5070", "keepAlive": 30 });
            let mut trunk = Trunk::of(&uplink(config), start).unwrap();
            assert!(trunk.ask(start).is_none(), "it counts as there");
            let hop = Hop { protocol: Protocol::Udp, address: SocketAddr::from(([192, 0, 2, 1], 5070)), flow: Flow(1) };
            let mut round = |status: Option<Status>| {
                let now = trunk.wake().unwrap();
                assert!(now - start >= Duration::from_secs(30));
                let request = trunk.ask(now).unwrap();
                assert_eq!(request.uri().to_string(), "sip:192.0.2.1:5070");
                let standing = match status {
                    Some(status) => trunk.answered(now, Ok((&request.response(status, Some("t")), hop)), None),
                    None => trunk.answered(now, Err(Status::REQUEST_TIMEOUT), None),
                };
                standing.map(|standing| (standing.state, standing.reason))
            };
            let told: Vec<_> = [Some(Status::OK), None, None, None, Some(Status::NOT_FOUND)].map(&mut round).into();
            let (there, gone) = ((State::Connected, StateReason::Ok), (State::Failed, StateReason::Timeout));
            assert_eq!(told, [Some(there), None, Some(gone), None, Some(there)]);
        });
    }

    #[test]
    fn nobody_is_asked_where_nobody_is_named_or_it_is_not_wanted() {
        actix::System::new().block_on(async {
            for config in [json!({ "register": false }), json!({ "proxy": "sip:192.0.2.1", "keepAlive": 0 })] {
                assert!(Trunk::of(&uplink(config.clone()), Instant::now()).is_none(), "{config}");
            }
        });
    }
}
