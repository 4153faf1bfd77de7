//! What ends a call that nobody hangs up.

use gateway::sip::{Input, MediaEvent, Side, SipInput};
use signal::EndReason;
use sip::message::{Method, Status};

use super::{LEG, Story};

#[test]
fn dead_media_and_a_silent_phone_end_the_call() {
    let mut story = Story::talking();
    let detail = "gone".to_owned();
    assert_eq!(story.feed(Input::Media(MediaEvent::Failed { detail })), ["end mediaFailed", "> BYE"]);
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })), ["> OPTIONS"]);
    let (reference, _) = story.last(Method::Options);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status: Status::REQUEST_TIMEOUT }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::LegLost { leg: LEG }), ["> BYE"]);
    let mut story = Story::talking();
    let drained = Input::End { reason: EndReason::Unavailable, detail: None };
    assert_eq!(story.feed(drained), ["end unavailable", "> BYE"]);
}
