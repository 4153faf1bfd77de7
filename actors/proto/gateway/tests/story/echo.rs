//! Calls to the engine itself.

use std::time::{Duration, Instant};

use gateway::echo::{EchoCall, Input, MediaCommand, MediaEvent, Output};
use gateway::{AddressPolicy, Timing};
use signal::call::{Call, Start};
use signal::{CallId, EndReason, Gcid};

use super::listener::*;

struct Echo {
    now: Instant,
    call: EchoCall,
    wake: Option<Instant>,
    ended: Vec<(CallId, EndReason)>,
}

impl Echo {
    fn new(start: Start) -> (Echo, Vec<String>) {
        let (now, gcid) = (Instant::now(), Gcid::parse("story").unwrap());
        let call = EchoCall::new(now, start, gcid, Timing::default(), AddressPolicy::default());
        let mut echo = Echo { now, call, wake: None, ended: Vec::new() };
        let heard = echo.drain();
        (echo, heard)
    }

    fn talking() -> Echo {
        let (mut echo, heard) = Echo::new(start('a', Some(sdp("a"))));
        assert_eq!(heard, ["a alive", "media open"]);
        assert_eq!(echo.media(MediaEvent::Answer { sdp: sdp("e") }), ["a accept", "a answered"]);
        assert!(echo.says(Call::AckAccept(it('a'))).is_empty());
        echo
    }

    fn says(&mut self, message: Call) -> Vec<String> {
        self.feed(Input::Browser { message })
    }

    fn media(&mut self, event: MediaEvent) -> Vec<String> {
        self.feed(Input::Media(event))
    }

    fn feed(&mut self, input: Input) -> Vec<String> {
        self.call.handle(self.now, input);
        self.drain()
    }

    fn after(&mut self, ms: u64) -> Vec<String> {
        self.now += Duration::from_millis(ms);
        if self.wake.is_some_and(|at| at <= self.now) { self.feed(Input::Timeout) } else { Vec::new() }
    }

    fn drain(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        while let Some(output) = self.call.poll() {
            match output {
                Output::Send { leg, message } => heard.push(told(leg, &message)),
                Output::Refuse { leg, error } => heard.push(refused(leg, &error)),
                Output::Media(MediaCommand::Open { .. }) => heard.push("media open".into()),
                Output::Media(MediaCommand::Offer { .. }) => heard.push("media offer".into()),
                Output::Media(MediaCommand::Candidate { candidate }) => heard.push(format!("media {candidate}")),
                Output::Media(MediaCommand::Close) => heard.push("media close".into()),
                Output::Wake(at) => self.wake = Some(at),
                Output::Answered { .. } => heard.push("a answered".into()),
                Output::LegEnded { leg, reason, .. } => self.ended.push((leg, reason)),
                Output::Done => heard.push("done".into()),
            }
        }
        heard
    }
}

#[test]
fn the_engine_answers_and_the_browser_ends() {
    let mut echo = Echo::talking();
    assert_eq!(echo.says(candidate('a', HOST)), [format!("media {HOST}")]);
    assert!(echo.says(candidate('a', "")).is_empty());
    assert_eq!(echo.says(end('a', "normal")), ["a ack.end", "media close", "done"]);
    assert_eq!(echo.ended, [(leg('a'), EndReason::Normal)]);
}

#[test]
fn keys_come_back_from_the_signalling_and_from_the_media() {
    let mut echo = Echo::talking();
    assert_eq!(echo.says(dtmf('a', "1,#")), ["a dtmf 1", "a dtmf #"]);
    assert_eq!(echo.media(MediaEvent::Dtmf { digit: '7' }), ["a dtmf 7"]);
    assert_eq!(echo.says(dtmf('a', "x")), ["a refused invalidField dtmf"]);
}

#[test]
fn the_media_peer_answers_changes_and_a_refusal_resets() {
    let mut echo = Echo::talking();
    assert_eq!(echo.says(Call::ChangeLock(it('a'))), ["a change.lock.ok"]);
    assert_eq!(echo.says(Call::ChangeOffer(described('a', sdp("2")))), ["media offer"]);
    assert_eq!(echo.media(MediaEvent::Answer { sdp: sdp("e") }), ["a change.answer"]);
    echo.says(Call::ChangeLock(it('a')));
    echo.says(Call::ChangeOffer(described('a', sdp("3"))));
    assert_eq!(echo.media(MediaEvent::Refused { detail: "no".into() }), ["a change.lock.reset"]);
    assert_eq!(echo.says(Call::ChangeOffer(described('a', sdp("4")))), ["a change.lock.reset"]);
    echo.says(Call::ChangeLock(it('a')));
    assert_eq!(echo.after(5_000), ["a change.lock.reset"], "no progress");
}

#[test]
fn a_media_path_that_stays_down_ends_the_call() {
    let mut echo = Echo::talking();
    echo.media(MediaEvent::Disconnected);
    assert!(echo.after(29_999).is_empty());
    echo.media(MediaEvent::Connected);
    assert!(echo.after(60_000).is_empty());
    echo.media(MediaEvent::Disconnected);
    assert_eq!(echo.after(30_000), ["media close", "a end connectionLost"]);
    assert_eq!(echo.says(Call::AckEnd(it('a'))), ["done"]);
}

#[test]
fn without_trickle_the_media_peer_gets_the_whole_description() {
    let (mut echo, heard) = Echo::new(Start { trickle: false, ..start('a', None) });
    assert_eq!(heard, ["a alive"]);
    assert_eq!(echo.says(Call::FullSdp(described('a', whole_sdp("a")))), ["media open"]);
    let (mut echo, _) = Echo::new(Start { trickle: false, ..start('a', Some(sdp("a"))) });
    assert_eq!(echo.after(5_000), ["media open"]);
    assert_eq!(echo.after(5_000), ["media close", "a end internalError"], "no answer");
}

#[test]
fn offers_that_cannot_be_end_the_call() {
    let (_, heard) = Echo::new(start('a', None));
    assert_eq!(heard, ["a refused invalidField sdp", "a end notAcceptable"]);
    let (mut echo, _) = Echo::new(start('a', Some(sdp("a"))));
    let heard = echo.media(MediaEvent::Refused { detail: "no codec".into() });
    assert_eq!(heard, ["media close", "a end notAcceptable"]);
    let mut echo = Echo::talking();
    assert_eq!(echo.media(MediaEvent::Failed { detail: "gone".into() }), ["media close", "a end mediaFailed"]);
}

#[test]
fn a_reloaded_page_gets_a_new_media_peer() {
    let mut echo = Echo::talking();
    let start = Start { replace: true, ..start('n', Some(sdp("n"))) };
    let heard = echo.feed(Input::TakeOver { start: Box::new(start) });
    assert_eq!(heard, ["media close", "a end replaced", "n alive", "media open"]);
    assert_eq!(echo.media(MediaEvent::Answer { sdp: sdp("e") }), ["n accept", "a answered"]);
    assert!(echo.says(Call::AckEnd(it('a'))).is_empty());
    assert_eq!(echo.feed(Input::LegLost), ["media close", "done"]);
    assert_eq!(echo.ended, [(leg('a'), EndReason::Replaced), (leg('n'), EndReason::ConnectionLost)]);
}
