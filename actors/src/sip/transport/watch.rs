//! Ways that are kept alive (RFC 5626 section 4.4), and those that are given up.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use actix::{Context, Recipient};
use sip::transport::{Flow, Hop, Protocol};

use super::message::{FromTransport, Watch};
use super::transport::SipTransport;

/// Two empty lines: answered by one.
const PING: &[u8] = b"\r\n\r\n";

/// Told when it is dropped, unless it was ended.
struct Watched {
    owner: Recipient<FromTransport>,
    reference: u64,
    hop: Hop,
    keep_alive: Option<Duration>,
    due: Option<Instant>,
    ended: bool,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended {
            self.owner.do_send(FromTransport::FlowLost { reference: self.reference });
        }
    }
}

/// All that is watched.
#[derive(Default)]
pub(super) struct Watches(HashMap<(Recipient<FromTransport>, u64), Watched>);

impl Watches {
    /// Ends one; its owner is not told.
    pub fn end(&mut self, whose: &(Recipient<FromTransport>, u64)) {
        if let Some(mut watched) = self.0.remove(whose) {
            watched.ended = true;
        }
    }

    /// Drops those of a flow, so that their owners are told.
    pub fn lose(&mut self, flow: Flow) {
        self.0.retain(|_, watched| watched.hop.flow != flow);
    }

    fn flows(&self) -> HashSet<Flow> {
        self.0.values().map(|watched| watched.hop.flow).collect()
    }
}

impl SipTransport {
    pub(super) fn watch(&mut self, watch: Watch) {
        let Watch { owner, reference, hop, keep_alive } = watch;
        let whose = (owner.clone(), reference);
        self.watches.end(&whose);
        let due = keep_alive.map(|every| Instant::now() + self.jittered(every));
        let watched = Watched { owner, reference, hop, keep_alive, due, ended: false };
        // Dropped at once where the way is gone already.
        if self.ways.leads(&hop) {
            self.watches.0.insert(whose, watched);
        }
    }

    /// Between four fifths of the time and all of it (RFC 5626 section 4.4.1).
    fn jittered(&mut self, every: Duration) -> Duration {
        every.mul_f64(0.8 + 0.2 * (self.chance() % 1_000) as f64 / 1_000.0)
    }

    /// Closes a connection that is missed by nobody, so that there is room for another.
    pub(super) fn make_room(&mut self, is_accepted: bool, ctx: &mut Context<SipTransport>) {
        if let Some(flow) = self.ways.least_missed(is_accepted, &self.watches.flows()) {
            self.close(flow, ctx);
        }
    }

    /// Pings what is due and closes what is silent for too long.
    pub(super) fn tick(&mut self, ctx: &mut Context<SipTransport>) {
        let now = Instant::now();
        self.ping(now, ctx);
        let (limits, watched) = (&self.setup.limits, self.watches.flows());
        let silent: Vec<Flow> = self
            .ways
            .connections
            .iter()
            .filter_map(|(flow, connection)| {
                let is_over = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
                let over = connection.pinged.is_some_and(|at| is_over(at, limits.pong))
                    || (!connection.spoke && connection.key.is_none() && is_over(connection.opened, limits.half_open))
                    || (is_over(connection.used, limits.idle) && !watched.contains(flow));
                over.then_some(*flow)
            })
            .collect();
        silent.into_iter().for_each(|flow| self.close(flow, ctx));
        self.pending.sweep(now);
        self.count();
    }

    fn ping(&mut self, now: Instant, ctx: &mut Context<SipTransport>) {
        let is_due = |watched: &Watched| watched.due.is_some_and(|due| due <= now);
        let due = self.watches.0.iter().filter(|(_, watched)| is_due(watched));
        let due: Vec<_> = due.map(|(whose, watched)| (whose.clone(), watched.hop, watched.keep_alive)).collect();
        for (whose, hop, every) in due {
            let next = every.map(|every| now + self.jittered(every));
            if let Some(watched) = self.watches.0.get_mut(&whose) {
                watched.due = next;
            }
            if let Some(connection) = self.ways.connections.get_mut(&hop.flow) {
                connection.pinged.get_or_insert(now);
            }
            if self.ways.send(now, &hop, PING.into()).is_err() {
                match hop.protocol {
                    Protocol::Udp => drop(self.watches.0.remove(&whose)),
                    Protocol::Tcp | Protocol::Tls => self.close(hop.flow, ctx),
                }
            }
        }
    }
}
