//! The demo page as a person uses it.

use serde_json::json;

use crate::support::{Driver, Page, Scenario, Server, Side};

#[track_caller]
fn sign_in(server: &Server, page: &Page, name: &str) {
    page.goto(&server.url(""));
    page.fill("#name", name);
    page.press("Enter");
    page.visible("#dial-form");
    page.wait("document.querySelector('#state-dot').dataset.state === 'connected'");
}

const PICTURE: &str = "!document.querySelector('#remote').hidden && document.querySelector('#remote').videoWidth > 0";

#[test]
fn two_people_sign_in_and_talk_with_video_and_a_reload_in_between() {
    let (server, driver) = (Server::start(), Driver::start());
    let anna = driver.page("anna");
    let phone = json!({ "viewport": { "width": 360, "height": 740 }, "colorScheme": "dark" });
    let ben = driver.open("ben", phone);
    sign_in(&server, &anna, "anna");
    sign_in(&server, &ben, "ben");
    anna.fill("#target", "ben");
    anna.click("button[value=video]");
    ben.visible("#incoming");
    assert_eq!(ben.eval::<String>("return document.activeElement.id"), "accept", "the keyboard is on the answer");
    ben.click("#accept-video");
    anna.wait(PICTURE);
    ben.wait(PICTURE);
    anna.visible("#quality");
    anna.press("k");
    anna.press("5");
    ben.wait("document.querySelector('#toast').textContent.includes('5')");
    anna.press("h");
    ben.wait("document.querySelector('#call-state').textContent === 'You are on hold'");
    anna.press("h");
    ben.wait("document.querySelector('#call-state').textContent === ''");
    anna.reload();
    anna.wait(PICTURE);
    ben.wait(PICTURE);
    let overflow = "return document.documentElement.scrollWidth > innerWidth";
    assert!(!ben.eval::<bool>(overflow), "fits a width of 360 px");
    ben.click("#hang-up");
    anna.visible("#dial-form");
    ben.visible("#dial-form");
    assert_eq!(anna.eval::<String>("return document.querySelector('#history strong').textContent"), "ben");
    anna.is_content();
    ben.is_content();
}

#[test]
fn the_camera_comes_back_after_a_shared_screen_and_a_page_that_has_gone_is_noticed() {
    let (server, driver) = (Server::start(), Driver::start());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    sign_in(&server, &anna, "anna");
    sign_in(&server, &ben, "ben");
    anna.fill("#target", "anna");
    anna.press("Enter");
    anna.wait("document.querySelector('#dial-error').textContent === 'This is your own name.'");
    anna.fill("#target", "ben");
    anna.click("button[value=video]");
    ben.visible("#incoming");
    ben.click("#accept-video");
    anna.wait(PICTURE);
    let pressed = |id: &str| format!("document.querySelector('{id}').getAttribute('aria-pressed') === 'true'");
    anna.press("s");
    anna.wait(&pressed("#screen"));
    anna.press("s");
    anna.wait(&pressed("#camera"));
    anna.press("k");
    assert_eq!(anna.eval::<String>("return document.activeElement.firstChild.data"), "1");
    anna.press("Escape");
    assert_eq!(anna.eval::<String>("return document.activeElement.id"), "pad");
    anna.goto("about:blank");
    ben.wait("document.querySelector('#call-state').textContent === 'Waiting for anna …'");
    assert_eq!(ben.eval::<String>("return document.querySelector('#meter').dataset.verdict"), "none");
    ben.click("#hang-up");
    ben.visible("#dial-form");
    ben.is_content();
}

#[test]
fn a_name_nobody_has_is_said_and_a_missed_call_is_listed() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let (anna, ben) = (driver.page("anna"), driver.page("ben"));
    sign_in(&server, &anna, "anna");
    sign_in(&server, &ben, "ben");
    anna.fill("#target", "nobody.at.all");
    anna.press("Enter");
    anna.wait("document.querySelector('#dial-error').textContent.includes('does not exist')");
    anna.fill("#target", "ben");
    anna.press("Enter");
    ben.visible("#incoming");
    anna.click("#hang-up");
    ben.visible("#history .missed");
    assert!(ben.eval::<bool>("return document.querySelector('#incoming').hidden"));
    ben.click("#sign-out");
    ben.visible("#name-form");
    anna.is_content();
    ben.is_content();
}

#[test]
fn sip_a_phone_of_this_machine_and_a_user_of_the_demo_call_each_other() {
    let (server, driver) = (Server::with("[sip]\nlisten = ['udp:127.0.0.1:0']\n"), Driver::beside_others());
    let anna = driver.page("anna");
    sign_in(&server, &anna, "anna");
    assert_eq!(anna.eval::<String>("return document.querySelector('#who-name').textContent"), "anna");
    let script = "> INVITE sdp\n<? 100\n< 180\n< 200\n> ACK\n> BYE\n< 200";
    let phone = Scenario::start(Side::Calls, script, server.sip(), "anna");
    anna.visible("#incoming");
    let shown =
        "return [document.querySelector('#incoming-name').textContent, document.querySelector('#accept-video').hidden]";
    assert_eq!(anna.eval::<(String, bool)>(shown), ("sipp@127.0.0.1".to_owned(), true), "nobody would see a camera");
    anna.click("#accept");
    phone.result().expect("answered");
    anna.visible("#dial-form");
    let script = "< INVITE\n> 180\n> 200 sdp\n< ACK\n< BYE\n> 200";
    let phone = Scenario::start(Side::Answers, script, server.sip(), "bob");
    anna.fill("#target", &format!("sip:bob@{}", phone.address()));
    anna.press("Enter");
    anna.visible("#timer");
    anna.click("#hang-up");
    phone.result().expect("ended by the page");
    anna.visible("#dial-form");
    anna.is_content();
}

#[test]
fn a_token_in_a_link_waits_for_a_yes_and_a_wrong_one_is_refused_in_words() {
    let (server, driver) = (Server::start(), Driver::beside_others());
    let anna = driver.page("anna");
    anna.goto(&server.url("?token=wrong"));
    anna.wait("document.activeElement.id === 'token' && document.activeElement.value === 'wrong'");
    assert!(
        anna.eval::<String>("return document.querySelector('#sign-in-error').textContent").starts_with("This link")
    );
    anna.press("Enter");
    anna.wait("document.querySelector('#sign-in-error').textContent.includes('not a valid user session token')");
    assert_eq!(anna.eval::<String>("return location.search"), "", "a token does not stay in the address");
    anna.is_content();
}
