//! The signalling line breaks, or the page is reloaded, in the middle of a call.

use std::time::Duration;

use crate::browser_calls::{establish, hears};
use crate::support::{Driver, Line, Page, Server, Tone};

const SOUND: &str = r#"{"audio":true}"#;
/// A browser reports each connection that fails.
const REFUSED: &str = "WebSocket connection to";

/// Anna's signalling goes over a line that can be cut; her media does not.
fn over_a_line(server: &Server, anna: &Page) -> Line {
    let line = Line::to(server.address);
    Server::sign_in_at(line.address, anna, "anna");
    line
}

/// Cut for `ms`: the sound goes on meanwhile, what was said meanwhile arrives after, and the far end hears nothing of it.
fn survives(ms: u32) {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    let line = over_a_line(&server, &anna);
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    let before: usize = ben.eval("return log.length");
    line.cut();
    anna.wait("client.state === 'reconnecting'");
    ben.run("call.sendDTMF('7')");
    anna.run("call.sendDTMF('8')");
    // The cut lasts as long as the listening.
    let heard: f64 = ben.eval_with("return (await probe.tone(call.remoteStream, arg)).hz", ms.into());
    assert!((heard - f64::from(tones.0.hz)).abs() < 8.0, "the sound went on: {heard} Hz");
    line.mend();
    anna.wait("client.state === 'connected'");
    anna.wait("log.includes('dtmf:7')");
    ben.wait("log.includes('dtmf:8')");
    assert_eq!(
        anna.eval::<Vec<String>>("return log.filter(word => word.includes('connect') || word === 'resumed')"),
        ["connected", "reconnecting", "resumed"]
    );
    assert_eq!(ben.eval::<usize>("return log.length"), before + 1, "the far end was told nothing but the key");
    hears(&anna, tones.1.hz);
    ben.run("call.end()");
    anna.wait("call.state === 'ended'");
    anna.forgive(REFUSED);
    ben.is_content();
}

#[test]
fn a_cut_of_one_second_is_survived() {
    survives(1_000);
}

#[test]
fn a_cut_of_five_seconds_is_survived() {
    survives(5_000);
}

#[test]
fn a_cut_of_fifteen_seconds_is_survived() {
    survives(15_000);
}

#[test]
fn after_the_grace_period_the_call_has_ended_on_both_sides_and_the_next_one_works() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    let line = over_a_line(&server, &anna);
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    line.cut();
    for page in [&anna, &ben] {
        page.wait_for("call.endedReason === 'connectionLost'", Duration::from_secs(40));
    }
    line.mend();
    anna.wait("client.state === 'connected' && net.state === 'connected'");
    establish(&anna, &ben, "ben", SOUND);
    anna.run("call.end()");
    ben.wait("call.state === 'ended'");
    anna.forgive(REFUSED);
    ben.is_content();
}

#[test]
fn what_was_said_before_the_loss_was_noticed_arrives_once() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    let line = over_a_line(&server, &anna);
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    line.stall();
    anna.run("call.sendDTMF('3')");
    ben.run("call.sendDTMF('4')");
    line.cut();
    line.mend();
    anna.wait("log.includes('resumed') && log.includes('dtmf:4')");
    anna.run("call.sendDTMF('5')");
    ben.wait("log.includes('dtmf:5')");
    let keys: Vec<String> = ben.eval("return log.filter(word => word.startsWith('dtmf'))");
    assert_eq!(keys, ["dtmf:3", "dtmf:5"]);
    anna.forgive(REFUSED);
}

#[test]
fn a_reloaded_page_takes_its_call_up_again() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    establish(&anna, &ben, "ben", SOUND);
    let gcid: String = anna.eval("return call.gcid");
    anna.reload();
    Server::join(&anna, "anna");
    anna.run("follow(net.reclaim(client.reclaimable[0], { stream: await open({ audio: true }) }))");
    anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
    ben.wait("call.connection?.connectionState === 'connected'");
    assert_eq!(anna.eval::<String>("return call.gcid"), gcid);
    assert_eq!(ben.eval::<String>("return call.state"), "accepted");
    hears(&anna, tones.1.hz);
    hears(&ben, tones.0.hz);
    ben.run("call.end()");
    anna.wait("call.state === 'ended'");
    anna.is_content();
    ben.is_content();
}
