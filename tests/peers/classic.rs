//! An application written years ago against the global `cdk`, unmodified.

use serde_json::json;

use crate::support::{Driver, Page, Server, Tone};

/// The old application, signed in as `name`.
fn old_app(server: &Server, page: &Page, name: &str) {
    let url = server.url("old-app.html");
    page.serve(&url, "old-app.html");
    page.goto(&url);
    let connect = "const answer = await fetch('/demo/session', {
            method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: arg }) });
        connect((await answer.json()).token, 'webrtc')";
    page.eval_with::<serde_json::Value>(connect, json!(name));
    page.wait("log.includes('networkConnect')");
}

fn log(page: &Page) -> Vec<String> {
    page.eval("return log")
}

#[test]
fn an_old_application_calls_and_is_called() {
    let (server, driver) = (Server::start(), Driver::start());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    old_app(&server, &anna, "anna");
    old_app(&server, &ben, "ben");
    anna.run("dial('ben', true)");
    ben.wait("log.includes('incoming:anna')");
    ben.run("answer(true)");
    for page in [&anna, &ben] {
        page.wait("log.includes('remoteMedia:av') && attached.videoWidth > 0");
    }
    for (page, hz) in [(&anna, tones.1.hz), (&ben, tones.0.hz)] {
        let heard: f64 = page.eval("return (await probe.tone(remote.getStream(), 1500)).hz");
        assert!((heard - f64::from(hz)).abs() < 8.0, "{hz} Hz expected, heard {heard}");
    }
    ben.run("call.end()");
    anna.wait("call.state === 'ended'");
    let order = [
        "clientConnect",
        "networkConnect",
        "called:new",
        "pending",
        "ringingStart",
        "ringingStop",
        "accepted",
        "remoteMedia:av",
        "remoteMediaEnded",
        "ended:normal",
    ];
    assert_eq!(log(&anna), order);
    let seen = log(&ben);
    assert_eq!(seen[..3], ["clientConnect", "networkConnect", "incoming:anna"]);
    assert!(seen.contains(&"acceptResolved".to_owned()), "{seen:?}");
    assert_eq!(seen.last().map(String::as_str), Some("ended:normal"), "inside the local end()");
    anna.is_content();
    ben.is_content();
}

#[test]
fn a_late_listener_hears_and_an_unknown_tag_is_undefined() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let anna = driver.page("anna");
    old_app(&server, &anna, "anna");
    let late = "return new Promise(resolve => {
        let inside = true;
        network.onConnect(() => resolve(!inside));
        inside = false;
    })";
    assert!(anna.eval::<bool>(late), "asynchronously, though it is connected");
    assert!(anna.eval::<bool>("return client.getNetworkByTag('nowhere') === undefined"));
    assert!(anna.eval::<bool>("return client.getNetworkByTag('webrtc') === network && network.getClient() === client"));
    assert_eq!(anna.eval::<String>("return network.getUser()"), "anna");
    anna.is_content();
}

#[test]
fn a_declined_call_and_a_local_end_are_quiet() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    old_app(&server, &anna, "anna");
    old_app(&server, &ben, "ben");
    anna.run("dial('ben', false)");
    ben.wait("log.includes('incoming:anna')");
    ben.run("call.end('declined')");
    anna.wait("log.includes('ended:declined')");
    assert!(log(&anna).ends_with(&["ringingStop".into(), "ended:declined".into()]));
    anna.run("log.length = 0; dial('ben', false)");
    anna.wait("log.includes('ringingStart')");
    let state: String =
        anna.eval("call.end('aborted'); call.end('twice'); log.push('end returned'); return call.state");
    assert_eq!(state, "ended");
    ben.wait("log.includes('ended:canceled')");
    assert_eq!(log(&anna).last().map(String::as_str), Some("end returned"), "nothing fires after end()");
    anna.is_content();
    ben.is_content();
}

#[test]
fn a_wrong_token_is_a_disconnect_with_its_reason() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let anna = driver.page("anna");
    let url = server.url("old-app.html");
    anna.serve(&url, "old-app.html");
    anna.goto(&url);
    anna.run("connect('not a token', 'webrtc')");
    anna.wait("log.length > 0");
    assert_eq!(log(&anna), ["clientDisconnect:invalidToken"]);
    anna.is_content();
}

#[test]
fn a_refused_microphone_is_a_user_media_error() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let anna = driver.open("anna", json!({ "permissions": [], "args": ["--deny-permission-prompts"] }));
    let url = server.url("old-app.html");
    anna.serve(&url, "old-app.html");
    anna.goto(&url);
    let ask = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') };
        navigator.mediaDevices.getDisplayMedia = navigator.mediaDevices.getUserMedia;
        const told = async builder => builder.build().then(() => 'granted', error => error.name + ':' + error.message);
        return [await told(cdk.media.create().enableMicrophone()), (await told(cdk.media.create().enableScreen()))]";
    let told: Vec<String> = anna.eval(ask);
    assert_eq!(told, ["UserMediaError:Permission denied", "UserMediaError:PermissionDenied"]);
    anna.is_content();
}
