//! Commands in flight and what their events are for.
//!
//! Each command of a side that is answered has its event, in order: so a queue of [`Job`]s for each side says what an
//! event is for, and one whose purpose is gone meanwhile is known by its serial number.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sdp::Direction;

use super::io::{MediaCommand, Side};

/// How long the media plane may take for any command.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which media there are, as the writer of a description sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub audio: Direction,
    pub video: Option<Direction>,
}

impl Kinds {
    /// Whether there is a picture at all.
    pub fn has_video(self) -> bool {
        self.video.is_some_and(|video| video != Direction::Inactive)
    }

    /// The same, where no picture that is not there looks like one that rests.
    pub fn same(self, other: Kinds) -> bool {
        let video = |kinds: Kinds| kinds.video.filter(|video| *video != Direction::Inactive);
        self.audio == other.audio && video(self) == video(other)
    }
}

/// Whether the writer would hear us.
pub(super) fn receives(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::RecvOnly)
}

/// Whether the writer would be heard.
pub(super) fn sends(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::SendOnly)
}

/// What an event is for. The number is a serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Browser: the caller's offer.
    CallerOffer(u64),
    /// Browser: its answer.
    CallerAnswer(u64),
    /// Browser: the offer all branches get.
    BranchOffer,
    /// Browser: the answer of the branch that accepted.
    BranchAnswer,
    /// Browser: an offer within the call.
    Change(u64),
    /// Browser: its answer.
    ChangeAnswer(u64),
    /// Browser: an offer of ours within the call.
    Ask(u64),
    /// Browser: its answer.
    AskAnswer(u64),
    /// Browser: the offer of a page that takes over.
    Claim(u64),
    /// Browser: its answer.
    ClaimAnswer(u64),
    /// Phone: our first offer.
    FirstOffer(u64),
    /// Phone: an answer to it, early or not.
    FirstAnswer(u64),
    /// Phone: an offer in an UPDATE before the call is answered.
    EarlyOffer(Update),
    /// Phone: its answer.
    EarlyAnswer(Update),
    /// Phone: the offer of its INVITE.
    CallingOffer,
    /// Phone: our answer in the 2xx.
    CallingAnswer,
    /// Phone: our offer in the first reliable 1xx.
    RingOffer,
    /// Phone: our offer in the 2xx.
    LateOffer,
    /// Phone: the answer to one of these two, in a PRACK or ACK.
    LateAnswer,
    /// Phone: an offer of ours within the call.
    Ours(u64),
    /// Phone: its answer.
    OursAnswer(u64),
    /// Phone: an offer of its own within the call.
    Theirs(u64),
    /// Phone: our answer.
    TheirsAnswer(u64),
    /// Phone: an offer of ours it asked for.
    Asked(u64),
    /// Phone: an answer repeated.
    Again,
    /// Phone: the offer to, or of, the dialog that shall take the place of this one.
    Swap(u64),
    /// Phone: the answer of it.
    SwapAnswer(u64),
}

/// An UPDATE of the phone's before the call is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update {
    /// The SIP usage.
    pub phone: u64,
    /// Which fork; empty if the phone calls.
    pub tag: String,
    /// What it offers.
    pub sdp: String,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Media {
    browser: VecDeque<(Job, Instant)>,
    phone: VecDeque<(Job, Instant)>,
    /// Whether the bridge was told anything, so that it has to be closed.
    pub is_open: bool,
}

impl Media {
    pub fn begin(&mut self, now: Instant, side: Side, job: Job) {
        self.is_open = true;
        self.queue(side).push_back((job, now + PATIENCE));
    }

    pub fn end(&mut self, side: Side) -> Option<Job> {
        self.queue(side).pop_front().map(|(job, _)| job)
    }

    pub fn deadline(&self) -> Option<Instant> {
        [&self.browser, &self.phone].into_iter().filter_map(|queue| queue.front()).map(|(_, until)| *until).min()
    }

    /// Nothing is waited for any more.
    pub fn close(&mut self) -> Option<MediaCommand> {
        self.browser.clear();
        self.phone.clear();
        std::mem::take(&mut self.is_open).then_some(MediaCommand::Close)
    }

    fn queue(&mut self, side: Side) -> &mut VecDeque<(Job, Instant)> {
        match side {
            Side::Browser => &mut self.browser,
            Side::Phone => &mut self.phone,
        }
    }
}
