//! The thread that writes recordings: decoding and the disk never wait for a worker, nor it for them.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ::media::bridge::{Event, Heard, Side};
use ::media::record::{self, Recorder};

use super::{BridgeSink, PeerId, Recording};

/// Packets and verbs that wait for the thread; further packets are left out of the recording.
const WAITING: usize = 16_384;

/// Files grow this often.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// What the thread is told.
enum Order {
    Verb {
        id: PeerId,
        at: Instant,
        recording: Recording,
        sink: BridgeSink,
    },
    Packet {
        id: PeerId,
        at: Instant,
        heard: Heard,
    },
    /// The bridge is gone.
    End {
        id: PeerId,
        at: Instant,
    },
}

/// The way to the thread. Clones share it; it ends with the last one.
#[derive(Clone)]
pub(super) struct Recorders {
    orders: SyncSender<Order>,
}

impl Recorders {
    /// Starts the thread.
    pub fn start() -> io::Result<Recorders> {
        let (orders, waiting) = sync_channel(WAITING);
        std::thread::Builder::new().name("media-recorder".into()).spawn(move || run(&waiting))?;
        Ok(Recorders { orders })
    }

    /// Starts, pauses or ends the recording of a bridge. A failure is told through `sink`.
    pub fn verb(&self, id: PeerId, at: Instant, recording: Recording, sink: &BridgeSink) {
        let order = Order::Verb { id, at, recording, sink: sink.clone() };
        if self.orders.try_send(order).is_err() {
            sink(id, Event::RecordFailed { detail: "the recorder is overloaded".into() });
        }
    }

    /// Adds a packet.
    pub fn packet(&self, id: PeerId, at: Instant, heard: Heard) {
        let _ = self.orders.try_send(Order::Packet { id, at, heard });
    }

    /// Ends what the bridge has begun.
    pub fn end(&self, id: PeerId, at: Instant) {
        if self.orders.try_send(Order::End { id, at }).is_err() {
            log::error!("the recording of bridge {id} could not be ended: the recorder is overloaded");
        }
    }
}

/// One open file.
struct Tape {
    recorder: Recorder,
    file: File,
    sink: BridgeSink,
}

/// All open files.
type Tapes = HashMap<PeerId, Tape>;

fn run(orders: &Receiver<Order>) {
    let mut tapes = Tapes::new();
    let mut written = Instant::now();
    loop {
        match orders.recv_timeout(WRITE_INTERVAL) {
            Ok(order) => obey(&mut tapes, order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let now = Instant::now();
        if now.saturating_duration_since(written) >= WRITE_INTERVAL {
            written = now;
            // Files grow up to now: what came before must be in them.
            orders.try_iter().take(WAITING).for_each(|order| obey(&mut tapes, order));
            let ids: Vec<PeerId> = tapes.keys().copied().collect();
            ids.into_iter().for_each(|id| with(&mut tapes, id, |tape| tape.grow(now)));
        }
    }
    let now = Instant::now();
    let ids: Vec<PeerId> = tapes.keys().copied().collect();
    ids.into_iter().for_each(|id| end(&mut tapes, id, now));
}

fn obey(tapes: &mut Tapes, order: Order) {
    match order {
        Order::Packet { id, at, heard } => with(tapes, id, |tape| {
            let side = match heard.side {
                Side::Browser => record::Side::Browser,
                Side::Phone => record::Side::Phone,
            };
            tape.recorder.push(at, side, heard.codec, heard.packet);
            Ok(())
        }),
        Order::End { id, at } => end(tapes, id, at),
        Order::Verb { id, at, recording, sink } => verb(tapes, id, at, recording, sink),
    }
}

fn verb(tapes: &mut Tapes, id: PeerId, at: Instant, recording: Recording, sink: BridgeSink) {
    match recording {
        Recording::Start { path, container } => {
            end(tapes, id, at);
            match open(&path) {
                Ok(file) => {
                    let serial = uuid::Uuid::new_v4().as_fields().0;
                    tapes.insert(id, Tape { recorder: Recorder::new(at, container, serial), file, sink });
                    with(tapes, id, |tape| tape.grow(at));
                }
                Err(error) => {
                    log::error!("recording {}: {error}", path.display());
                    sink(id, Event::RecordFailed { detail: "the file could not be made".into() });
                }
            }
        }
        Recording::Pause => with(tapes, id, |tape| {
            tape.recorder.pause(at);
            Ok(())
        }),
        Recording::Resume => with(tapes, id, |tape| {
            tape.recorder.resume(at);
            Ok(())
        }),
        Recording::Stop => end(tapes, id, at),
    }
}

/// A new file that only the engine's user can read.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn end(tapes: &mut Tapes, id: PeerId, now: Instant) {
    with(tapes, id, |tape| tape.finish(now));
    tapes.remove(&id);
}

/// Works on one recording. One that fails, or whose sound a decoder panics on, is over; the others go on.
fn with(tapes: &mut Tapes, id: PeerId, work: impl FnOnce(&mut Tape) -> io::Result<()>) {
    let Some(tape) = tapes.get_mut(&id) else { return };
    let outcome = catch_unwind(AssertUnwindSafe(|| work(tape)));
    let outcome = outcome.unwrap_or_else(|_| Err(io::Error::other("the recorder panicked")));
    if let (Err(error), Some(tape)) = (outcome, tapes.remove(&id)) {
        log::error!("the recording of bridge {id} ended: {error}");
        (tape.sink)(id, Event::RecordFailed { detail: "the file could not be written".into() });
    }
}

impl Tape {
    fn grow(&mut self, now: Instant) -> io::Result<()> {
        let bytes = self.recorder.poll(now);
        self.write(&bytes)
    }

    fn finish(&mut self, now: Instant) -> io::Result<()> {
        let bytes = self.recorder.finish(now);
        self.write(&bytes)
    }

    /// Appends, so that the file can be played up to there even if nothing follows.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        let Some(beginning) = self.recorder.beginning().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&beginning)?;
        self.file.seek(SeekFrom::End(0)).map(|_| ())
    }
}
