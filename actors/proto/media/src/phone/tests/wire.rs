//! Two legs and the network between them, in virtual time.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use sdp::Direction::SendRecv;

use super::{leg, packet};
use crate::Certificate;
use crate::bridge::Srtp;
use crate::phone::{Agreement, Input, Medium, Output, PhoneLeg, Refusal, Socket};

/// Addresses and ports of the two.
const PLACES: [(&str, u16); 2] = [("192.0.2.1", 4000), ("192.0.2.2", 5000)];

pub struct Wire {
    pub now: Instant,
    pub legs: [PhoneLeg; 2],
    wakes: [Option<Instant>; 2],
    /// From whom, and what, not delivered yet.
    flying: Vec<(usize, Socket, SocketAddr, Vec<u8>)>,
    /// Which of all datagrams are lost, by their number.
    pub lost: fn(usize) -> bool,
    pub count: usize,
    pub heard: [Vec<u64>; 2],
    pub connected: [usize; 2],
    pub silent: [Option<&'static str>; 2],
    pub keyless: [Option<&'static str>; 2],
    /// All that flew.
    pub seen: Vec<(SocketAddr, Vec<u8>)>,
}

/// With a certificate of its own.
pub fn identified(at: usize, srtp: Srtp) -> PhoneLeg {
    let (address, port) = PLACES[at];
    leg(address, port, &["PCMA"], srtp).identified(&Certificate::generate().unwrap())
}

impl Wire {
    pub fn new(offerer: Srtp, answerer: Srtp) -> Wire {
        Wire::of([identified(0, offerer), identified(1, answerer)])
    }

    pub fn of(legs: [PhoneLeg; 2]) -> Wire {
        Wire {
            now: Instant::now(),
            legs,
            wakes: [None; 2],
            flying: Vec::new(),
            lost: |_| false,
            count: 0,
            heard: Default::default(),
            connected: [0; 2],
            silent: [None; 2],
            keyless: [None; 2],
            seen: Vec::new(),
        }
    }

    /// Offer of the first, answer of the second, as `change` rewrites them on the way.
    pub fn agree(&mut self, change: impl Fn(&str) -> String) -> Result<(Agreement, String, String), Refusal> {
        self.agree_from(0, change)
    }

    pub fn agree_from(
        &mut self,
        offerer: usize,
        change: impl Fn(&str) -> String,
    ) -> Result<(Agreement, String, String), Refusal> {
        let offer = change(&self.legs[offerer].describe(SendRecv, None, false)?);
        self.legs[1 - offerer].offered(&offer, false)?;
        let (answer, _) = self.legs[1 - offerer].accept(self.now, SendRecv, None)?;
        let answer = change(&answer);
        let agreement = self.legs[offerer].answered(self.now, &answer)?;
        Ok((agreement, offer, answer))
    }

    fn collect(&mut self) {
        for at in 0..2 {
            while let Some(output) = self.legs[at].poll() {
                match output {
                    Output::Transmit { socket, destination, bytes } => {
                        self.count += 1;
                        self.seen.push((destination, bytes.clone()));
                        if !(self.lost)(self.count) {
                            self.flying.push((at, socket, destination, bytes));
                        }
                    }
                    Output::Rtp(packet) => self.heard[at].push(packet.sequence & 0xffff),
                    Output::Connected => self.connected[at] += 1,
                    Output::Silent(why) => self.silent[at] = Some(why),
                    Output::NoKeys(why) => self.keyless[at] = Some(why),
                    Output::Wake(wake) => self.wakes[at] = Some(wake),
                    Output::Dtmf { .. } | Output::KeyframeRequest => {}
                }
            }
        }
    }

    /// Lets datagrams fly and timers ring for `length`.
    pub fn run(&mut self, length: Duration) {
        let end = self.now + length;
        loop {
            self.collect();
            if !self.flying.is_empty() {
                let (from, socket, destination, bytes) = self.flying.remove(0);
                self.now += Duration::from_millis(5);
                self.deliver(from, socket, destination, &bytes);
                continue;
            }
            let due = (0..2).filter(|at| self.wakes[*at].is_some()).min_by_key(|at| self.wakes[*at]);
            let Some(at) = due.filter(|at| self.wakes[*at].is_some_and(|wake| wake <= end)) else { break };
            self.now = self.now.max(self.wakes[at].take().unwrap());
            self.legs[at].handle(self.now, Input::Timeout);
        }
        self.now = self.now.max(end);
    }

    fn deliver(&mut self, from: usize, socket: Socket, destination: SocketAddr, bytes: &[u8]) {
        let (address, port) = PLACES[from];
        let source = SocketAddr::new(address.parse().unwrap(), port + u16::from(socket == Socket::AudioRtcp));
        let (address, port) = PLACES[1 - from];
        if destination.ip() == address.parse::<IpAddr>().unwrap() {
            let socket = if destination.port() == port { Socket::Audio } else { Socket::AudioRtcp };
            self.legs[1 - from].handle(self.now, Input::Datagram { socket, source, bytes });
        }
    }

    /// A packet each way; what each heard of them.
    pub fn talk(&mut self, sequence: u64) -> [bool; 2] {
        self.heard = Default::default();
        self.legs.iter_mut().for_each(|leg| leg.send(self.now, Medium::Audio, &packet(sequence, b"secret sound")));
        self.run(Duration::from_millis(20));
        [0, 1].map(|at| !self.heard[at].is_empty())
    }
}
