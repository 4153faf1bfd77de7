//! The media of a phone whose signalling is scripted: says a tone in PCMA, and keeps what it hears.

use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::process::BEAT;
use super::sound::Sound;

const RATE: u32 = 8000;
/// Samples a packet (20 ms).
const PACKET: u16 = 160;
/// PCMA (RFC 3551).
const FORMAT: u8 = 8;
const HEADER: usize = 12;
const LOUDNESS: f64 = 8000.0;
const PATIENCE: Duration = Duration::from_secs(15);
/// What is listened to, s.
const SAMPLE: f64 = 2.0;

/// See the module.
pub struct Rtp {
    pub port: u16,
    heard: Arc<Mutex<Vec<f64>>>,
    ended: Arc<AtomicBool>,
}

impl Rtp {
    /// Speaks to whom it hears.
    pub fn speaking(hz: u32) -> Rtp {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("bound").port();
        let (heard, ended) = (Arc::<Mutex<Vec<f64>>>::default(), Arc::<AtomicBool>::default());
        let rtp = Rtp { port, heard: heard.clone(), ended: ended.clone() };
        thread::spawn(move || run(&socket, hz, &heard, &ended));
        rtp
    }

    /// Waits until what it hears is mostly `hz` for 2 s.
    #[track_caller]
    pub fn hears(&self, hz: u32) {
        let until = Instant::now() + PATIENCE;
        while !(self.latest().seconds() >= SAMPLE && self.latest().mostly(hz)) {
            assert!(Instant::now() < until, "{hz} Hz expected: {:.2?}", self.latest().shares(hz));
            thread::park_timeout(BEAT);
        }
    }

    /// Packets that came so far.
    pub fn packets(&self) -> usize {
        self.heard.lock().unwrap().len() / usize::from(PACKET)
    }

    fn latest(&self) -> Sound {
        Sound::of(RATE, &self.heard.lock().unwrap()).last(SAMPLE)
    }
}

impl Drop for Rtp {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

fn run(socket: &UdpSocket, hz: u32, heard: &Mutex<Vec<f64>>, ended: &AtomicBool) {
    socket.set_read_timeout(Some(Duration::from_millis(2))).expect("a timeout");
    let (mut peer, mut sent, mut buffer) = (None::<SocketAddr>, 0_u16, [0; 2000]);
    let start = Instant::now();
    while !ended.load(Ordering::SeqCst) {
        if let Ok((length, source)) = socket.recv_from(&mut buffer)
            && buffer[1] & 0x7f == FORMAT
        {
            peer = Some(source);
            heard.lock().unwrap().extend(buffer[HEADER..length].iter().map(|code| linear(*code)));
        }
        let due = start + Duration::from_millis(20) * u32::from(sent);
        if let Some(peer) = peer.filter(|_| due <= Instant::now()) {
            socket.send_to(&packet(hz, sent), peer).expect("sent");
        }
        sent += u16::from(due <= Instant::now());
    }
}

fn packet(hz: u32, number: u16) -> Vec<u8> {
    let first = u32::from(number) * u32::from(PACKET);
    let mut packet = vec![0x80, FORMAT];
    packet.extend_from_slice(&number.to_be_bytes());
    packet.extend_from_slice(&first.to_be_bytes());
    packet.extend_from_slice(&u32::from(FORMAT).to_be_bytes());
    let sample = |at: u32| LOUDNESS * (TAU * f64::from(hz) * f64::from(first + at) / f64::from(RATE)).sin();
    packet.extend((0..u32::from(PACKET)).map(|at| a_law(sample(at))));
    packet
}

/// The value of an A-law code (G.711 table 1).
fn linear(code: u8) -> f64 {
    let code = code ^ 0x55;
    let (segment, step) = (i32::from(code >> 4 & 7), i32::from(code & 15));
    let value = if segment == 0 { step * 16 + 8 } else { (step * 16 + 264) << (segment - 1) };
    f64::from(if code & 0x80 == 0 { -value } else { value })
}

/// The code whose value is nearest: there are 256.
fn a_law(sample: f64) -> u8 {
    let distance = |code: &u8| (linear(*code) - sample).abs();
    (0..=255).min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or(0xd5)
}
