//! A bridge that only negotiates, and the descriptions all sides of the world write.

use gateway::sip::{MediaCommand, MediaEvent, Side};
use sdp::{Description, Direction};

/// Directions of audio and video.
pub type Kinds = (Direction, Option<Direction>);

pub fn sends(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::SendOnly)
}

pub fn receives(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::RecvOnly)
}

pub fn direction(sends: bool, receives: bool) -> Direction {
    match (sends, receives) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// The answer of who would like `wish` to an offer (RFC 3264 section 6.1).
pub fn answer(offer: Kinds, wish: Kinds) -> Kinds {
    let one = |offer, wish| direction(sends(wish) && receives(offer), receives(wish) && sends(offer));
    let video = offer.1.map(|video| one(video, wish.1.unwrap_or(Direction::Inactive)));
    (one(offer.0, wish.0), video)
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    }
}

pub fn write((audio, video): Kinds, serial: u64) -> String {
    let mut text = format!(
        "v=0\r\no=- {serial} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na={}\r\n",
        word(audio)
    );
    if let Some(video) = video {
        text += &format!("m=video 9 RTP/AVP 96\r\na={}\r\n", word(video));
    }
    text
}

pub fn read(text: &str) -> Kinds {
    let sdp = Description::parse(text).expect("a description of this world");
    let of = |kind| {
        let mut media = sdp.media();
        media
            .find(|section| section.media_line().is_some_and(|line| line.kind == kind))
            .map(|section| section.direction())
    };
    (of("audio").expect("audio"), of("video"))
}

#[derive(Debug, Default)]
struct End {
    kept: Option<Kinds>,
    described: bool,
    wish: Kinds,
    /// Of the offer that is kept or described: another dialog's.
    fresh: bool,
    /// What was in force before another dialog took the leg, until anything else is offered.
    before: Option<Kinds>,
    /// How many dialogs have taken the leg from the one before, and how many gave it back.
    swaps: u64,
    returned: u64,
}

impl End {
    fn begin(&mut self, kept: Option<Kinds>, fresh: bool) {
        (self.kept, self.described, self.fresh, self.before) = (kept, kept.is_none(), fresh, None);
    }

    fn agree(&mut self, kinds: Kinds) {
        if std::mem::take(&mut self.fresh) {
            self.before = Some(self.wish);
            self.swaps += 1;
        }
        self.wish = kinds;
    }

    fn rollback(&mut self) {
        (self.kept, self.described, self.fresh) = (None, false, false);
        if let Some(before) = self.before.take() {
            self.wish = before;
            self.swaps -= 1;
            self.returned += 1;
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Bridge {
    browser: End,
    phone: End,
    serial: u64,
    pub closed: bool,
}

impl Bridge {
    /// The event of a command that has one.
    pub fn handle(&mut self, command: MediaCommand) -> Option<MediaEvent> {
        assert!(!self.closed, "a command after the end: {command:?}");
        self.serial += 1;
        let serial = self.serial;
        let wish = (self.browser.wish.0, self.browser.wish.1);
        Some(match command {
            MediaCommand::Offered { side, sdp, fresh } => {
                let kinds = read(&sdp);
                self.end(side).begin(Some(kinds), fresh);
                MediaEvent::Offered { side, audio: kinds.0, video: kinds.1 }
            }
            MediaCommand::Accept { side } => {
                let Some(offer) = self.end(side).kept.take() else {
                    return Some(MediaEvent::Refused { side, detail: "nothing is offered".into() });
                };
                self.end(side).agree(offer);
                let wish = if side == Side::Phone { wish } else { (Direction::SendRecv, Some(Direction::SendRecv)) };
                MediaEvent::Answer { side, sdp: write(answer(offer, wish), serial), telephone_event: true }
            }
            MediaCommand::Describe { side, audio, video, fresh } => {
                self.end(side).begin(None, fresh);
                MediaEvent::Offer { side, sdp: write((audio, video), serial) }
            }
            MediaCommand::Answered { side, sdp } => {
                let kinds = read(&sdp);
                if side == Side::Browser && !std::mem::take(&mut self.end(side).described) {
                    return Some(MediaEvent::Refused { side, detail: "nothing was described".into() });
                }
                self.end(side).agree(kinds);
                MediaEvent::Applied { side, audio: kinds.0, video: kinds.1, telephone_event: true }
            }
            MediaCommand::Rollback { side } => {
                self.end(side).rollback();
                return None;
            }
            MediaCommand::Close => {
                self.closed = true;
                return None;
            }
            MediaCommand::Candidate { .. } | MediaCommand::Dtmf { .. } | MediaCommand::Record(_) => return None,
        })
    }

    /// How many dialogs have taken the phone's leg from the one before.
    pub fn swaps(&self) -> u64 {
        self.phone.swaps
    }

    /// How many gave it back.
    pub fn returned(&self) -> u64 {
        self.phone.returned
    }

    /// Whether the phone should be heard.
    pub fn expects(&self) -> bool {
        self.phone.wish.0 == Direction::SendRecv && self.browser.wish.0 == Direction::SendRecv
    }

    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Browser => &mut self.browser,
            Side::Phone => &mut self.phone,
        }
    }
}
