//! Datagrams at the sockets of a phone's leg, from the phone, from anyone, and from anyone in the phone's name: RTP,
//! RTCP, STUN, DTLS or nothing of that. Nothing panics, little is sent for each, a stranger gets nothing and changes
//! nothing, and what is protected is not made up.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use media::Certificate;
use media::bridge::{PhonePolicy, Srtp};
use media::phone::{Input, Medium, Output, Packet, PhoneLeg, PhoneSetup, Socket};
use media::stun::{binding_request_ufrag, is_stun};
use sdp::{AddressPolicy, Direction};

use crate::stun_check::{Credentials, check as stun_check};

/// Most bytes sent for one datagram that came: a flight of a handshake, a report, and what a key press repeats.
const BYTES: usize = 6_000;
/// Most datagrams that wait between the two.
const FLYING: usize = 32;

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().expect("a certificate"));

/// Panics on a finding. The first byte chooses how the two agree, then each four say what happens next, for how many
/// bytes behind them.
pub fn check(bytes: &[u8]) {
    let Some((choice, mut rest)) = bytes.split_first() else { return };
    let Some(mut world) = World::new(*choice) else { return };
    for _ in 0..64 {
        let Some((&[happening, wait, high, low], left)) = rest.split_first_chunk() else { return };
        let length = usize::from(u16::from_be_bytes([high & 3, low])).min(left.len());
        let (said, left) = left.split_at_checked(length).unwrap_or((left, &[]));
        rest = left;
        world.now += Duration::from_millis(u64::from(wait) * u64::from(wait));
        world.happens(happening, high >> 2, said);
    }
}

/// One side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Us,
    Phone,
}

/// Ours and the phone's leg, and the wire between them.
struct World {
    us: PhoneLeg,
    phone: PhoneLeg,
    now: Instant,
    sequence: u64,
    is_secured: bool,
    uses_ice: bool,
    /// Of us and of the phone.
    credentials: [Credentials; 2],
    /// To whom, at which socket, and what.
    flying: VecDeque<(Side, Socket, Vec<u8>)>,
    /// Somebody at that address has made a check with our password.
    is_checked: bool,
}

const SOCKETS: [Socket; 4] = [Socket::Audio, Socket::AudioRtcp, Socket::Video, Socket::VideoRtcp];

/// The address of a side's socket.
fn address(side: Side, socket: Socket) -> SocketAddr {
    let (host, port) = if side == Side::Us { (1, 4000) } else { (2, 5000) };
    let at = SOCKETS.iter().position(|known| *known == socket).expect("one of them") as u16;
    SocketAddr::from(([192, 0, 2, host], port + at))
}

fn stranger() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 9], 7000))
}

fn leg(side: Side, choice: u8) -> PhoneLeg {
    let audio = address(side, Socket::Audio);
    let mut policy = PhonePolicy::new(audio.ip());
    policy.srtp = [Srtp::Off, Srtp::Sdes, Srtp::Dtls, Srtp::Optional][usize::from(choice >> 1 & 3)];
    policy.ice = choice & 8 != 0;
    policy.rtcp_mux = choice & 16 != 0;
    policy.video = choice & 32 != 0;
    let (addresses, ports) = (AddressPolicy::default(), (audio.port(), Some(audio.port() + 2)));
    let setup = PhoneSetup { policy, addresses, ports, entropy: [audio.port() as u8; 32] };
    PhoneLeg::new(setup).identified(&CERTIFICATE)
}

impl World {
    /// The two have agreed, one of them as the one who offers.
    fn new(choice: u8) -> Option<World> {
        let (mut us, mut phone, now) = (leg(Side::Us, choice), leg(Side::Phone, choice), Instant::now());
        let way = Direction::SendRecv;
        let is_ours = choice & 1 == 0;
        let (one, other) = if is_ours { (&mut us, &mut phone) } else { (&mut phone, &mut us) };
        // Two lite agents would leave ICE.
        let full = |sdp: String| sdp.replace("a=ice-lite\r\n", "");
        let offer = full(one.describe(way, Some(way), false).ok()?);
        other.offered(&offer, false).ok()?;
        let (answer, agreement) = other.accept(now, way, Some(way)).ok()?;
        let answer = full(answer);
        one.answered(now, &answer).ok()?;
        let (ours, theirs) = if is_ours { (&offer, &answer) } else { (&answer, &offer) };
        let credentials = [Credentials::of(ours), Credentials::of(theirs)];
        Some(World {
            us,
            phone,
            now,
            sequence: 0,
            is_secured: agreement.secured,
            uses_ice: credentials.iter().all(|credentials| !credentials.ufrag.is_empty()),
            credentials,
            flying: VecDeque::new(),
            is_checked: false,
        })
    }

    fn happens(&mut self, happening: u8, variant: u8, said: &[u8]) {
        let socket = SOCKETS[usize::from(happening >> 3 & 3)];
        let _ = (is_stun(said), binding_request_ufrag(said));
        match happening % 8 {
            0 | 1 => self.arrives(socket, address(Side::Phone, socket), said, true),
            2 => self.arrives(socket, stranger(), said, true),
            3 => self.phone_says(said),
            4 => self.flies(&[]),
            5 => self.flies(said),
            6 => drop(self.flying.pop_front()),
            _ => self.checks(socket, variant, said),
        }
        self.us.handle(self.now, Input::Timeout);
        self.phone.handle(self.now, Input::Timeout);
        let payload = &[0; 160];
        self.sequence += 1;
        let (sequence, timestamp) = (self.sequence, self.sequence as u32 * 160);
        let packet = Packet { payload_type: 8, sequence, timestamp, marker: false, payload };
        self.us.send(self.now, Medium::Audio, &packet);
        self.drain(false);
    }

    /// A datagram for us. `made_up` by one who has no keys.
    fn arrives(&mut self, socket: Socket, source: SocketAddr, bytes: &[u8], made_up: bool) {
        self.us.handle(self.now, Input::Datagram { socket, source, bytes });
        self.drain(made_up);
    }

    /// The phone speaks, or presses a key.
    fn phone_says(&mut self, said: &[u8]) {
        let payload = said.get(..said.len().min(400)).unwrap_or_default();
        self.sequence += 1;
        let (sequence, timestamp) = (self.sequence, self.sequence as u32 * 160);
        let packet = Packet { payload_type: 8, sequence, timestamp, marker: false, payload };
        self.phone.send(self.now, Medium::Audio, &packet);
        if payload.is_empty() {
            self.phone.send_dtmf(self.now, '7', Duration::from_millis(80));
        }
    }

    /// The oldest datagram between the two arrives; with `change`, not as it was sent.
    fn flies(&mut self, change: &[u8]) {
        let Some((to, socket, mut bytes)) = self.flying.pop_front() else { return };
        if let Some((at, with)) = change.split_first() {
            let at = usize::from(*at) % bytes.len().max(1);
            bytes.iter_mut().skip(at).zip(with).for_each(|(byte, with)| *byte ^= with);
        }
        match to {
            Side::Us => self.arrives(socket, address(Side::Phone, socket), &bytes, false),
            Side::Phone => {
                let source = address(Side::Us, socket);
                self.phone.handle(self.now, Input::Datagram { socket, source, bytes: &bytes });
                self.drain(false);
            }
        }
    }

    /// Somebody who knows the password checks a pair.
    fn checks(&mut self, socket: Socket, variant: u8, said: &[u8]) {
        let nominates = [&said[..said.len() / 4 * 4], &[0, 0x25, 0, 0]].concat();
        let [ours, theirs] = &self.credentials;
        if variant & 1 == 1 {
            let (source, bytes) = (address(Side::Us, socket), stun_check(theirs, &nominates));
            self.phone.handle(self.now, Input::Datagram { socket, source, bytes: &bytes });
            return;
        }
        let (source, bytes) = match variant & 2 {
            0 => (address(Side::Phone, socket), stun_check(ours, &nominates)),
            _ => (stranger(), stun_check(ours, &nominates)),
        };
        self.is_checked |= self.uses_ice && source == stranger();
        self.arrives(socket, source, &bytes, false);
    }

    fn drain(&mut self, made_up: bool) {
        let (mut sent, mut count) = (0, 0);
        while let Some(output) = self.us.poll() {
            count += 1;
            match output {
                Output::Transmit { socket, destination, bytes } => {
                    sent += bytes.len();
                    let is_phone = destination.ip() == address(Side::Phone, socket).ip();
                    assert!(is_phone || self.is_checked && destination == stranger(), "{destination}");
                    self.flying.push_back((Side::Phone, socket, bytes));
                }
                Output::Rtp(_) => assert!(!(made_up && self.is_secured), "nobody has the keys"),
                _ => {}
            }
        }
        assert!(sent <= BYTES && count < 100, "{sent} bytes, {count} outputs");
        while let Some(output) = self.phone.poll() {
            if let Output::Transmit { socket, bytes, .. } = output {
                self.flying.push_back((Side::Us, socket, bytes));
            }
        }
        while self.flying.len() > FLYING {
            self.flying.pop_front();
        }
    }
}
