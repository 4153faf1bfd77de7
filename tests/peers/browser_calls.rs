//! Browser to browser and browser to echo, through the SDK: sound is heard, pictures
//! are seen, devices ring, both sides change at once.

use serde::Deserialize;
use serde_json::json;

use crate::support::{Driver, Page, Server, Tone};

#[derive(Deserialize)]
struct Heard {
    hz: f64,
    db: f64,
}

#[derive(Deserialize)]
struct Seen {
    distinct: u32,
    width: u32,
}

/// The page hears `hz` from the far end.
#[track_caller]
pub fn hears(page: &Page, hz: u32) {
    let heard: Heard = page.eval("return probe.tone(call.remoteStream, 1500)");
    assert!((heard.hz - f64::from(hz)).abs() < 8.0 && heard.db > -70.0, "{hz} Hz expected, heard {}", heard.hz);
}

/// The page sees the far end's moving picture.
#[track_caller]
pub fn sees(page: &Page) {
    let seen: Seen = page.eval("return probe.frames(call.remoteStream, 1500)");
    assert!(seen.distinct > 3 && seen.width > 0, "a moving picture expected, {} frames differ", seen.distinct);
}

/// `caller` calls `name`, whose page answers; both have the media of `wanted`.
#[track_caller]
pub fn establish(caller: &Page, callee: &Page, name: &str, wanted: &str) {
    let wanted: serde_json::Value = serde_json::from_str(wanted).unwrap();
    let dial = "follow(net.call(arg[0], { stream: await open(arg[1]) }))";
    caller.eval_with::<serde_json::Value>(dial, json!([name, wanted]));
    callee.wait("globalThis.call?.state === 'ringing'");
    callee.eval_with::<serde_json::Value>("await call.accept({ stream: await open(arg) })", wanted);
    for page in [caller, callee] {
        page.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    }
}

const SOUND: &str = r#"{"audio":true}"#;
const BOTH: &str = r#"{"audio":true,"video":true}"#;

#[test]
fn two_browsers_hear_and_see_each_other() {
    let (server, driver) = (Server::start(), Driver::start());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", BOTH);
    hears(&anna, tones.1.hz);
    hears(&ben, tones.0.hz);
    sees(&anna);
    sees(&ben);
    anna.run("call.sendDTMF('12#')");
    ben.wait("log.includes('dtmf:12#')");
    ben.run("call.end()");
    anna.wait("call.state === 'ended'");
    let order: Vec<String> = anna.eval("return log");
    let expected = ["connected", "pending", "ringing", "accepted", "stream:audio+video", "streamended", "ended:normal"];
    assert_eq!(order, expected);
    anna.is_content();
    ben.is_content();
}

#[test]
fn echo_returns_sound_and_picture_and_reports_keys() {
    let (server, driver) = (Server::start(), Driver::start());
    let tone = Tone::new(641);
    let anna = driver.page_hearing("anna", &tone);
    server.sign_in(&anna, "anna");
    anna.run("follow(net.call('echo', { stream: await open({ audio: true, video: true }) }))");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    hears(&anna, tone.hz);
    sees(&anna);
    anna.run("call.sendDTMF('5')");
    anna.wait("log.includes('dtmf:5')");
    anna.run("call.end()");
    anna.is_content();
}

#[test]
fn both_sides_add_video_at_once_and_agree() {
    let (server, driver) = (Server::start(), Driver::start());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    let upgrade = "const stream = await open({ video: true });
        return call.setTrack('video', stream.getVideoTracks()[0])";
    let (first, second) = (anna.begin(upgrade), ben.begin(upgrade));
    assert!(first.value::<bool>() && second.value::<bool>());
    sees(&anna);
    sees(&ben);
    let directions = "return call.connection.getTransceivers().map(one => one.currentDirection)";
    assert_eq!(anna.eval::<Vec<String>>(directions), ["sendrecv", "sendrecv"]);
    assert_eq!(ben.eval::<Vec<String>>(directions), ["sendrecv", "sendrecv"]);
    anna.is_content();
    ben.is_content();
}

#[test]
fn hold_is_seen_and_resume_brings_the_sound_back() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    assert!(anna.eval::<bool>("return call.hold()"));
    ben.wait("log.includes('held:true')");
    assert_eq!(ben.eval::<String>("return call.connection.getTransceivers()[0].currentDirection"), "recvonly");
    assert!(anna.eval::<bool>("return call.resume()"));
    ben.wait("log.includes('held:false')");
    hears(&ben, tones.0.hz);
    hears(&anna, tones.1.hz);
    anna.is_content();
}

#[test]
fn two_devices_ring_and_the_one_not_answered_is_told() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, desk, phone) = (driver.page("anna"), driver.page("desk"), driver.page("phone"));
    server.sign_in(&anna, "anna");
    server.sign_in(&desk, "ben");
    server.sign_in(&phone, "ben");
    anna.run("follow(net.call('ben', { stream: await open({ audio: true }) }))");
    desk.wait("globalThis.call?.state === 'ringing'");
    phone.wait("globalThis.call?.state === 'ringing'");
    phone.run("await call.accept({ stream: await open({ audio: true }) })");
    desk.wait("call.state === 'ended'");
    assert_eq!(desk.eval::<String>("return call.endedReason"), "answeredElsewhere");
    anna.wait("call.connection?.connectionState === 'connected'");
    anna.run("call.end()");
    phone.wait("call.state === 'ended'");
    for page in [anna, desk, phone] {
        page.is_content();
    }
}

#[test]
fn a_call_ends_with_the_reason_the_other_side_gave() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    let ring = "follow(net.call(arg, { stream: await open({ audio: true }) }))";
    for (reason, seen) in [("declined", "declined"), ("busy", "busy")] {
        anna.eval_with::<serde_json::Value>(ring, json!("ben"));
        ben.wait("globalThis.call?.state === 'ringing'");
        ben.eval_with::<serde_json::Value>("call.end(arg)", json!(reason));
        anna.wait("call.state === 'ended'");
        assert_eq!(anna.eval::<String>("return call.endedReason"), seen);
    }
    anna.eval_with::<serde_json::Value>(ring, json!("ben"));
    ben.wait("globalThis.call?.state === 'ringing'");
    anna.run("call.end('aborted')");
    ben.wait("call.state === 'ended'");
    assert_eq!(ben.eval::<String>("return call.endedReason"), "canceled");
    anna.eval_with::<serde_json::Value>(ring, json!("nobody"));
    anna.wait("call.state === 'ended'");
    assert_eq!(anna.eval::<String>("return call.endedReason"), "notFound");
    anna.is_content();
    ben.is_content();
}
