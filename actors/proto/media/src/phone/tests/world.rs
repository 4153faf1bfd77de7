//! Two legs over a network that loses, repeats and reorders, with holds, re-INVITEs and key
//! presses in between, from a seed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use sdp::Direction::{Inactive, RecvOnly, SendOnly, SendRecv};

use super::wire::identified;
use crate::bridge::Srtp;
use crate::phone::{Input, Medium, Output, Packet, PhoneLeg, Socket};

struct World {
    random: fastrand::Rng,
    now: Instant,
    legs: [PhoneLeg; 2],
    /// Receiver, socket and bytes.
    wire: Vec<(usize, Socket, Vec<u8>)>,
    sequence: u64,
    pressed: usize,
    /// What each heard: the numbers within the payloads, the positions, and the keys.
    heard: [Vec<u64>; 2],
    positions: [HashSet<(u32, u64)>; 2],
    keys: [usize; 2],
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = fastrand::Rng::with_seed(seed);
        let srtp = [Srtp::Off, Srtp::Optional, Srtp::Sdes, Srtp::Dtls][random.usize(0..4)];
        let legs = [0, 1].map(|at| identified(at, srtp));
        let sequence = random.u64(0..0x1_0000);
        let (wire, heard, positions) = (Vec::new(), Default::default(), Default::default());
        let (now, pressed, keys) = (Instant::now(), 0, [0; 2]);
        World { random, now, legs, wire, sequence, pressed, heard, positions, keys }
    }

    fn negotiate(&mut self) {
        let offerer = self.random.usize(0..2);
        let ways = [SendRecv, SendRecv, SendOnly, RecvOnly, Inactive];
        let way = ways[self.random.usize(0..ways.len())];
        let offer = self.legs[offerer].describe(way, None, false).unwrap();
        self.legs[1 - offerer].offered(&offer, false).unwrap();
        if self.random.u8(0..4) == 0 && !self.heard[0].is_empty() {
            return self.legs.iter_mut().for_each(|leg| drop(leg.rollback(self.now)));
        }
        let (answer, _) = self.legs[1 - offerer].accept(self.now, SendRecv, None).unwrap();
        self.legs[offerer].answered(self.now, &answer).unwrap();
    }

    fn step(&mut self) {
        self.now += Duration::from_millis(20);
        self.sequence += 1;
        for at in 0..2 {
            let payload = self.sequence.to_be_bytes();
            let timestamp = self.sequence as u32 * 160;
            let packet =
                Packet { payload_type: 8, sequence: self.sequence, timestamp, marker: false, payload: &payload };
            self.legs[at].send(self.now, Medium::Audio, &packet);
            self.legs[at].handle(self.now, Input::Timeout);
        }
        match self.random.u8(0..100) {
            0 => self.negotiate(),
            1 if self.legs[0].send_dtmf(self.now, '7', Duration::from_millis(60)) => self.pressed += 1,
            _ => {}
        }
        self.collect();
        self.deliver();
    }

    fn collect(&mut self) {
        for at in 0..2 {
            while let Some(output) = self.legs[at].poll() {
                match output {
                    Output::Transmit { socket, bytes, .. } => self.wire.push((1 - at, socket, bytes)),
                    // Of a key press.
                    Output::Rtp(packet) if packet.payload_type == 101 => {}
                    Output::Rtp(packet) => {
                        self.heard[at].push(u64::from_be_bytes(packet.payload.try_into().unwrap()));
                        self.positions[at].insert((packet.ssrc, packet.sequence));
                    }
                    Output::Dtmf { digit, .. } => self.keys[at] += usize::from(digit == '7'),
                    Output::Connected | Output::KeyframeRequest | Output::Wake(_) => {}
                    Output::Silent(_) | Output::NoKeys(_) => {}
                }
            }
        }
    }

    fn deliver(&mut self) {
        if self.wire.len() > 6 {
            self.random.shuffle(&mut self.wire);
        }
        while self.wire.len() > 4 {
            let (to, socket, mut bytes) = self.wire.remove(0);
            let port = if socket == Socket::Audio { 0 } else { 1 };
            let source = (["192.0.2.2", "192.0.2.1"][to], [5000, 4000][to] + port);
            let source = std::net::SocketAddr::new(source.0.parse().unwrap(), source.1);
            match self.random.u8(0..20) {
                0 => continue,
                1 => self.wire.push((to, socket, bytes.clone())),
                2 => bytes.truncate(self.random.usize(0..12)),
                _ => {}
            }
            self.legs[to].handle(self.now, Input::Datagram { socket, source, bytes: &bytes });
        }
    }
}

#[test]
fn what_is_heard_was_said_and_stands_where_it_belongs() {
    let (mut packets, mut keys) = (0, 0);
    for seed in 0..60 {
        let mut world = World::new(seed);
        world.negotiate();
        for _ in 0..1500 {
            world.step();
        }
        for at in 0..2 {
            let said: HashSet<u64> = world.heard[at].iter().copied().collect();
            assert_eq!(said.len(), world.positions[at].len(), "seed {seed}: one place for each packet");
            assert!(said.iter().all(|sequence| *sequence <= world.sequence), "seed {seed}: nothing made up");
        }
        assert!(world.keys[1] <= world.pressed, "seed {seed}: {} of {} keys", world.keys[1], world.pressed);
        assert_eq!(world.keys[0], 0, "seed {seed}");
        packets += world.heard[1].len();
        keys += world.keys[1];
    }
    assert!(packets > 30_000 && keys > 200, "{packets} packets and {keys} keys arrive");
}
