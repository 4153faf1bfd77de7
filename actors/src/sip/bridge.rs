//! The words of [`gateway::sip`] in those of [`media::bridge`], and back: one is a mirror of the other, for the core
//! does not see the media plane.

use gateway::sip::{MediaCommand, MediaEvent, Record, Side};
use media::{Stats, bridge};

/// What of a command goes to the worker as it is.
pub enum Carried {
    /// To the bridge.
    Command(bridge::Command),
    /// To its recording.
    Record(Record),
}

/// A command of the core's.
pub fn command(command: MediaCommand) -> Carried {
    Carried::Command(match command {
        MediaCommand::Offered { side, sdp, fresh } => bridge::Command::Offered { side: to(side), sdp, fresh },
        MediaCommand::Accept { side } => bridge::Command::Accept { side: to(side) },
        MediaCommand::Describe { side, audio, video, fresh } => {
            bridge::Command::Describe { side: to(side), audio, video, fresh }
        }
        MediaCommand::Answered { side, sdp } => bridge::Command::Answered { side: to(side), sdp },
        MediaCommand::Rollback { side } => bridge::Command::Rollback { side: to(side) },
        MediaCommand::Candidate { candidate } => bridge::Command::Candidate { candidate },
        MediaCommand::Dtmf { digits, duration_ms } => bridge::Command::Dtmf { digits, duration_ms },
        MediaCommand::Close => bridge::Command::Close,
        MediaCommand::Record(verb) => return Carried::Record(verb),
    })
}

/// Whether it brings a description of the phone's.
pub fn is_of_phone(command: &bridge::Command) -> bool {
    use bridge::Command::{Answered, Offered};
    let phone = bridge::Side::Phone;
    matches!(command, Offered { side, .. } | Answered { side, .. } if *side == phone)
}

/// What an event is for.
pub enum Told {
    /// To the core.
    Event(MediaEvent),
    /// The media plane has no room for the call.
    NoRoom(String),
    /// To the record: the totals so far.
    Stats(Side, Stats),
}

/// An event of the bridge's.
pub fn event(event: bridge::Event) -> Told {
    Told::Event(match event {
        bridge::Event::Offered { side, audio, video } => MediaEvent::Offered { side: of(side), audio, video },
        bridge::Event::Answer { side, sdp, telephone_event } => {
            MediaEvent::Answer { side: of(side), sdp, telephone_event }
        }
        bridge::Event::Offer { side, sdp } => MediaEvent::Offer { side: of(side), sdp },
        bridge::Event::Applied { side, audio, video, telephone_event } => {
            MediaEvent::Applied { side: of(side), audio, video, telephone_event }
        }
        bridge::Event::Refused { side, detail } => MediaEvent::Refused { side: of(side), detail },
        bridge::Event::Connected { side } => MediaEvent::Connected { side: of(side) },
        bridge::Event::Disconnected { side } => MediaEvent::Disconnected { side: of(side) },
        bridge::Event::Failed { detail } => MediaEvent::Failed { detail },
        bridge::Event::Dtmf { side, digit, duration } => MediaEvent::Dtmf { side: of(side), digit, duration },
        bridge::Event::DtmfFailed { detail } => MediaEvent::DtmfFailed { detail },
        bridge::Event::Silent { side, .. } => MediaEvent::Silent { side: of(side) },
        bridge::Event::NoKeys { detail } => MediaEvent::NoKeys { detail },
        bridge::Event::RecordFailed { detail } => MediaEvent::RecordFailed { detail },
        bridge::Event::NoRoom { detail } => return Told::NoRoom(detail),
        bridge::Event::Stats { side, stats } => return Told::Stats(of(side), stats),
    })
}

fn to(side: Side) -> bridge::Side {
    match side {
        Side::Browser => bridge::Side::Browser,
        Side::Phone => bridge::Side::Phone,
    }
}

fn of(side: bridge::Side) -> Side {
    match side {
        bridge::Side::Browser => Side::Browser,
        bridge::Side::Phone => Side::Phone,
    }
}
