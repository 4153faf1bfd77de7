//! A call between a browser and a phone, as its recording is heard.

use std::time::Duration;

use audio::{Codec, Encoder, Rate};
use media::bridge::{Command, Record, Side};
use media::client::{self, Change, MediaKind};
use media::record::{self, Container, Recorder};

use crate::support::*;

const PCMA: u8 = 8;
/// Of the browser's tone, in Opus, and of the phone's, in PCMA.
const TONES: [f64; 2] = [440.0, 1000.0];

/// A tone without end, a packet of 20 ms at a time.
struct Tone {
    encoder: Encoder,
    hz: f64,
    rate: Rate,
    played: usize,
}

impl Tone {
    fn new(codec: Codec, hz: f64) -> Tone {
        Tone { encoder: Encoder::new(codec, codec.rate()), hz, rate: codec.rate(), played: 0 }
    }

    fn packet(&mut self) -> Vec<u8> {
        let step = self.hz / f64::from(self.rate.hz()) * std::f64::consts::TAU;
        let samples = self.played..self.played + self.rate.samples(PERIOD);
        self.played = samples.end;
        let pcm: Vec<i16> = samples.map(|n| ((n as f64 * step).sin() * 8000.0) as i16).collect();
        let mut payload = Vec::new();
        self.encoder.encode(&pcm, &mut payload).unwrap();
        payload
    }
}

/// Both talk for that long.
fn talk(world: &mut World, browser: &mut Tone, phone: &mut Tone, time: Duration) {
    for _ in 0..time.as_millis() / PERIOD.as_millis() {
        let now = world.now;
        let page = world.page();
        let audio = page.client.mids()[0];
        assert!(page.client.send(now, audio, client::Codec::Opus, 960, false, &browser.packet()));
        world.say_this(PCMA, &phone.packet());
        world.run(PERIOD);
    }
}

/// The channels of a WAV file.
fn channels(file: &[u8]) -> [Vec<i16>; 2] {
    let samples: Vec<i16> = file[44..].chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

/// The part of the level that lies at `hz`, for each fifth of a second.
fn levels(hz: f64, channel: &[i16]) -> Vec<f64> {
    let step = hz / 16_000.0 * std::f64::consts::TAU;
    let level = |part: &[i16]| {
        let sum = |wave: fn(f64) -> f64| -> f64 {
            part.iter().enumerate().map(|(n, sample)| f64::from(*sample) * wave(n as f64 * step)).sum()
        };
        sum(f64::cos).hypot(sum(f64::sin)) * std::f64::consts::SQRT_2 / part.len() as f64
    };
    channel.chunks(3200).map(level).collect()
}

/// What was copied, as a shell hands it on.
fn take(world: &mut World, recorder: &mut Recorder) {
    for (at, heard) in world.copies.drain(..) {
        let side = match heard.side {
            Side::Browser => record::Side::Browser,
            Side::Phone => record::Side::Phone,
        };
        recorder.push(at, side, heard.codec, heard.packet);
    }
}

#[test]
fn each_side_is_heard_in_its_channel_but_not_in_pauses_and_a_reload_is_a_gap_of_one() {
    let mut world = World::connected(&["PCMA", "opus"], &["PCMA"]);
    let (mut browser, mut phone) = (Tone::new(Codec::Opus, TONES[0]), Tone::new(Codec::Pcma, TONES[1]));
    let second = Duration::from_secs(1);
    talk(&mut world, &mut browser, &mut phone, second);
    let mut recorder = Recorder::new(world.now, Container::Wav, 0);
    world.command(Command::Record(Record::Start));
    talk(&mut world, &mut browser, &mut phone, second * 2);
    take(&mut world, &mut recorder);
    recorder.pause(world.now);
    world.command(Command::Record(Record::Pause));
    talk(&mut world, &mut browser, &mut phone, second * 2);
    assert!(world.copies.is_empty(), "nothing is copied in a pause");
    recorder.resume(world.now);
    world.command(Command::Record(Record::Resume));
    talk(&mut world, &mut browser, &mut phone, second);
    reload(&mut world, &mut phone, second);
    talk(&mut world, &mut browser, &mut phone, second);
    take(&mut world, &mut recorder);
    let file = recorder.poll(world.now);
    let [left, right] = channels(&file);
    // Two seconds, one, a second without the browser, and one.
    for channel in [&left, &right] {
        assert!((80_000 - 1600..80_000 + 1600).contains(&channel.len()), "{} samples", channel.len());
    }
    let (browser, phone) = (levels(TONES[0], &left), levels(TONES[1], &right));
    let heard = |levels: &[f64], from: usize, to: usize| levels[from..to].iter().all(|level| *level > 3500.0);
    assert!(heard(&phone, 1, 10) && heard(&phone, 11, 25), "{phone:?}");
    assert!(heard(&browser, 1, 10) && heard(&browser, 11, 15) && heard(&browser, 22, 25), "{browser:?}");
    assert!(browser[16..20].iter().all(|level| *level < 500.0), "{browser:?}");
    for crossed in [levels(TONES[1], &left), levels(TONES[0], &right)] {
        assert!(crossed.iter().all(|level| *level < 100.0), "{crossed:?}");
    }
}

/// The page goes and comes again; the phone talks on for that long.
fn reload(world: &mut World, phone: &mut Tone, time: Duration) {
    let _ = world.page().client.close();
    for _ in 0..time.as_millis() / PERIOD.as_millis() - 25 {
        world.say_this(PCMA, &phone.packet());
        world.run(PERIOD);
    }
    world.open_page();
    let sdp = world.page().client.offer(&[Change::Add(MediaKind::Audio)]).unwrap();
    world.command(Command::Offered { side: Side::Browser, sdp, fresh: true });
    world.accept_browser();
    for _ in 0..25 {
        world.say_this(PCMA, &phone.packet());
        world.run(PERIOD);
    }
    assert!(world.page().client.is_connected());
}
