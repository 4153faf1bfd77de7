//! Calls that are recorded, and those that cannot be.

use std::path::{Path, PathBuf};

use serde_json::json;
use sip::message::{Method, Status, name::Name};

use super::page::id;
use super::phone::Phone;
use super::phones::{answer, leg_of, start, with};
use super::scene::{establish, registered, scene_with};
use super::server::Server;

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("recordings-{}", id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// The names in `folder`, once there are `count`.
fn names(folder: &Path, count: usize) -> Vec<String> {
    loop {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: Vec<String> = files.collect();
        if files.len() >= count {
            return files;
        }
        std::thread::yield_now();
    }
}

#[test]
fn an_engine_without_a_folder_has_no_calls_for_a_network_that_wants_recordings() {
    let (_phone, _server, mut page) = scene_with(&json!({ "record": "ogg" }));
    start(&mut page, "ben");
    page.refused("notSupported");
}

#[test]
fn a_network_s_calls_are_recorded_into_what_its_config_says() {
    for (record, extension) in [(json!(true), ".wav"), (json!("wav"), ".wav"), (json!("ogg"), ".opus")] {
        let (mut phone, folder) = (Phone::new(), folder());
        let server = Server::with_recordings(phone.address(), &json!({ "record": record }), folder.clone());
        let mut page = registered(&server, &mut phone, "anna");
        let (leg, invite) = establish(&mut page, &mut phone);
        phone.back(&invite, Method::Bye, 1, None);
        phone.response(Status::OK);
        page.expect("call.end");
        let name = names(&folder, 1).remove(0);
        assert!(name.starts_with(&format!("call-{}.", leg["gcid"].as_str().unwrap())), "{name}");
        assert!(name.ends_with(extension), "{name}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn a_page_starts_and_ends_recordings() {
    let (mut phone, folder) = (Phone::new(), folder());
    let server = Server::with_recordings(phone.address(), &json!({}), folder.clone());
    let mut page = registered(&server, &mut phone, "anna");
    let (leg, invite) = establish(&mut page, &mut phone);
    assert_eq!(names(&folder, 0), [""; 0], "nobody asked for one");
    for verb in ["start", "pause", "resume", "stop", "start"] {
        page.call("info", with(&leg, "record", verb.into()));
    }
    page.call("info", with(&leg, "record", "louder".into()));
    page.refused("invalidField");
    assert_eq!(names(&folder, 2).len(), 2);
    phone.back(&invite, Method::Bye, 1, None);
    phone.response(Status::OK);
    assert_eq!(page.expect("call.end")["reason"], "normal");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_recording_that_cannot_be_made_is_told_and_the_call_goes_on() {
    let (mut phone, folder) = (Phone::new(), folder());
    let blocked = folder.join("a file");
    std::fs::write(&blocked, "no folder").unwrap();
    let server = Server::with_recordings(phone.address(), &json!({ "record": true }), blocked);
    let mut page = registered(&server, &mut phone, "anna");
    let (leg, _invite) = establish(&mut page, &mut phone);
    let told = page.expect("call.info");
    assert_eq!((&told["id"], &told["recordFailed"]), (&leg["id"], &json!("the file could not be made")));
    page.call("end", with(&leg, "reason", "normal".into()));
    page.expect("call.ack.end");
    let bye = phone.request(&Method::Bye);
    phone.answer(&bye, Status::OK);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn no_phone_chooses_where_a_recording_goes() {
    let folder = folder();
    let inner = folder.join("inner");
    for (count, gcid) in ["../../up", "..", "-rf", ".hidden", "a/b"].into_iter().enumerate() {
        let mut phone = Phone::new();
        let server = Server::with_recordings(phone.address(), &json!({ "record": true }), inner.clone());
        let mut page = registered(&server, &mut phone, "anna");
        let more = [(Name::parse("X-RTC-Gcid").unwrap(), gcid.to_owned())];
        let invite = phone.invite(phone.binding(), &more);
        let offered = page.expect("call.start");
        let sdp = answer(offered["sdp"].as_str().unwrap());
        page.call("accept", with(&with(&leg_of(&offered), "sdp", sdp.into()), "trickle", true.into()));
        page.expect("call.ack.accept");
        let taken = phone.response(Status::OK);
        phone.within(&invite, &taken, Method::Ack, 1);
        phone.within(&invite, &taken, Method::Bye, 2);
        let names = names(&inner, count + 1);
        assert!(names.iter().all(|name| name.starts_with("call-") && name.ends_with(".wav")), "{names:?}");
        assert_eq!(names.len(), count + 1);
    }
    assert_eq!(names(&folder, 1), ["inner"]);
    std::fs::remove_dir_all(&folder).unwrap();
}
