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
    let Err(error) = outcome else { return };
    if let Some(tape) = tapes.remove(&id) {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};

    use ::media::record::{Codec, Container, Packet};

    use super::*;

    const PTIME: Duration = Duration::from_millis(20);
    /// 1 kHz in A-law: the sequence that ITU-T G.711 table 5 gives; every second of it is 2 kHz.
    const TONE: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];

    fn packet(n: u64, step: usize) -> Packet {
        let payload = TONE.iter().step_by(step).copied().cycle().take(160).collect();
        Packet { sequence: n, timestamp: n as u32 * 160, marker: false, payload }
    }

    fn heard(side: Side, n: u64) -> Heard {
        let step = if side == Side::Browser { 1 } else { 2 };
        Heard { side, codec: Codec::Pcma, packet: packet(n, step) }
    }

    /// A folder of this test alone.
    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("recorder-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder");
        folder
    }

    fn sink(failures: &Sender<PeerId>) -> BridgeSink {
        let failures = std::sync::Mutex::new(failures.clone());
        Arc::new(move |id, event| {
            assert!(matches!(event, Event::RecordFailed { .. }), "{event:?}");
            failures.lock().expect("unpoisoned").send(id).expect("the test waits");
        })
    }

    fn tape(file: File, failures: &Sender<PeerId>) -> Tape {
        Tape { recorder: Recorder::new(Instant::now(), Container::Wav, 0), file, sink: sink(failures) }
    }

    /// How much of a channel of a WAV file lies at `hz`.
    fn level(file: &[u8], channel: usize, hz: f64) -> f64 {
        let sample = |frame: &[u8]| f64::from(i16::from_le_bytes([frame[2 * channel], frame[2 * channel + 1]]));
        let samples: Vec<f64> = file[44 + 16_000..].chunks_exact(4).map(sample).collect();
        let step = hz / 16_000.0 * std::f64::consts::TAU;
        let sum = |wave: fn(f64) -> f64| -> f64 {
            samples.iter().enumerate().map(|(n, sample)| sample * wave(n as f64 * step)).sum()
        };
        sum(f64::cos).hypot(sum(f64::sin)) / samples.len() as f64
    }

    #[test]
    fn each_side_is_in_its_channel_of_a_file_as_long_as_the_call_less_its_pauses() {
        let (folder, (failures, failed)) = (folder(), channel());
        let recorders = Recorders::start().expect("a thread");
        for (id, container) in [(PeerId(1), Container::Wav), (PeerId(2), Container::Ogg)] {
            let begin = Instant::now();
            let verb = |at, recording| recorders.verb(id, at, recording, &sink(&failures));
            verb(begin, Recording::Start { path: folder.join(container.extension()), container });
            for n in 0..200 {
                let at = begin + PTIME * n;
                match n {
                    100 => verb(at, Recording::Pause),
                    150 => verb(at, Recording::Resume),
                    _ => {}
                }
                recorders.packet(id, at, heard(Side::Browser, n.into()));
                recorders.packet(id, at, heard(Side::Phone, n.into()));
            }
            recorders.end(id, begin + PTIME * 200);
        }
        // Orders are obeyed one behind another: once this one has failed, the others are done.
        let path = folder.join("wav");
        recorders.verb(
            PeerId(3),
            Instant::now(),
            Recording::Start { path, container: Container::Wav },
            &sink(&failures),
        );
        assert_eq!(failed.recv(), Ok(PeerId(3)), "an existing file is not overwritten");
        let wav = std::fs::read(folder.join("wav")).expect("a recording");
        assert_eq!((wav.len(), &wav[40..44]), (44 + 192_000, &192_000_u32.to_le_bytes()[..]), "3 s");
        for (channel, own, other) in [(0, 1000.0, 2000.0), (1, 2000.0, 1000.0)] {
            let (own, other) = (level(&wav, channel, own), level(&wav, channel, other));
            assert!(own > 3000.0 && other < 100.0, "{channel}: {own} {other}");
        }
        let ogg = std::fs::read(folder.join("opus")).expect("a recording");
        assert!(ogg.starts_with(b"OggS") && (10_000..40_000).contains(&ogg.len()), "{} bytes", ogg.len());
        #[cfg(unix)]
        for name in ["wav", "opus"] {
            let data = std::fs::metadata(folder.join(name)).expect("a file");
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    fn a_file_that_nobody_ended_can_be_played() {
        let (folder, (failures, _failed)) = (folder(), channel());
        let path = folder.join("x.wav");
        let mut tape = tape(open(&path).expect("a file"), &failures);
        let begin = Instant::now();
        for second in 1..4 {
            tape.grow(begin + Duration::from_secs(second)).expect("it can be written");
            let wav = std::fs::read(&path).expect("a recording");
            let sound = u32::try_from(wav.len()).expect("short") - 44;
            assert!(wav[40..44] == sound.to_le_bytes() && sound >= 63_000 * second as u32, "{sound}");
        }
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let (folder, (failures, failed)) = (folder(), channel());
        let blocked = folder.join("a file");
        std::fs::write(&blocked, "no folder").expect("a file");
        let (mut tapes, path) = (Tapes::new(), blocked.join("x.wav"));
        let start = Recording::Start { path, container: Container::Ogg };
        verb(&mut tapes, PeerId(1), Instant::now(), start, sink(&failures));
        assert_eq!((failed.try_recv(), tapes.len()), (Ok(PeerId(1)), 0));
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_ends_the_recording_alone() {
        let (folder, (failures, failed)) = (folder(), channel());
        let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let other = open(&folder.join("x.wav")).expect("a file");
        let mut tapes = Tapes::from([(PeerId(1), tape(full, &failures)), (PeerId(2), tape(other, &failures))]);
        let now = Instant::now() + Duration::from_secs(1);
        for id in [PeerId(1), PeerId(2)] {
            with(&mut tapes, id, |tape| tape.grow(now));
        }
        assert_eq!(failed.try_iter().collect::<Vec<_>>(), [PeerId(1)]);
        assert!(tapes.contains_key(&PeerId(2)) && tapes.len() == 1);
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    fn a_decoder_that_panics_ends_one_recording() {
        let (folder, (failures, failed)) = (folder(), channel());
        let tape = |name| tape(open(&folder.join(name)).expect("a file"), &failures);
        let mut tapes = Tapes::from([(PeerId(1), tape("1.wav")), (PeerId(2), tape("2.wav"))]);
        with(&mut tapes, PeerId(1), |_| panic!("as a decoder might"));
        assert_eq!(failed.try_iter().collect::<Vec<_>>(), [PeerId(1)]);
        assert!(tapes.contains_key(&PeerId(2)) && tapes.len() == 1);
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }
}
