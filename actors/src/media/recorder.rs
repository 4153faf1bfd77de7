//! The thread that writes recordings: decoding and the disk never wait for a worker, nor it for them.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
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

fn run(orders: &Receiver<Order>) {
    let mut tapes: HashMap<PeerId, Tape> = HashMap::new();
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
            tapes.retain(|id, tape| tape.grow(now).map_err(|error| tape.fail(*id, &error)).is_ok());
        }
    }
    let now = Instant::now();
    tapes.into_iter().for_each(|(id, tape)| end(id, tape, now));
}

fn obey(tapes: &mut HashMap<PeerId, Tape>, order: Order) {
    match order {
        Order::Packet { id, at, heard } => {
            if let Some(tape) = tapes.get_mut(&id) {
                let side = match heard.side {
                    Side::Browser => record::Side::Browser,
                    Side::Phone => record::Side::Phone,
                };
                tape.recorder.push(at, side, heard.codec, heard.packet);
            }
        }
        Order::End { id, at } => tapes.remove(&id).into_iter().for_each(|tape| end(id, tape, at)),
        Order::Verb { id, at, recording, sink } => verb(tapes, id, at, recording, sink),
    }
}

fn verb(tapes: &mut HashMap<PeerId, Tape>, id: PeerId, at: Instant, recording: Recording, sink: BridgeSink) {
    match recording {
        Recording::Start { path } => {
            tapes.remove(&id).into_iter().for_each(|tape| end(id, tape, at));
            match open(&path, at) {
                Ok((file, recorder)) => {
                    tapes.insert(id, Tape { recorder, file, sink });
                }
                Err(error) => {
                    log::error!("recording {}: {error}", path.display());
                    sink(id, Event::RecordFailed { detail: "the file could not be made".into() });
                }
            }
        }
        Recording::Pause => tapes.get_mut(&id).into_iter().for_each(|tape| tape.recorder.pause(at)),
        Recording::Resume => tapes.get_mut(&id).into_iter().for_each(|tape| tape.recorder.resume(at)),
        Recording::Stop => tapes.remove(&id).into_iter().for_each(|tape| end(id, tape, at)),
    }
}

fn open(path: &Path, now: Instant) -> io::Result<(File, Recorder)> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let recorder = Recorder::new(now);
    file.write_all(&recorder.header())?;
    Ok((file, recorder))
}

fn end(id: PeerId, mut tape: Tape, now: Instant) {
    if let Err(error) = tape.finish(now) {
        tape.fail(id, &error);
    }
}

impl Tape {
    fn grow(&mut self, now: Instant) -> io::Result<()> {
        self.file.write_all(&self.recorder.poll(now))
    }

    fn finish(&mut self, now: Instant) -> io::Result<()> {
        self.file.write_all(&self.recorder.finish(now))?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.recorder.header())
    }

    fn fail(&self, id: PeerId, error: &io::Error) {
        log::error!("the recording of bridge {id} ended: {error}");
        (self.sink)(id, Event::RecordFailed { detail: "the file could not be written".into() });
    }
}
