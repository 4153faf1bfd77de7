//! A digest registrar and record-routing proxy on UDP, TCP and TLS of loopback.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::ports::{free_block, is_free};
use super::process::{BEAT, Folder, Process};

const PATIENCE: Duration = Duration::from_secs(20);

/// Its domain and realm.
pub const REALM: &str = "testbed.local";
const CONFIG: &str = include_str!("../kamailio/kamailio.cfg");

/// See the module. Users are `name`, with the password `name` + `pw`.
pub struct Kamailio {
    process: Option<Process>,
    folder: Folder,
    port: u16,
}

impl Kamailio {
    /// With these users.
    pub fn start(users: &[&str]) -> Kamailio {
        let folder = Folder::new("kamailio");
        certificate(&folder);
        let port = free_block();
        let rows: String = users.iter().map(|user| format!("\t$sht(pw=>{user}) = \"{user}pw\";\n")).collect();
        let config = CONFIG
            .replace("@DIR@", &folder.0.display().to_string())
            .replace("@TLSPORT@", &(port + 1).to_string())
            .replace("@PORT@", &port.to_string())
            .replace("@REALM@", REALM)
            .replace("@MPATH@", &modules())
            .replace("@USERS@", &rows);
        folder.write("kamailio.cfg", &config);
        let mut kamailio = Kamailio { process: None, folder, port };
        kamailio.restart();
        kamailio
    }

    /// Where `transport` (`udp`, `tcp` or `tls`) is served, as a SIP URI.
    pub fn uri(&self, transport: &str) -> String {
        let port = if transport == "tls" { self.port + 1 } else { self.port };
        format!("sip:127.0.0.1:{port};transport={transport}")
    }

    /// Its certificate (PEM), its own authority.
    pub fn certificate(&self) -> String {
        fs::read_to_string(self.folder.0.join("cert.pem")).expect("made at the start")
    }

    /// Certificate and key in one file, as baresip wants it.
    pub fn certificate_and_key(&self) -> PathBuf {
        self.folder.0.join("both.pem")
    }

    /// Ends it; registrations are forgotten.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the same ports.
    pub fn restart(&mut self) {
        self.stop();
        // On a busy machine it takes its time to end.
        wait_free(self.port);
        // It refuses to start where it finds one, even that of a dead process.
        fs::remove_file(self.folder.0.join("pid")).ok();
        let folder = self.folder.0.display();
        let mut command = Command::new("kamailio");
        command.args(["-DD", "-E", "-m", "32", "-M", "4"]);
        command.args([
            format!("-f{folder}/kamailio.cfg"),
            format!("-P{folder}/pid"),
            format!("-Y{folder}"),
            format!("-w{folder}"),
        ]);
        let process = Process::start("kamailio", &command);
        process.says("serving");
        self.process = Some(process);
    }
}

/// Waits until nobody listens on `port` and the next one.
fn wait_free(port: u16) {
    let until = Instant::now() + PATIENCE;
    while !(port..=port + 1).all(is_free) {
        assert!(Instant::now() < until, "port {port} is in use");
        thread::park_timeout(BEAT);
    }
}

fn modules() -> String {
    let lib = fs::read_dir("/usr/lib").expect("a Unix").flatten().map(|entry| entry.path().join("kamailio/modules"));
    let found = lib.into_iter().find(|path| path.join("tm.so").exists());
    format!("{}/", found.expect("kamailio is installed (package kamailio)").display())
}

fn certificate(folder: &Folder) {
    let key = rcgen::generate_simple_self_signed([REALM.to_owned(), "127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (key.cert.pem(), key.signing_key.serialize_pem());
    folder.write("cert.pem", &certificate);
    folder.write("key.pem", &key);
    folder.write("both.pem", &(certificate + &key));
}
