//! An engine for a story, with everything in a folder of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

use rtc_engine::{Config, Engine};
use serde_json::json;

use super::Page;

/// See the module.
pub struct Server {
    engine: Engine,
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    pub fn start() -> Server {
        Server::with("")
    }

    /// With further configuration; `[http]` and `[admin]` are taken.
    pub fn with(more: &str) -> Server {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rtc-peers-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a writable temporary folder");
        let text = format!("[http]\nlisten = '127.0.0.1:0'\nworkers = 2\n[admin]\npassword = 'for tests only'\n{more}");
        // Registrars and phones of the stories are on this machine.
        let here = [("RTC__SIP__DESTINATIONS".to_owned(), "127.0.0.0/8,::1/128".to_owned())];
        let config = Config::parse(&text, &folder, here.into()).expect("a good configuration");
        let engine = Engine::start(config).expect("the engine starts");
        let address = engine.addresses()[0];
        Server { engine, address, folder }
    }

    /// Where phones reach it, where the configuration says.
    pub fn sip(&self) -> SocketAddr {
        self.engine.sip()[0].address
    }

    /// A page's address, straight to the engine.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Opens the SDK on `page`: `client`, `net`, `call` and `log` are its globals.
    pub fn sign_in(&self, page: &Page, name: &str) {
        Server::sign_in_at(self.address, page, name);
    }

    /// The same with the token of a session that was provisioned.
    pub fn sign_in_with(&self, page: &Page, token: &str) {
        page.serve("**/blank.html", "blank.html");
        page.goto(&self.url("blank.html"));
        page.eval_with::<serde_json::Value>("sessionStorage.setItem('story.token', arg)", json!(token));
        Server::join(page, "nobody");
    }

    /// The same over another address of the engine's.
    pub fn sign_in_at(address: SocketAddr, page: &Page, name: &str) {
        page.serve("**/blank.html", "blank.html");
        page.goto(&format!("http://{address}/blank.html"));
        Server::join(page, name);
    }

    /// The same on what the page shows already, after a reload.
    pub fn join(page: &Page, name: &str) {
        page.eval_with::<serde_json::Value>(SIGN_IN, json!(name));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

const SIGN_IN: &str = r"
    globalThis.sdk = await import('/sdk/rtc-engine.js');
    const body = JSON.stringify({ name: arg });
    const answer = await fetch('/demo/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    globalThis.token ??= sessionStorage.getItem('story.token') ?? (await answer.json()).token;
    sessionStorage.setItem('story.token', token);
    globalThis.log = [];
    globalThis.client = new sdk.Client({ url: location.origin.replace('http', 'ws') + '/rtc/api', token });
    for (const type of ['reconnecting', 'disconnected']) client.on(type, () => log.push(type));
    client.on('connected', ({ resumed }) => log.push(resumed ? 'resumed' : 'connected'));
    globalThis.follow = call => {
        globalThis.call = call;
        for (const type of ['pending', 'ringing', 'accepted', 'streamended']) call.on(type, () => log.push(type));
        call.on('stream', stream => log.push('stream:' + stream.getTracks().map(track => track.kind).join('+')));
        call.on('ended', ({ reason }) => log.push('ended:' + reason));
        call.on('dtmf', ({ digits }) => log.push('dtmf:' + digits));
        call.on('hold', ({ remote }) => log.push('held:' + remote));
        call.on('error', ({ code, message }) => log.push('error:' + code + ' ' + message));
    };
    globalThis.open = wanted => sdk.openMedia({
        video: wanted.video ?? false,
        audio: wanted.audio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    await client.ready;
    globalThis.net = client.networks[0];
    net.on('call', call => { log.push('incoming:' + call.peer.uri); follow(call); });
    if (net.state !== 'connected') await new Promise(resolve => net.on('state', ({ state }) => state === 'connected' && resolve()));
";
