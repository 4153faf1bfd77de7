use std::collections::BTreeSet;

use serde_json::Value;
use signal::message::Request;
use signal::{Incoming, Message};

use crate::vectors::{Good, MAX_BYTES, MAX_DEPTH, read, validator};

fn parse(good: &Good) -> Result<(), signal::Error> {
    if good.sender == "client" {
        let frame = Incoming::parse(&good.frame.to_string(), MAX_BYTES, MAX_DEPTH)?;
        return Request::read(&frame).map(|_| ());
    }
    let method = good.frame["method"].as_str().unwrap();
    let body = &good.frame["body"];
    let message = Message::read(method, &body.to_string())?;
    assert_eq!(message.method(), method);
    assert_eq!(&serde_json::to_value(&message).unwrap(), body, "written again it is the same");
    Ok(())
}

#[test]
fn every_frame_parses_and_fits_the_schema() {
    let (client, engine) = (validator("client"), validator("engine"));
    for (place, good) in read::<Good>("good") {
        parse(&good).unwrap_or_else(|error| panic!("{place}: {error}"));
        let schema = if good.sender == "client" { &client } else { &engine };
        let error = schema.validate(&good.frame).err().map(|error| error.to_string());
        assert_eq!(error, None, "{place}");
    }
}

#[test]
fn every_method_of_the_schema_is_recorded() {
    let recorded = |sender: &str| -> BTreeSet<String> {
        let of_sender = |(_, good): (String, Good)| {
            (good.sender == sender).then(|| good.frame["method"].as_str().unwrap().to_owned())
        };
        read::<Good>("good").into_iter().filter_map(of_sender).collect()
    };
    let document = signal::schema::document();
    for sender in ["client", "engine"] {
        let frames = document["$defs"][sender]["oneOf"].as_array().unwrap();
        let word = |frame: &Value| frame["properties"]["method"]["const"].as_str().unwrap().to_owned();
        // Every `call.*` and `conference.*` that both may send has one body: one recording is enough.
        let all = recorded("client").union(&recorded("engine")).cloned().collect::<BTreeSet<_>>();
        let missing: Vec<String> = frames.iter().map(word).filter(|method| !all.contains(method)).collect();
        assert_eq!(missing, Vec::<String>::new(), "{sender}");
    }
}
