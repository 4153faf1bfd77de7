//! A softphone: baresip, driven through its ctrl_tcp (JSON in netstrings).

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::kamailio::{Kamailio, REALM};
use super::ports::free_block;
use super::process::{BEAT, Folder, Process};
use super::sound::Sound;

const PATIENCE: Duration = Duration::from_secs(15);

/// How a phone is set up.
#[derive(Clone, Copy)]
pub struct Options {
    /// To its proxy.
    pub transport: &'static str,
    /// As baresip writes them: `opus/48000/2`.
    pub codecs: &'static str,
    /// `srtp` (offers a=crypto in RTP/AVP), `srtp-mand` (RTP/SAVP) or `dtls_srtp`.
    pub encryption: Option<&'static str>,
    pub ice: bool,
    /// `vp8` or `h264`.
    pub video: Option<&'static str>,
    /// Answers by itself.
    pub answers: bool,
    /// The tone it says.
    pub hz: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            transport: "udp",
            codecs: "PCMA/8000/1",
            encryption: None,
            ice: false,
            video: None,
            answers: false,
            hz: 880,
        }
    }
}

/// See the module.
pub struct Baresip {
    process: Process,
    control: TcpStream,
    unread: Vec<u8>,
    events: Vec<Value>,
    folder: Folder,
}

impl Baresip {
    /// Registered at `kamailio` as `user`.
    pub fn start(kamailio: &Kamailio, user: &str, options: Options) -> Baresip {
        let (folder, port) = (Folder::new(format!("baresip-{user}")), free_block());
        folder.write("config", &config(&folder, port, options, kamailio));
        folder.write("accounts", &account(kamailio, user, options));
        folder.write("contacts", "");
        let mut command = Command::new("baresip");
        command.args(["-4", "-s", "-f"]).arg(&folder.0);
        if options.encryption == Some("dtls_srtp") {
            command.env("LD_PRELOAD", ecdsa(&folder)).env("PHONE_CERTIFICATE", kamailio.certificate_and_key());
        }
        let process = Process::start(format!("baresip {user}"), &command);
        process.says("baresip is ready");
        let control = TcpStream::connect(("127.0.0.1", port + 2)).expect("its control port");
        control.set_read_timeout(Some(BEAT)).expect("a timeout");
        let mut phone = Baresip { process, control, unread: Vec::new(), events: Vec::new(), folder };
        phone.registers();
        phone
    }

    #[track_caller]
    fn registers(&mut self) {
        let until = Instant::now() + PATIENCE;
        while !self.ask("reginfo", "").contains("OK") {
            assert!(Instant::now() < until, "not registered:\n{}", self.process.said());
            self.read();
        }
    }

    /// A command of its menu: `dial`, `accept`, `hangup`, `hold`, `resume`, `sndcode`, `transfer`; its answer.
    #[track_caller]
    pub fn ask(&mut self, command: &str, params: &str) -> String {
        let text = json!({ "command": command, "params": params, "token": command }).to_string();
        write!(self.control, "{}:{text},", text.len()).expect("it listens");
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.events.iter().position(|event| event["response"] == true) {
                return self.events.remove(at)["data"].as_str().unwrap_or_default().to_owned();
            }
            assert!(Instant::now() < until, "no answer to {command}");
            self.read();
        }
    }

    /// Waits for an event: `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, `CALL_DTMF_START`; its `param`.
    #[track_caller]
    pub fn expect(&mut self, kind: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.events.iter().position(|event| event["type"] == kind) {
                let event = self.events.drain(..=at).next_back().expect("found");
                return event["param"].as_str().unwrap_or_default().to_owned();
            }
            assert!(Instant::now() < until, "no {kind}; it had {:?}", self.events);
            self.read();
        }
    }

    /// Kills it: nobody is told.
    pub fn dies(&mut self) {
        self.process.kill();
    }

    fn read(&mut self) {
        let mut buffer = [0; 4096];
        match self.control.read(&mut buffer) {
            Ok(0) => panic!("baresip closed its control connection:\n{}", self.process.said()),
            Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
        while let Some(message) = netstring(&mut self.unread) {
            self.events.push(message);
        }
    }

    /// Bytes of its trace so far, a mark for [`Baresip::requests_since`].
    pub fn mark(&self) -> usize {
        self.process.said().len()
    }

    /// The request lines of SIP it has seen since `mark`, either way.
    pub fn requests_since(&self, mark: usize) -> Vec<String> {
        let said = self.process.said();
        let new = said.get(mark..).unwrap_or_default();
        new.lines().filter(|line| line.trim_end().ends_with(" SIP/2.0")).map(str::to_owned).collect()
    }

    /// What it heard in its call: the recording that was written to last, as a re-INVITE may begin another.
    pub fn heard(&self) -> Sound {
        let files = self.folder.0.read_dir().expect("its folder").flatten().map(|entry| entry.path());
        let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with("-dec.wav")).collect();
        files.sort_by_key(|path| path.metadata().and_then(|file| file.modified()).ok());
        Sound::read(files.last().unwrap_or_else(|| panic!("it heard nothing:\n{}", self.process.said())))
    }

    /// Waits until it has recorded `seconds` more of what it hears.
    #[track_caller]
    pub fn listens(&self, seconds: f64) {
        let until = Instant::now() + PATIENCE + Duration::from_secs_f64(seconds);
        let before = self.length();
        while self.length() < before + seconds {
            assert!(Instant::now() < until, "it hears nothing more than {} s", self.length());
            std::thread::park_timeout(BEAT);
        }
    }

    fn length(&self) -> f64 {
        let has = |entry: std::fs::DirEntry| entry.path().to_string_lossy().ends_with("-dec.wav");
        if self.folder.0.read_dir().expect("its folder").flatten().any(has) { self.heard().seconds() } else { 0.0 }
    }
}

/// What gives it a certificate that is not RSA.
fn ecdsa(folder: &Folder) -> PathBuf {
    let library = folder.0.join("ecdsa.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/support/ecdsa.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status();
    assert!(built.is_ok_and(|status| status.success()), "cc, which links this test too");
    library
}

fn netstring(unread: &mut Vec<u8>) -> Option<Value> {
    let colon = unread.iter().position(|byte| *byte == b':')?;
    let length: usize = std::str::from_utf8(&unread[..colon]).ok()?.parse().expect("a netstring");
    let message = unread.get(colon + 1..colon + 1 + length).filter(|_| unread.len() > colon + 1 + length)?;
    let message = serde_json::from_slice(message).expect("JSON");
    unread.drain(..colon + length + 2);
    Some(message)
}

fn account(kamailio: &Kamailio, user: &str, options: Options) -> String {
    let Options { transport, codecs, .. } = options;
    let mut account = format!(
        "<sip:{user}@{REALM};transport={transport}>;auth_pass={user}pw;regint=60;outbound=\"{}\";audio_codecs={codecs}",
        kamailio.uri(transport)
    );
    if let Some(encryption) = options.encryption {
        write!(account, ";mediaenc={encryption}").expect("a string");
    }
    if let Some(codec) = options.video {
        write!(account, ";video_codecs={codec}").expect("a string");
    }
    for (wanted, parameter) in [(options.ice, ";medianat=ice"), (options.answers, ";answermode=auto")] {
        account.push_str(if wanted { parameter } else { "" });
    }
    account
}

/// Speaks 48 kHz stereo, as ausine does, and records what it hears with sndfile.
fn config(folder: &Folder, port: u16, options: Options, kamailio: &Kamailio) -> String {
    let mut lines = vec![
        format!("sip_listen 127.0.0.1:{port}"),
        format!("sip_certificate {}", kamailio.certificate_and_key().display()),
        // It takes the next port for SIP over TLS.
        format!("ctrl_tcp_listen 127.0.0.1:{}", port + 2),
        format!("rtp_ports {}-{}", port + 4, port + 38),
        format!("audio_source ausine,{}", options.hz),
        format!("snd_path {}", folder.0.display()),
    ];
    let fixed = "net_interface 127.0.0.1\ncall_local_timeout 60\ncall_max_calls 4\nausrc_srate 48000\nausrc_channels 2\n\
        rtp_timeout 0\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule g722.so\nmodule opus.so\n\
        module ausine.so\nmodule aufile.so\nmodule sndfile.so\nmodule uuid.so\nmodule srtp.so\nmodule dtls_srtp.so\nmodule ice.so";
    lines.push(fixed.to_owned());
    if let Some(codec) = options.video {
        let codec = if codec == "vp8" { "vp8" } else { "avcodec" };
        let video = "video_source fakevideo,nil\nvideo_display fakevideo,nil\nvideo_size 320x240\nvideo_fps 15\n\
            module fakevideo.so\nmodule ";
        lines.push(format!("{video}{codec}.so"));
    }
    lines.extend(["account", "contact", "ctrl_tcp", "menu"].map(|name| format!("module_app {name}.so")));
    lines.join("\n") + "\n"
}
