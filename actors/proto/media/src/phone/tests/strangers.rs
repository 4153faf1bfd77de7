//! A phone that is dimpl alone, and what others of its address send.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::{Config, Dtls};
use sdp::Direction::SendRecv;

use super::wire::{Wire, identified};
use super::{deliver, packet, source, transmits};
use crate::Certificate;
use crate::bridge::Srtp;
use crate::phone::{Medium, PhoneLeg};

struct Bare {
    now: Instant,
    dtls: Dtls,
    certificate: Certificate,
}

impl Bare {
    fn new(now: Instant) -> Bare {
        let certificate = Certificate::generate().unwrap();
        Bare { now, dtls: Dtls::new_12(Arc::new(Config::default()), certificate.dtls.clone(), now), certificate }
    }

    fn hello(&mut self) -> Vec<Vec<u8>> {
        self.dtls.set_active(true);
        self.dtls.handle_timeout(self.now).unwrap();
        self.sent()
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.dtls.handle_timeout(self.now).unwrap();
        self.dtls.handle_packet(bytes).unwrap();
        self.sent()
    }

    fn sent(&mut self) -> Vec<Vec<u8>> {
        let (mut buffer, mut sent) = (vec![0; 2048], Vec::new());
        loop {
            match self.dtls.poll_output(&mut buffer) {
                dimpl::Output::Packet(bytes) => sent.push(bytes.to_vec()),
                dimpl::Output::Timeout(_) => return sent,
                _ => {}
            }
        }
    }

    fn description(&self, address: &str, port: u16, role: &str) -> String {
        let (_, print) = crate::phone::fingerprint::ours(&self.certificate.dtls.certificate);
        format!(
            "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
             m=audio {port} UDP/TLS/RTP/SAVP 8\r\na=rtcp-mux\r\na=setup:{role}\r\na=fingerprint:sha-256 {print}\r\n"
        )
    }
}

/// Where a packet of ours would go, if there are keys.
fn reached(ours: &mut PhoneLeg, now: Instant) -> Option<std::net::SocketAddr> {
    transmits(ours);
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    transmits(ours).first().map(|(to, _)| *to)
}

/// The phone opens from `from`; once it has said that many flights, ten others of its host open too.
fn opened(from: &str, flights: usize) -> bool {
    let now = Instant::now();
    let (mut ours, mut phone) = (identified(0, Srtp::Dtls), Bare::new(now));
    ours.describe(SendRecv, None, false).unwrap();
    ours.answered(now, &phone.description("192.0.2.2", 5000, "active")).unwrap();
    let mut flight = phone.hello();
    for round in 1..6 {
        flight.iter().for_each(|bytes| deliver(&mut ours, now, from, bytes));
        let answers = transmits(&mut ours);
        if round == flights {
            for port in 7000..7010 {
                deliver(&mut ours, now, &format!("192.0.2.2:{port}"), &Bare::new(now).hello()[0]);
            }
            transmits(&mut ours);
        }
        let to_it = answers.iter().filter(|(to, _)| *to == source(from));
        flight = to_it.flat_map(|(_, bytes)| phone.take(bytes)).collect();
    }
    reached(&mut ours, now) == Some(source(from))
}

#[test]
fn others_that_open_do_not_end_the_handshake_of_the_phone() {
    for flights in 1..4 {
        assert!(opened("192.0.2.2:5000", flights), "from where it should be, after {flights}");
    }
    for flights in 2..4 {
        assert!(opened("192.0.2.2:6000", flights), "from elsewhere, with a cookie, after {flights}");
    }
}

#[test]
fn a_phone_that_opens_where_it_should_be_finds_room_among_others_that_have_cookies() {
    let now = Instant::now();
    let (mut ours, mut phone) = (identified(0, Srtp::Dtls), Bare::new(now));
    ours.describe(SendRecv, None, false).unwrap();
    ours.answered(now, &phone.description("192.0.2.2", 5000, "active")).unwrap();
    for port in 7000..7010 {
        let (from, mut other) = (format!("192.0.2.2:{port}"), Bare::new(now));
        deliver(&mut ours, now, &from, &other.hello()[0]);
        for (_, bytes) in transmits(&mut ours) {
            other.take(&bytes).iter().for_each(|bytes| deliver(&mut ours, now, &from, bytes));
        }
        transmits(&mut ours);
    }
    deliver(&mut ours, now, "192.0.2.2:5000", &phone.hello()[0]);
    assert_eq!(transmits(&mut ours).len(), 1);
}

#[test]
fn ours_is_not_led_away_by_what_is_no_answer() {
    // A plain alert, a record of a later epoch, and what is no record.
    let alert = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40];
    let sealed = [[23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32].as_slice(), &[7; 32]].concat();
    for noise in [&alert[..], &sealed, &[22, 254, 253, 0, 0], &[20; 40]] {
        let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
        wire.lost = |count| count < 4;
        wire.agree(str::to_owned).unwrap();
        for _ in 0..140 {
            deliver(&mut wire.legs[1], wire.now, "192.0.2.1:666", noise);
            wire.run(Duration::from_millis(10));
        }
        assert!(wire.seen.iter().all(|(to, _)| to.port() != 666), "{noise:?}");
        assert_eq!(wire.talk(1), [true, true], "{noise:?}");
    }
}

#[test]
fn a_phone_may_answer_from_elsewhere() {
    let now = Instant::now();
    let (mut ours, mut phone) = (identified(1, Srtp::Dtls), Bare::new(now));
    ours.offered(&phone.description("192.0.2.1", 4000, "passive"), false).unwrap();
    ours.accept(now, SendRecv, None).unwrap();
    for round in 0..4 {
        let flight = transmits(&mut ours);
        let expected = if round == 0 { "192.0.2.1:4000" } else { "192.0.2.1:4444" };
        assert!(flight.iter().all(|(to, _)| *to == source(expected)), "{round}: {flight:?}");
        for bytes in flight.iter().flat_map(|(_, bytes)| phone.take(bytes)) {
            deliver(&mut ours, now, "192.0.2.1:4444", &bytes);
        }
    }
    assert_eq!(reached(&mut ours, now), Some(source("192.0.2.1:4444")));
}
