//! Chromium, through `browser/driver.mjs`: JSON lines to a node process.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longer than any wait the driver itself allows.
const PATIENCE: Duration = Duration::from_secs(90);

type Waiting = Arc<Mutex<HashMap<u64, Sender<Result<Value, String>>>>>;

/// Two browsers in a video call fill two cores: such a story is alone. Calls with phones have sound and long waits, and go on
/// together.
static TURN: RwLock<()> = RwLock::new(());

/// What a story has of the machine.
enum Turn {
    Alone { _all: RwLockWriteGuard<'static, ()> },
    Together { _share: RwLockReadGuard<'static, ()> },
}

/// A node process and the browsers it runs; they end with it.
pub struct Driver {
    child: Child,
    shared: Arc<Shared>,
    turn: Cell<Option<Turn>>,
}

struct Shared {
    stdin: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    next: Mutex<u64>,
}

/// One tab, with cookies and storage of its own.
pub struct Page {
    name: String,
    shared: Arc<Shared>,
}

/// An answer that has not come yet.
pub struct Pending(Receiver<Result<Value, String>>);

/// A command that runs node in this folder's `browser/`.
pub fn node() -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    assert!(
        folder.join("node_modules/playwright-core").exists(),
        "the node packages are missing: run `npm install` in tests/peers, or the test command"
    );
    let mut command = Command::new("node");
    command.current_dir(folder.join("browser"));
    command
}

impl Driver {
    /// For a story that is alone.
    pub fn start() -> Driver {
        Driver::with(Turn::Alone { _all: TURN.write().unwrap_or_else(PoisonError::into_inner) })
    }

    /// For a story of sound, beside others such.
    pub fn beside_others() -> Driver {
        Driver::with(Turn::Together { _share: TURN.read().unwrap_or_else(PoisonError::into_inner) })
    }

    fn with(turn: Turn) -> Driver {
        let mut command = node();
        command.arg("driver.mjs").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let waiting = Waiting::default();
        let answers = waiting.clone();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                deliver(&answers, &line);
            }
            // Whoever still waits hears that nothing will come.
            answers.lock().unwrap().clear();
        });
        let stdin = Mutex::new(child.stdin.take());
        Driver { child, shared: Arc::new(Shared { stdin, waiting, next: Mutex::new(0) }), turn: Cell::new(Some(turn)) }
    }

    /// Lets the next story begin: this one only waits, with little to do, from here on.
    pub fn only_waits(&self) {
        self.turn.take();
    }

    /// A page with the fake microphone and camera.
    pub fn page(&self, name: &str) -> Page {
        self.open(name, json!({}))
    }

    /// A page whose microphone hears `tone`.
    pub fn page_hearing(&self, name: &str, tone: &super::Tone) -> Page {
        self.open(name, json!({ "wav": tone.path() }))
    }

    /// A page with Playwright's context options, `wav` and browser flags in `args`.
    pub fn open(&self, name: &str, options: Value) -> Page {
        let page = Page { name: name.to_owned(), shared: self.shared.clone() };
        page.ask("open", options).done();
        page
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.stdin.lock().unwrap().take();
        self.child.wait().ok();
    }
}

fn deliver(waiting: &Waiting, line: &str) {
    let answer: Value = serde_json::from_str(line).expect("the driver speaks JSON");
    let sender = answer["id"].as_u64().and_then(|id| waiting.lock().unwrap().remove(&id));
    let result = match answer.get("error") {
        Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
        None => Ok(answer["value"].clone()),
    };
    if let Some(sender) = sender {
        sender.send(result).ok();
    }
}

impl Pending {
    /// The value; a failed command fails the test.
    #[track_caller]
    pub fn value<T: DeserializeOwned>(self) -> T {
        let answer = self.0.recv_timeout(PATIENCE).expect("the driver answers");
        let value = answer.unwrap_or_else(|error| panic!("in the page: {error}"));
        serde_json::from_value(value).expect("the type the test expects")
    }

    #[track_caller]
    pub fn done(self) {
        self.value::<Value>();
    }
}

impl Page {
    fn ask(&self, what: &str, mut request: Value) -> Pending {
        let id = {
            let mut next = self.shared.next.lock().unwrap();
            *next += 1;
            *next
        };
        request["id"] = json!(id);
        request["do"] = json!(what);
        request["page"] = json!(self.name);
        let (sender, receiver) = mpsc::channel();
        self.shared.waiting.lock().unwrap().insert(id, sender);
        let mut stdin = self.shared.stdin.lock().unwrap();
        writeln!(stdin.as_mut().expect("the driver runs"), "{request}").expect("the driver listens");
        Pending(receiver)
    }

    #[track_caller]
    pub fn goto(&self, url: &str) {
        self.ask("goto", json!({ "url": url })).done();
    }

    #[track_caller]
    pub fn reload(&self) {
        self.ask("reload", json!({})).done();
    }

    /// Serves a file of `browser/` at `url`, in place of the engine.
    #[track_caller]
    pub fn serve(&self, url: &str, file: &str) {
        let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/browser").join(file);
        self.ask("serve", json!({ "url": url, "file": path })).done();
    }

    /// Runs the body of an async function and returns at once.
    pub fn begin(&self, script: &str) -> Pending {
        self.ask("eval", json!({ "script": script }))
    }

    /// Runs the body of an async function with `arg`.
    #[track_caller]
    pub fn eval_with<T: DeserializeOwned>(&self, script: &str, arg: Value) -> T {
        self.ask("eval", json!({ "script": script, "arg": arg })).value()
    }

    /// Runs the body of an async function.
    #[track_caller]
    pub fn eval<T: DeserializeOwned>(&self, script: &str) -> T {
        self.begin(script).value()
    }

    /// Runs the body of an async function for its effect.
    #[track_caller]
    pub fn run(&self, script: &str) {
        self.begin(script).done();
    }

    /// Waits until an expression is true; fails the test after 30 s.
    #[track_caller]
    pub fn wait(&self, expression: &str) {
        self.ask("wait", json!({ "script": expression })).done();
    }

    /// As [`Page::wait`], with another bound.
    #[track_caller]
    pub fn wait_for(&self, expression: &str, bound: Duration) {
        let timeout = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        self.ask("wait", json!({ "script": expression, "timeout_ms": timeout })).done();
    }

    #[track_caller]
    pub fn visible(&self, selector: &str) {
        self.ask("visible", json!({ "selector": selector })).done();
    }

    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.ask("click", json!({ "selector": selector })).done();
    }

    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        self.ask("fill", json!({ "selector": selector, "text": text })).done();
    }

    #[track_caller]
    pub fn press(&self, key: &str) {
        self.ask("press", json!({ "key": key })).done();
    }

    /// No console error, no uncaught exception, no unhandled rejection so far.
    #[track_caller]
    pub fn is_content(&self) {
        let complaints: Vec<String> = self.ask("complaints", json!({})).value();
        assert!(complaints.is_empty(), "{} complains: {complaints:#?}", self.name);
    }

    /// Forgets complaints a story causes on purpose: a browser reports each refused connection.
    #[track_caller]
    pub fn forgive(&self, only: &str) {
        let complaints: Vec<String> = self.ask("complaints", json!({})).value();
        let others: Vec<_> = complaints.iter().filter(|complaint| !complaint.contains(only)).collect();
        assert!(others.is_empty(), "{} complains: {others:#?}", self.name);
    }
}
