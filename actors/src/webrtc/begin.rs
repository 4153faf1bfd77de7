//! How a call on a `webrtc` network begins: to the engine itself, or to another user.

use std::time::Instant;

use actix::{Actor, Recipient};
use gateway::echo::EchoCall as EchoCore;
use gateway::peer::PeerCall;
use signal::call::{Peer, Start};
use signal::{ClientId, Code, Error};
use uuid::Uuid;

use super::account::WebrtcAccount;
use super::call::WebrtcCall;
use super::connector::Line;
use super::echo::EchoCall;
use crate::calls::{FromLeg, Legs, allowed};
use crate::config::{Common, Webrtc};

/// The user the engine itself answers as.
const ECHO: &str = "echo";

impl WebrtcAccount {
    /// `call.start`: a new call, or a leg of a running one that this client takes over.
    pub(super) fn start_call(&mut self, client: ClientId, mut start: Start) -> Result<(), Error> {
        let Some(gcid) = self.b2bua.begin(client, &start)? else { return Ok(()) };
        let record = &self.b2bua.build.record;
        self.is_built()?;
        if !allowed(&record.network.allowed_targets, &start.target) {
            return Err(Error::new(Code::Forbidden, "target: one of the network's allowedTargets expected"));
        }
        let name = record.config.get("displayName").and_then(|name| name.as_str()).map(str::to_owned);
        start.peer = Some(Peer { uri: record.identifier.clone(), name });
        let legs = self.b2bua.first_leg(client, &start, gcid.clone());
        let id = start.id;
        let call = self.spawn_call(start, legs);
        self.b2bua.hold(client, id, gcid, call);
        Ok(())
    }

    fn spawn_call(&self, start: Start, legs: Legs) -> Recipient<FromLeg> {
        let (now, gcid) = (Instant::now(), legs.gcid().clone());
        let build = &self.b2bua.build;
        let settings = &build.exchange.settings;
        if start.target.trim().eq_ignore_ascii_case(ECHO) {
            let core = EchoCore::new(now, start, gcid, settings.timing, settings.addresses);
            return EchoCall::new(core, legs).start().recipient();
        }
        let ring = Webrtc::from(&build.record.config).ring_timeout;
        let timing = gateway::Timing { ring, ..settings.timing };
        let callee = Line::new(build.record.network.id, &start.target);
        let seed = Uuid::new_v4().as_u64_pair().0;
        let core = PeerCall::new(now, start.clone(), gcid, seed, timing).allowing(settings.addresses);
        WebrtcCall::new(core, legs, &start, callee).start().recipient()
    }

    /// A network whose owner wants the media in the engine must not get it peer to peer.
    fn is_built(&self) -> Result<(), Error> {
        let config = &self.b2bua.build.record.config;
        for (wanted, key) in [(Webrtc::from(config).relay, "relay"), (Common::from(config).record.is_some(), "record")]
        {
            if wanted {
                return Err(Error::new(
                    Code::NotSupported,
                    format!("this engine cannot {key} calls between browsers yet"),
                ));
            }
        }
        Ok(())
    }
}
