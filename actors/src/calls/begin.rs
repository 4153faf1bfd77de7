//! How a call of an account begins: anew, or as a leg that a reloaded page takes over.

use std::sync::atomic::Ordering;
use std::time::Instant;

use actix::Recipient;
use actix::dev::SendError;
use signal::call::{Call, End, Start};
use signal::message::Request;
use signal::{CallId, ClientId, Code, EndReason, Error, Gcid, Incoming};
use uuid::Uuid;

use super::desk::Leg;
use super::{AskRoom, B2bua, Desk, FromLeg, LegInput, Legs};
use crate::config::Common;

impl B2bua {
    /// `call.start`: the gcid of a new call, which the connector may still refuse; `None` where there is nothing more
    /// to do: the client took a running call over, or was told that no call begins.
    ///
    /// Errors: what is told to the client.
    pub fn begin(&mut self, client: ClientId, start: &Start) -> Result<Option<Gcid>, Error> {
        if start.account.is_some_and(|id| id != self.build.record.id) {
            return Err(Error::field("account", "the account of this target"));
        }
        if self.desk().knows(start.id) {
            return Err(Error::new(Code::WrongState, "id: a call id never used before expected"));
        }
        if start.replace && self.take_over(client, start)? {
            return Ok(None);
        }
        let gcid = start.gcid.clone().unwrap_or_else(|| Gcid::from(Uuid::new_v4()));
        if self.build.exchange.draining.load(Ordering::Relaxed) {
            self.turn_away(client, start.id, gcid);
            return Ok(None);
        }
        self.may_call(start, &gcid)?;
        Ok(Some(gcid))
    }

    /// The caller's leg of the call `gcid`.
    pub fn first_leg(&self, client: ClientId, start: &Start, gcid: Gcid) -> Legs {
        log::info!(
            gcid:% = gcid, call:% = start.id, session:% = self.build.session, target = start.target.as_str();
            "call start"
        );
        let mut legs = Legs::new(self.build.exchange.clone(), gcid);
        legs.add(start.id, self.route(client, &start.target, true));
        legs
    }

    /// A `call.start` that begins no call, in one line: who looks for fraud or for a mistake in the configuration looks here.
    pub(super) fn log_refused(&self, error: &Error, frame: &Incoming) {
        if frame.method != "call.start" {
            return;
        }
        let is_ours = matches!(error.code, Code::NotSupported | Code::InternalError);
        // Who asks too often must not fill the log.
        let usual = if error.code == Code::RateLimited { log::Level::Debug } else { log::Level::Info };
        let level = if is_ours { log::Level::Warn } else { usual };
        let target = match Request::read(frame) {
            Ok(Request::Call(Call::Start(start))) => Some(shown(&start.target).to_owned()),
            Ok(_) | Err(_) => None,
        };
        let (session, account) = (self.build.session, self.build.record.identifier.as_str());
        let (target, cause) = (target.as_deref(), error.message.as_str());
        log::log!(level, session:%, account, target, cause; "call refused");
    }

    /// `call` runs.
    pub fn hold(&self, client: ClientId, id: CallId, gcid: Gcid, call: Recipient<FromLeg>) {
        self.desk().add(id, Leg { client, gcid, call, replaced: false });
    }

    /// No call begins in an engine that is about to end.
    fn turn_away(&self, client: ClientId, id: CallId, gcid: Gcid) {
        self.desk().remember(id);
        let detail = Some("the engine restarts".to_owned());
        let end = End { id, gcid: Some(gcid), reason: Some(EndReason::Unavailable.word().to_owned()), detail };
        self.tell(client, Call::End(end).into());
    }

    /// Whether the account may start this call.
    fn may_call(&self, start: &Start, gcid: &Gcid) -> Result<(), Error> {
        if start.target.trim().is_empty() {
            return Err(Error::field("target", "a user"));
        }
        let desk = self.desk();
        if desk.leg_in(gcid).is_some() {
            return Err(Error::new(Code::WrongState, "gcid: a call that does not run yet, or replace, expected"));
        }
        self.has_room(&desk)?;
        self.has_turn()
    }

    /// A call begins: whether the session may begin one more in this minute.
    fn has_turn(&self) -> Result<(), Error> {
        let per_minute = self.build.exchange.settings.limits.calls_per_minute;
        if !self.build.budget.begin(Instant::now(), per_minute) {
            return Err(Error::new(Code::RateLimited, format!("at most {per_minute} calls a minute expected")));
        }
        Ok(())
    }

    /// A call of this account asks whether its phone may have somebody called.
    pub fn ask_room(&self, AskRoom { is_further, answer }: AskRoom) {
        let has_room = !is_further || self.has_room(&self.desk()).is_ok();
        // The call may be over.
        let _ = answer.send(has_room && self.has_turn().is_ok());
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
        let mut desk = self.desk();
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

/// As much of what was dialled as may be logged: user and host. What follows may be a password.
fn shown(target: &str) -> &str {
    let is_scheme = |word: &str| ["sip", "sips", "tel"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    let address = target.split_once(':').filter(|(word, _)| is_scheme(word)).map_or(target, |(_, address)| address);
    address.split([':', ';', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_password_that_was_dialled_is_logged() {
        for (target, logged) in [
            ("sip:bob:secret@b.example", "bob"),
            ("bob:secret@b.example", "bob"),
            ("SIPS:bob;x=1:secret@h?y", "bob"),
            ("sip:+4930@b.example:5060", "+4930@b.example"),
            ("tel:+49-30", "+49-30"),
            ("sip:", ""),
            ("ben", "ben"),
        ] {
            assert_eq!(shown(target), logged, "{target}");
        }
    }
}
