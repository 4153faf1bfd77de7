//! An engine, a registrar and a page that is registered there.

use serde_json::json;

use crate::browser_calls::hears;
use crate::support::{Baresip, Driver, Kamailio, Options, Page, Provision, Server, Tone};

/// An engine whose page `anna` is registered at the registrar of a phone.
pub struct Story {
    pub kamailio: Kamailio,
    pub server: Server,
    pub driver: Driver,
    pub token: String,
    pub tone: Tone,
}

impl Story {
    pub fn new(config: &serde_json::Value) -> Story {
        Story::at(Kamailio::start(&["anna", "bob"]), config)
    }

    pub fn at(kamailio: Kamailio, config: &serde_json::Value) -> Story {
        let (server, driver) = (Server::start(), Driver::beside_others());
        let provision = Provision::at(server.address);
        let mut whole = json!({ "proxy": kamailio.uri("udp") });
        whole.as_object_mut().expect("an object").extend(config.as_object().expect("an object").clone());
        provision.network("phones", &whole);
        let token = provision.session("phones", "sip:anna@testbed.local", "annapw");
        Story { kamailio, server, driver, token, tone: Tone::new(523) }
    }

    pub fn anna(&self) -> Page {
        let page = self.driver.page_hearing("anna", &self.tone);
        self.server.sign_in_with(&page, &self.token);
        page
    }

    pub fn bob(&self, options: Options) -> Baresip {
        Baresip::start(&self.kamailio, "bob", options)
    }
}

/// The page calls the phone, which answers.
#[track_caller]
pub fn call_out(anna: &Page, bob: &mut Baresip) {
    anna.run("follow(net.call('bob', { stream: await open({ audio: true }) }))");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
}

/// The page answers what rings.
#[track_caller]
pub fn answer(anna: &Page) {
    anna.wait("globalThis.call?.state === 'ringing'");
    anna.run("await call.accept({ stream: await open({ audio: true }) })");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
}

/// Each hears the other's tone.
#[track_caller]
pub fn both_hear(anna: &Page, bob: &Baresip, hz: u32) {
    hears(anna, hz);
    bob.listens(2.0);
    bob.heard().is_mostly(523);
}
