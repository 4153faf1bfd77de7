//! The metered process: started with port 0, found by its log, ended with the run.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::Result;

/// Longest start: migrations and keys included.
const START: Duration = Duration::from_secs(30);

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Where it works; removed with it.
    folder: PathBuf,
}

/// The one administrator of the metered engine.
pub const ADMIN: (&str, &str) = ("load@localhost", "a password of the load tool alone");

impl Server {
    /// The bare echo: this very program.
    ///
    /// Errors: it does not start, or says no port in time.
    pub fn bare() -> Result<Server> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut command = Command::new(program);
        command.arg("bare");
        Server::start(command, "bare")
    }

    /// The engine, with one HTTP worker as the bare echo has, and rate limits out of the way.
    ///
    /// Errors: it does not start, or says no port in time.
    pub fn engine(binary: &Path) -> Result<Server> {
        let binary = std::path::absolute(binary).map_err(|e| e.to_string())?;
        if !binary.exists() {
            return Err(format!("{} is not there: cargo build --release", binary.display()));
        }
        let mut command = Command::new(binary);
        command.envs([
            ("RTC__HTTP__LISTEN", "127.0.0.1:0"),
            ("RTC__HTTP__WORKERS", "1"),
            ("RTC__MEDIA__LISTEN", "127.0.0.1:0"),
            ("RTC__MEDIA__WORKERS", "1"),
            ("RTC__ADMIN__EMAIL", ADMIN.0),
            ("RTC__ADMIN__PASSWORD", ADMIN.1),
            ("RTC__LIMITS__MESSAGES_PER_S", "100000"),
            ("RTC__LIMITS__MESSAGES_BURST", "1000000"),
            ("RTC__LIMITS__CALLS_PER_MINUTE", "1000000"),
            // A client that waits for its turn reads nothing.
            ("RTC__LIMITS__HEARTBEAT_S", "600"),
            ("RTC__SIP__LISTEN", "udp:127.0.0.1:0"),
            ("RTC__DEMO__ENABLED", "false"),
            ("RTC__LOG__FILTER", "warn,rtc_engine=info"),
        ]);
        Server::start(command, "engine")
    }

    fn start(mut command: Command, name: &str) -> Result<Server> {
        let folder = std::env::temp_dir().join(format!("rtc-load-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("cannot start the {name}: {e}"))?;
        let Some(log) = child.stderr.take() else { return Err("the child has no standard error".to_owned()) };
        let (found, port) = mpsc::channel();
        std::thread::spawn(move || read_log(log, &found));
        match port.recv_timeout(START) {
            Ok(address) => Ok(Server { child, address, folder }),
            Err(_) => {
                end(&mut child);
                Err(format!("the {name} did not say its port; its log is above"))
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// Looks for the port, then shows what the child has to complain about.
fn read_log(log: ChildStderr, found: &mpsc::Sender<SocketAddr>) {
    let mut listening = false;
    for line in BufReader::new(log).lines().map_while(std::io::Result::ok) {
        match address(&line).filter(|_| !listening) {
            Some(address) => listening = found.send(address).is_ok(),
            None if !listening || line.contains("ERROR") => eprintln!("  {line}"),
            None => {}
        }
    }
}

/// `… listening url=http://127.0.0.1:1234 …`
fn address(line: &str) -> Option<SocketAddr> {
    let url = line.split_once("url=")?.1.trim_matches('"');
    let host = url.split_once("://")?.1;
    host.split(['"', ' ', '/']).next()?.parse().ok()
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
