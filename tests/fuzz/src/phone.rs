//! Datagrams from anyone at the sockets of a phone's leg, RTP, RTCP, STUN or nothing of that: nothing panics, little is
//! sent for each, and only to the phone's address or to who sent something.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::bridge::PhonePolicy;
use media::phone::{Input, Medium, Output, Packet, PhoneLeg, PhoneSetup, Socket};
use media::stun::{binding_request_ufrag, is_stun};
use sdp::{AddressPolicy, Direction};

const PHONE: &str = "192.0.2.2";
/// Most bytes sent for one datagram that came: a report, and what a key press repeats.
const BYTES: usize = 2_000;

/// Panics on a finding.
pub fn check(bytes: &[u8]) {
    let (Some(mut leg), mut now, mut rest) =
        (leg(bytes.first().is_some_and(|byte| byte % 2 == 0)), Instant::now(), bytes)
    else {
        return;
    };
    let known: Vec<SocketAddr> = [5000, 5001, 5002, 5003, 6000].map(|port| address(PHONE, port)).to_vec();
    let stranger = address("203.0.113.9", 7000);
    for sequence in 0..64 {
        let Some((head, left)) = rest.split_at_checked(4) else { return };
        let &[choice, wait, high, low] = head else { return };
        let length = usize::from(u16::from_be_bytes([high & 3, low])).min(left.len());
        let (datagram, left) = left.split_at_checked(length).unwrap_or((left, &[]));
        rest = left;
        let _ = (is_stun(datagram), binding_request_ufrag(datagram));
        let socket = [Socket::Audio, Socket::AudioRtcp, Socket::Video, Socket::VideoRtcp][usize::from(choice % 4)];
        let source = if choice & 4 == 0 { known[usize::from(choice >> 3) % known.len()] } else { stranger };
        now += Duration::from_millis(u64::from(wait) * u64::from(wait));
        leg.handle(now, Input::Timeout);
        leg.handle(now, Input::Datagram { socket, source, bytes: datagram });
        let payload = &[0u8; 160];
        let packet = Packet { payload_type: 8, sequence, timestamp: sequence as u32 * 160, marker: false, payload };
        leg.send(now, Medium::Audio, &packet);
        drain(&mut leg, &known, stranger);
    }
}

fn address(host: &str, port: u16) -> SocketAddr {
    SocketAddr::new(host.parse().expect("an address"), port)
}

/// A leg that has agreed with a phone, as the one who offers or the one who answers.
fn leg(offers: bool) -> Option<PhoneLeg> {
    let setup = |host: &str, port: u16| PhoneSetup {
        policy: PhonePolicy::new(host.parse().expect("an address")),
        addresses: AddressPolicy::default(),
        ports: (port, Some(port + 2)),
        entropy: [port as u8; 32],
    };
    let (mut ours, mut theirs) = (PhoneLeg::new(setup("192.0.2.1", 4000)), PhoneLeg::new(setup(PHONE, 5000)));
    let (now, way) = (Instant::now(), Direction::SendRecv);
    let (one, other) = if offers { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
    let offer = one.describe(way, None, false).ok()?;
    other.offered(&offer, false).ok()?;
    let (answer, _) = other.accept(now, way, None).ok()?;
    one.answered(now, &answer).ok()?;
    Some(ours)
}

fn drain(leg: &mut PhoneLeg, known: &[SocketAddr], stranger: SocketAddr) {
    let (mut sent, mut count) = (0, 0);
    while let Some(output) = leg.poll() {
        count += 1;
        if let Output::Transmit { destination, bytes, .. } = output {
            sent += bytes.len();
            assert!(known.contains(&destination) || destination == stranger, "{destination}");
        }
    }
    assert!(sent <= BYTES && count < 100, "{sent} bytes, {count} outputs");
}
