//! A call whose media may go nowhere but through the TURN server the config names.

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser_calls::hears;
use crate::support::{Driver, Server, Tone};

/// A coturn on loopback that takes credentials minted from `secret`.
struct Turn {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Turn {
    fn start(secret: &str) -> Turn {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("rtc-turn-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a writable temporary folder");
        let process = Command::new("turnserver")
            .args(["-n", "--no-cli", "--no-tls", "--no-dtls", "--no-multicast-peers", "--allow-loopback-peers"])
            .args(["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--realm=tests", "--log-file=stdout"])
            .args(["--use-auth-secret".to_owned(), format!("--static-auth-secret={secret}")])
            .args([format!("--listening-port={port}"), format!("--userdb={}", folder.join("db").display())])
            .arg(format!("--pidfile={}", folder.join("pid").display()))
            .stdout(Stdio::null())
            .spawn()
            .expect("coturn is installed (package coturn)");
        let turn = Turn { process, port, folder };
        turn.answers();
        turn
    }

    /// Waits until a STUN binding request (RFC 8489 section 14) is answered.
    fn answers(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let request = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            // Refused until coturn has bound its port.
            let _ = socket.send_to(&request, ("127.0.0.1", self.port));
            if socket.recv(&mut [0; 512]).is_ok() {
                return;
            }
        }
        panic!("coturn does not answer");
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// A port free for both UDP and TCP.
fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let port = udp.local_addr().expect("an address").port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Of the candidate pair in use.
const LOCAL_CANDIDATE_TYPE: &str = "
    const all = [...(await call.connection.getStats()).values()];
    const transport = all.find(one => one.type === 'transport');
    const pair = all.find(one => one.id === transport.selectedCandidatePairId);
    return all.find(one => one.id === pair.localCandidateId).candidateType";

#[test]
fn media_goes_through_the_turn_server_with_the_minted_credentials() {
    let turn = Turn::start("north");
    let config = format!("[turn]\nurls = ['turn:127.0.0.1:{}?transport=udp']\nsecret = 'north'", turn.port);
    let (server, driver) = (Server::with(&config), Driver::start());
    let tones = (Tone::new(523), Tone::new(701));
    let (anna, ben) = (driver.page_hearing("anna", &tones.0), driver.page_hearing("ben", &tones.1));
    server.sign_in(&anna, "anna");
    server.sign_in(&ben, "ben");
    anna.run("client.options.rtc = { iceTransportPolicy: 'relay' }");
    anna.run("follow(net.call('ben', { stream: await open({ audio: true }) }))");
    ben.wait("globalThis.call?.state === 'ringing'");
    ben.run("await call.accept({ stream: await open({ audio: true }) })");
    for page in [&anna, &ben] {
        page.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    }
    hears(&anna, tones.1.hz);
    hears(&ben, tones.0.hz);
    assert_eq!(anna.eval::<String>(LOCAL_CANDIDATE_TYPE), "relay");
    let servers: Value = anna.eval("return client.iceServers");
    assert_eq!(servers[0]["urls"], json!([format!("turn:127.0.0.1:{}?transport=udp", turn.port)]));
    assert!(!servers.to_string().contains("north"), "the secret stays in the engine");
    anna.run("call.end()");
    ben.wait("call.state === 'ended'");
}
