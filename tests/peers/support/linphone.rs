//! A softphone: linphonec, driven by lines of its standard input. Its sound goes through files.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Tone;
use super::kamailio::{Kamailio, REALM};
use super::ports::free_block;
use super::process::{BEAT, Folder, Process};
use super::sound::Sound;

const PATIENCE: Duration = Duration::from_secs(15);
/// What is listened to, s.
const SAMPLE: f64 = 2.0;

/// See the module.
pub struct Linphone {
    process: Process,
    folder: Folder,
}

impl Linphone {
    /// Registered at `kamailio` as `user`; says `tone` and records what it hears.
    pub fn start(kamailio: &Kamailio, user: &str, tone: &Tone) -> Linphone {
        let (folder, port) = (Folder::new(format!("linphone-{user}")), free_block());
        std::fs::create_dir_all(folder.0.join(".local/share/linphone")).expect("a writable folder");
        let proxy = kamailio.uri("udp");
        let config = format!(
            "[sip]\nsip_port={port}\nsip_tcp_port={port}\nsip_tls_port=0\nuse_ipv6=0\nguess_hostname=0\n\
             contact=<sip:{user}@127.0.0.1>\ndefault_proxy=0\nmedia_encryption=none\n[rtp]\naudio_rtp_port={}\n\
             [video]\nenabled=0\nautomatically_initiate=0\nautomatically_accept=0\n[auth_info_0]\nusername={user}\n\
             userid={user}\npasswd={user}pw\nrealm={REALM}\n[proxy_0]\nreg_proxy=<{proxy}>\nreg_route=<{proxy};lr>\n\
             reg_identity=sip:{user}@{REALM}\nreg_expires=120\nreg_sendregister=1\npublish=0\n",
            port + 2
        );
        let config = folder.write("linphonerc", &config);
        let home = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, folder.0.clone()));
        // It would keep what it says in a buffer while its output is no terminal.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", "linphonec"]);
        let process = Process::spawn(format!("linphonec {user}"), command.arg("-c").arg(config).envs(home));
        let mut phone = Linphone { process, folder };
        phone.tell("soundcard use files");
        phone.tell(&format!("play {}", tone.path().display()));
        phone.tell(&format!("record {}", phone.recording().display()));
        phone.registers();
        phone
    }

    #[track_caller]
    fn registers(&mut self) {
        for _ in 0..20 {
            self.tell("status register");
            if self.says_within("registered, identity", Duration::from_millis(500)) {
                return;
            }
        }
        panic!("not registered:\n{}", self.process.said());
    }

    /// A command: `call URI`, `answer`, `terminate`.
    pub fn tell(&mut self, command: &str) {
        self.process.tell(command);
    }

    /// Whether it says `words` in time.
    pub fn says_within(&self, words: &str, patience: Duration) -> bool {
        self.process.says_within(words, 0, patience)
    }

    /// Waits until it says `words`.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.says_within(words, PATIENCE), "it does not say `{words}`:\n{}", self.process.said());
    }

    fn recording(&self) -> Box<Path> {
        self.folder.0.join("heard.wav").into()
    }

    /// Waits until what it hears is mostly `hz` for 2 s.
    #[track_caller]
    pub fn hears(&self, hz: u32) {
        let until = Instant::now() + PATIENCE;
        let latest = || self.recording().exists().then(|| self.heard().last(SAMPLE));
        while !latest().is_some_and(|sound| sound.seconds() >= SAMPLE && sound.mostly(hz)) {
            assert!(Instant::now() < until, "{hz} Hz expected: {:.2?}", latest().map(|sound| sound.shares(hz)));
            std::thread::park_timeout(BEAT);
        }
    }

    /// What it heard.
    pub fn heard(&self) -> Sound {
        Sound::read(&self.recording())
    }
}
