//! A program that ends with the test, and what it says meanwhile.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// Longest wait for a word of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// From SIGTERM to SIGKILL.
const PARTING: Duration = Duration::from_secs(5);
/// Between two looks at what cannot be waited for.
pub const BEAT: Duration = Duration::from_millis(20);

/// See the module.
pub struct Process {
    name: String,
    child: Child,
    output: Arc<Output>,
}

#[derive(Default)]
struct Output {
    text: Mutex<String>,
    grew: Condvar,
}

impl Process {
    /// Starts `command` under `tests/support/bound.sh`: it ends with this, or with the test process.
    pub fn start(name: impl Display, command: &Command) -> Process {
        let mut bound = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/bound.sh"));
        bound.arg(command.get_program()).args(command.get_args());
        bound.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(folder) = command.get_current_dir() {
            bound.current_dir(folder);
        }
        Process::spawn(name, &mut bound)
    }

    /// Starts `command`, which ends when its standard input does.
    pub fn spawn(name: impl Display, command: &mut Command) -> Process {
        let name = name.to_string();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let output = Arc::<Output>::default();
        read(child.stdout.take().expect("piped"), &output);
        read(child.stderr.take().expect("piped"), &output);
        Process { name, child, output }
    }

    /// All it has said.
    pub fn said(&self) -> String {
        self.output.text.lock().unwrap().clone()
    }

    /// Waits until it has said `word`.
    #[track_caller]
    pub fn says(&self, word: &str) {
        assert!(self.says_within(word, 0, PATIENCE), "{} does not say `{word}`:\n{}", self.name, self.said());
    }

    /// Whether it says `word` after its first `from` bytes and before `patience` is over.
    pub fn says_within(&self, word: &str, from: usize, patience: Duration) -> bool {
        let text = self.output.text.lock().unwrap();
        let silent = |text: &mut String| !text.get(from..).is_some_and(|new| new.contains(word));
        let (text, _) = self.output.grew.wait_timeout_while(text, patience, silent).unwrap();
        text.get(from..).is_some_and(|new| new.contains(word))
    }

    /// A line for its standard input, where it reads that itself.
    pub fn tell(&mut self, line: &str) {
        use std::io::Write;
        let stdin = self.child.stdin.as_mut().expect("not stopped");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it listens");
    }

    /// Its exit status, once it has one.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child")
    }

    /// Waits for its end.
    pub fn end_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + patience;
        loop {
            match self.ended() {
                Some(status) => return Some(status),
                None if Instant::now() > until => return None,
                None => thread::park_timeout(BEAT),
            }
        }
    }

    /// Kills the program that [`Process::start`] started, with no chance to say goodbye.
    pub fn kill(&mut self) {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("a child runs");
        let is_it =
            |pid: &&str| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() != "bound.sh");
        let program = children.split_whitespace().find(is_it).expect("the program runs").to_owned();
        Command::new("kill").args(["-KILL", &program]).status().expect("kill is there");
        self.end_within(PARTING).expect("its end");
    }

    /// Ends it, and waits until it has.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
        if self.end_within(PARTING).is_none() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("---- {} said:\n{}", self.name, self.said());
        }
    }
}

fn read(stream: impl Read + Send + 'static, output: &Arc<Output>) {
    let output = output.clone();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while let Ok(1..) = stream.read_until(b'\n', &mut line) {
            output.text.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            output.grew.notify_all();
            line.clear();
        }
    });
}

/// A folder that goes when this does.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: impl Display) -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("rtc-{name}-{}-{number}", process::id()));
        fs::create_dir_all(&path).expect("a writable temporary folder");
        Folder(path)
    }

    /// A new file in it.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a writable temporary folder");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
