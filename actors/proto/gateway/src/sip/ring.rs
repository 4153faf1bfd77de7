//! A phone calls: branches, the first accept, the 200.

use std::time::Instant;

use call::{Party, Role};
use sdp::Direction;
use serde_json::{Map, Value};
use signal::call::{Accept, Call, CallRef, Info, Media, Peer, Start};
use signal::{CallId, EndReason, Error};
use sip::invite::Incoming;
use sip::message::Request;
use sip::transaction::ServerKey;

use super::alive::Alive;
use super::call::{SipCall, Stage};
use super::early::EarlyOffer;
use super::identity;
use super::io::{Branch, MediaCommand, MediaEvent, Output, Side};
use super::media::{Job, Kinds, receives};
use super::phone::{Phone, extra};
use super::talk::Talk;
use crate::leg::Leg;
use crate::peer::fork::Fork;

/// What is kept until the accept.
#[derive(Debug)]
pub(super) struct Ring {
    pub phone: u64,
    peer: Peer,
    facts: Map<String, Value>,
    /// What the phone offers; `None` if it wants an offer of ours.
    offered: Option<Kinds>,
    /// What branches get.
    offer: Option<String>,
    waiting: Vec<Branch>,
    pub fork: Fork,
    /// Our offer, where the phone made none.
    pub early: EarlyOffer,
    /// What the phone's answer to that says, and what it said last of its audio.
    pub rfc4733: bool,
    pub audio: Direction,
    /// An UPDATE of the phone's is with the bridge.
    pub is_updating: bool,
    pub is_ringing: bool,
    /// When the caller's proxies are told once more that it rings.
    pub again_at: Option<Instant>,
    ring_until: Instant,
    pub winner: Option<CallId>,
    /// What the winner wants, once it is in force.
    wanted: Option<Kinds>,
}

impl Ring {
    pub fn deadline(&self) -> Option<Instant> {
        self.again_at.into_iter().chain([self.ring_until]).min()
    }

    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Devices that never got their `call.start`.
    pub fn take_waiting(&mut self) -> Vec<Branch> {
        std::mem::take(&mut self.waiting)
    }
}

impl SipCall {
    /// Who calls, while it rings.
    pub fn caller(&self) -> Option<&Peer> {
        match &self.stage {
            Stage::Ringing(ring) => Some(&ring.peer),
            Stage::Dialing(_) | Stage::Talking(_) | Stage::Over => None,
        }
    }

    pub(super) fn ringing(&mut self) -> Option<&mut Ring> {
        match &mut self.stage {
            Stage::Ringing(ring) => Some(ring),
            Stage::Dialing(_) | Stage::Talking(_) | Stage::Over => None,
        }
    }

    /// The usage of an INVITE that came; `None`: it is refused, since it makes no dialog or asks for too short a session.
    pub(super) fn called(&mut self, key: ServerKey, request: Request) -> Option<u64> {
        let tag = format!("{:016x}", self.random.u64(..));
        let rseq = self.random.u32(1..1 << 30);
        let extra = extra(&self.line, Some(self.gcid.as_str()));
        match Incoming::new(key.clone(), request, &tag, self.line.contact.clone(), extra, rseq) {
            Ok(incoming) => {
                let id = self.next();
                self.phones.push(Phone::of_called(id, incoming, key));
                Some(id)
            }
            Err(refusal) => {
                log::debug!("gcid={} an INVITE is refused: {}", self.gcid, refusal.status());
                self.respond(key, *refusal);
                None
            }
        }
    }

    pub(super) fn ring(&mut self, now: Instant, key: ServerKey, request: Request) {
        let peer = identity::caller(&request, self.line.trust_identity);
        let facts = identity::facts(&request.headers);
        let Some(phone) = self.called(key, request) else { return };
        let Some(call) = self.phone(phone).and_then(Phone::called) else { return };
        let offer = call.offer().map(<[u8]>::to_vec);
        // "If the INVITE did not contain an offer, the first reliable provisional response MUST" (RFC 3262 section 5).
        let is_early = offer.is_none() && call.request().headers.requires("100rel");
        self.stage = Stage::Ringing(Box::new(Ring {
            phone,
            peer,
            facts,
            offered: None,
            offer: None,
            waiting: Vec::new(),
            fork: Fork::default(),
            early: if is_early { EarlyOffer::Wanted } else { EarlyOffer::No },
            rfc4733: false,
            audio: Direction::SendRecv,
            is_updating: false,
            is_ringing: false,
            again_at: None,
            ring_until: now + self.line.ring_timeout,
            winner: None,
            wanted: None,
        }));
        match offer.map(String::from_utf8) {
            Some(Ok(sdp)) => {
                let command = MediaCommand::Offered { side: Side::Phone, sdp, fresh: false };
                self.ask_media(now, Side::Phone, Job::CallingOffer, command);
            }
            Some(Err(_)) => self.end_all(now, EndReason::NotAcceptable, None),
            None => {
                self.describe_branches(now, EarlyOffer::KINDS);
                if is_early {
                    self.describe_early(now);
                }
            }
        }
    }

    fn describe_branches(&mut self, now: Instant, Kinds { audio, video }: Kinds) {
        let command = MediaCommand::Describe { side: Side::Browser, audio, video, fresh: false };
        self.ask_media(now, Side::Browser, Job::BranchOffer, command);
    }

    pub(super) fn on_branches(&mut self, branches: Vec<Branch>) {
        let Some(ring) = self.ringing().filter(|ring| ring.winner.is_none()) else { return };
        ring.waiting.extend(branches);
        self.start_branches();
    }

    pub(super) fn on_unreachable(&mut self, now: Instant, reason: EndReason) {
        if matches!(self.stage, Stage::Ringing(_)) {
            self.end_all(now, reason, None);
        }
    }

    fn start_branches(&mut self) {
        let Some(ring) = self.ringing() else { return };
        let Some(sdp) = ring.offer.clone() else { return };
        let (waiting, peer, facts) = (ring.take_waiting(), ring.peer.clone(), ring.facts.clone());
        let kinds = ring.offered.unwrap_or_default();
        let media = Media { audio: kinds.audio != Direction::Inactive, video: kinds.has_video() };
        for Branch { leg: id, account } in waiting {
            if self.leg(id).is_some() {
                log::error!("gcid={} call={id}: this leg is there already", self.gcid);
                continue;
            }
            self.legs.push(Leg::new(id, Role::Callee));
            let start = Start {
                id,
                gcid: None,
                account,
                replace: false,
                trickle: true,
                target: String::new(),
                sdp: Some(sdp.clone()),
                peer: Some(peer.clone()),
                media: Some(media),
            };
            self.send(id, Call::Start(Box::new(start)));
            if !facts.is_empty() {
                self.send(id, Call::Info(Info { id, gcid: None, held: None, peer: None, more: facts.clone() }));
            }
        }
    }

    /// `call.alive`; early media of a called browser is heard by nobody.
    pub(super) fn on_alive(&mut self, id: CallId) -> Result<(), Error> {
        self.known(id)?.dialog.provisional(Party::Browser)
    }

    /// The first branch that rings says it for all.
    pub(super) fn on_ringing(&mut self, now: Instant, id: CallId) -> Result<(), Error> {
        self.known(id)?.dialog.provisional(Party::Browser)?;
        if self.ringing().is_some_and(|ring| !std::mem::replace(&mut ring.is_ringing, true)) {
            self.say_ringing(now);
        }
        Ok(())
    }

    /// The first accept wins.
    pub(super) fn on_accept(&mut self, now: Instant, id: CallId, body: Accept) -> Result<(), Error> {
        let until = now + self.timing.ack_accept;
        let sdp = body.sdp.ok_or_else(|| Error::field("sdp", "an answer")).and_then(|text| self.screened(&text));
        self.known(id)?.dialog.accept(Party::Browser, until)?;
        let sdp = match sdp {
            Ok(sdp) => sdp,
            Err(error) => {
                // It believes to have answered: it must hear that it has not.
                let detail = Some(error.message.clone());
                self.end_leg(now, id, EndReason::NotAcceptable, detail.clone());
                self.branch_refused(now, EndReason::NotAcceptable, detail);
                return Err(error);
            }
        };
        let Some(ring) = self.ringing() else { return Ok(()) };
        ring.winner = Some(id);
        drop(ring.take_waiting());
        let losers: Vec<_> = self.legs.iter().map(|leg| leg.id).filter(|leg| *leg != id).collect();
        losers.into_iter().for_each(|leg| self.end_leg(now, leg, EndReason::AnsweredElsewhere, None));
        self.output(Output::Answered { leg: id });
        self.ask_media(now, Side::Browser, Job::BranchAnswer, MediaCommand::Answered { side: Side::Browser, sdp });
        Ok(())
    }

    /// Events of the bridge while the phone calls.
    pub(super) fn on_ring_media(&mut self, now: Instant, job: Job, event: MediaEvent) {
        let Some(ring) = self.ringing() else { return };
        match (job, event) {
            (Job::CallingOffer, MediaEvent::Offered { audio, video, .. }) => {
                (ring.offered, ring.audio) = (Some(Kinds { audio, video }), audio);
                self.describe_branches(now, Kinds { audio, video });
            }
            (Job::BranchOffer, MediaEvent::Offer { sdp, .. }) => {
                ring.offer = Some(sdp);
                self.start_branches();
            }
            (Job::BranchAnswer, MediaEvent::Applied { audio, video, .. }) => {
                ring.wanted = Some(Kinds { audio, video });
                self.accept_when_ready(now);
            }
            (Job::RingOffer, MediaEvent::Offer { sdp, .. }) => self.on_early_described(now, sdp),
            (Job::LateAnswer, event) => self.on_late_answer(now, &event),
            (Job::EarlyOffer(offer), event) => self.on_early_offer(now, offer, &event),
            (Job::EarlyAnswer(offer), event) => self.on_early_answer(now, &offer, event),
            (Job::CallingAnswer, MediaEvent::Answer { sdp, telephone_event, .. }) => {
                self.accept_calling(now, sdp, telephone_event);
            }
            (Job::LateOffer, MediaEvent::Offer { sdp, .. }) => self.accept_calling(now, sdp, false),
            (Job::CallingOffer | Job::CallingAnswer, MediaEvent::Refused { detail, .. }) => {
                self.end_all(now, EndReason::NotAcceptable, Some(detail));
            }
            (_, MediaEvent::Refused { detail, .. }) => self.end_all(now, EndReason::MediaFailed, Some(detail)),
            _ => {}
        }
    }

    /// The winner's answer is in force, and nothing else is open: the phone gets its own.
    pub(super) fn accept_when_ready(&mut self, now: Instant) {
        let side = Side::Phone;
        let Some(ring) = self.ringing().filter(|ring| !ring.is_updating) else { return };
        let Some(Kinds { audio, video }) = ring.wanted else { return };
        match (ring.offered, ring.early.clone()) {
            (Some(_), _) => self.ask_media(now, side, Job::CallingAnswer, MediaCommand::Accept { side }),
            (None, EarlyOffer::No) => {
                let command = MediaCommand::Describe { side, audio, video, fresh: false };
                self.ask_media(now, side, Job::LateOffer, command);
            }
            (None, EarlyOffer::Wanted) => {}
            (None, EarlyOffer::Ready(sdp)) => {
                let rfc4733 = ring.rfc4733;
                self.accept_calling(now, sdp, rfc4733);
            }
        }
    }

    /// 200, and `call.ack.accept` with it.
    fn accept_calling(&mut self, now: Instant, sdp: String, rfc4733: bool) {
        let Some(ring) = self.ringing() else { return };
        let (Some(leg), id, Some(wanted)) = (ring.winner, ring.phone, ring.wanted) else { return };
        let (holds, alive) = (!receives(ring.audio), Alive::new(ring.audio));
        let told = if ring.early == EarlyOffer::No { wanted } else { EarlyOffer::KINDS };
        let Some(phone) = self.phone(id) else { return };
        phone.said = Some(sdp.clone().into_bytes());
        if let Some(call) = phone.called() {
            call.accept(now, Some(sdp.into_bytes()));
        }
        self.stage = Stage::Talking(Box::new(Talk { alive, ..Talk::new(leg, id, wanted, told, rfc4733) }));
        if self.leg(leg).is_some_and(|leg| leg.dialog.ack_accept(Party::Engine).is_ok()) {
            self.send(leg, Call::AckAccept(CallRef { id: leg, gcid: None }));
        }
        self.set_held(holds);
    }

    pub(super) fn on_ring_timeout(&mut self, now: Instant) {
        if self.ringing().is_some_and(|ring| ring.ring_until <= now && ring.winner.is_none()) {
            return self.end_all(now, EndReason::NoAnswer, None);
        }
        if self.ringing().is_some_and(|ring| ring.again_at.is_some_and(|at| at <= now)) {
            self.say_ringing(now);
        }
    }
}
