//! How a call of an account begins: anew, or as a leg that a reloaded page takes over.

use std::sync::atomic::Ordering;
use std::time::Instant;

use actix::Actor;
use actix::dev::SendError;
use gateway::echo::EchoCall as EchoCore;
use gateway::peer::PeerCall;
use signal::call::{Call, End, Peer, Start};
use signal::{CallId, ClientId, Code, EndReason, Error, Gcid};
use uuid::Uuid;

use super::account::WebrtcAccount;
use super::call::WebrtcCall;
use super::connector::Line;
use super::desk::{Desk, Leg};
use super::echo::EchoCall;
use super::legs::{FromLeg, LegInput, Legs};
use super::targets;
use crate::config::{Common, Webrtc};

/// The user the engine itself answers as.
const ECHO: &str = "echo";

impl WebrtcAccount {
    /// `call.start`: a new call, or a leg of a running one that this client takes over.
    pub(super) fn start_call(&mut self, client: ClientId, mut start: Start) -> Result<(), Error> {
        if start.account.is_some_and(|id| id != self.build.record.id) {
            return Err(Error::field("account", "the account of this target"));
        }
        if self.desk.borrow().knows(start.id) {
            return Err(Error::new(Code::WrongState, "id: a call id never used before expected"));
        }
        if start.replace && self.take_over(client, &start)? {
            return Ok(());
        }
        let gcid = start.gcid.clone().unwrap_or_else(|| Gcid::from(Uuid::new_v4()));
        if self.build.exchange.draining.load(Ordering::Relaxed) {
            self.turn_away(client, start.id, gcid);
            return Ok(());
        }
        self.may_call(&start, &gcid)?;
        let config = &self.build.record.config;
        let name = config.get("displayName").and_then(|name| name.as_str()).map(str::to_owned);
        start.peer = Some(Peer { uri: self.build.record.identifier.clone(), name });
        let mut legs = Legs::new(self.build.exchange.clone(), gcid.clone());
        legs.add(start.id, self.route(client, &start.target, true));
        log::info!(
            gcid:% = gcid, call:% = start.id, session:% = self.build.session, target = start.target.as_str();
            "call start"
        );
        let id = start.id;
        let call = self.spawn_call(start, legs);
        self.desk.borrow_mut().add(id, Leg { client, gcid, call, replaced: false });
        Ok(())
    }

    /// No call begins in an engine that is about to end.
    fn turn_away(&self, client: ClientId, id: CallId, gcid: Gcid) {
        self.desk.borrow_mut().remember(id);
        let detail = Some("the engine restarts".to_owned());
        let end = End { id, gcid: Some(gcid), reason: Some(EndReason::Unavailable.word().to_owned()), detail };
        self.tell(client, Call::End(end).into());
    }

    fn spawn_call(&self, start: Start, legs: Legs) -> actix::Recipient<FromLeg> {
        let (now, gcid) = (Instant::now(), legs.gcid().clone());
        let settings = &self.build.exchange.settings;
        if start.target.trim().eq_ignore_ascii_case(ECHO) {
            let core = EchoCore::new(now, start, gcid, settings.timing, settings.addresses);
            return EchoCall::new(core, legs).start().recipient();
        }
        let ring = Webrtc::from(&self.build.record.config).ring_timeout;
        let timing = gateway::Timing { ring, ..settings.timing };
        let callee = Line::new(self.build.record.network.id, &start.target);
        let seed = Uuid::new_v4().as_u64_pair().0;
        let core = PeerCall::new(now, start.clone(), gcid, seed, timing).allowing(settings.addresses);
        WebrtcCall::new(core, legs, &start, callee).start().recipient()
    }

    /// Whether the account may start this call.
    fn may_call(&self, start: &Start, gcid: &Gcid) -> Result<(), Error> {
        if start.target.trim().is_empty() {
            return Err(Error::field("target", "a user"));
        }
        let desk = self.desk.borrow();
        if desk.leg_in(gcid).is_some() {
            return Err(Error::new(Code::WrongState, "gcid: a call that does not run yet, or replace, expected"));
        }
        self.has_room(&desk)?;
        let per_minute = self.build.exchange.settings.limits.calls_per_minute;
        if !self.build.budget.begin(Instant::now(), per_minute) {
            return Err(Error::new(Code::RateLimited, format!("at most {per_minute} calls a minute expected")));
        }
        self.is_built()?;
        if !targets::allowed(&self.build.record.network.allowed_targets, &start.target) {
            return Err(Error::new(Code::Forbidden, "target: one of the network's allowedTargets expected"));
        }
        Ok(())
    }

    /// A network whose owner wants the media in the engine must not get it peer to peer.
    fn is_built(&self) -> Result<(), Error> {
        let config = &self.build.record.config;
        for (wanted, key) in [(Webrtc::from(config).relay, "relay"), (Common::from(config).record, "record")] {
            if wanted {
                return Err(Error::new(
                    Code::NotSupported,
                    format!("this engine cannot {key} calls between browsers yet"),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn has_room(&self, desk: &Desk) -> Result<(), Error> {
        let budget = &self.build.budget;
        if budget.is_spent() {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("at most {} calls of one session expected", budget.limit()),
            ));
        }
        let limit = self.build.exchange.settings.limits.calls_per_account;
        let limit = Common::from(&self.build.record.config).max_calls.unwrap_or(limit);
        if desk.calls() >= limit {
            return Err(Error::new(Code::LimitExceeded, format!("at most {limit} calls of one account expected")));
        }
        Ok(())
    }

    fn take_over(&mut self, client: ClientId, start: &Start) -> Result<bool, Error> {
        let Some(gcid) = start.gcid.clone() else { return Err(Error::field("gcid", "the call to take over")) };
        let mut desk = self.desk.borrow_mut();
        let Some((leg, known)) = desk.claimed(&gcid)? else { return Ok(false) };
        let route = Box::new(self.route(client, &start.target, false));
        let input = LegInput::TakeOver { start: Box::new(start.clone()), route };
        match known.call.try_send(FromLeg { leg, input }) {
            Ok(()) => {
                desk.replace(leg, start.id, Leg { client, ..known });
                Ok(true)
            }
            Err(SendError::Full(_)) => Err(Error::new(Code::RateLimited, "fewer messages expected")),
            Err(SendError::Closed(_)) => Ok(false),
        }
    }
}
