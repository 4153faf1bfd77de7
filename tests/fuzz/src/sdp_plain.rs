//! Descriptions of a phone, one behind another: each is its offer or its answer to ours. What is taken is answered
//! line by line, within what was offered, never weaker than before, and leads only where the policy lets it.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use media::Certificate;
use media::bridge::{PhonePolicy, Srtp};
use media::phone::{Agreement, Medium, Output, Packet, PhoneLeg, PhoneSetup};
use sdp::plain::{Media, Session, Versions, formats};
use sdp::{AddressPolicy, Direction};

/// Stands between two descriptions; none holds it.
const BETWEEN: char = '\0';
/// Most descriptions of one input.
const DESCRIPTIONS: usize = 8;

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().expect("a certificate"));

/// Panics on a finding. The first character chooses the network's policy, the second who offers.
pub fn check(text: &str) {
    let mut characters = text.chars();
    let (Some(choice), Some(offers)) = (characters.next(), characters.next()) else { return };
    let mut phone = Phone::new(u32::from(choice));
    for (index, description) in characters.as_str().split(BETWEEN).take(DESCRIPTIONS).enumerate() {
        settles(description);
        match u32::from(offers) >> index & 1 {
            0 => phone.offers(description),
            _ => phone.answers(description),
        }
        phone.re_offer();
    }
}

/// What is written of a description is read, and written the same from then on.
fn settles(text: &str) {
    let Ok(session) = Session::parse(text) else { return };
    let first = again(&session);
    assert_eq!(first.media.len(), session.media.len());
    let second = again(&first);
    assert_eq!(second, again(&second));
    let address = [192, 0, 2, 1].into();
    let refused = again(&session.refusal(address));
    assert!(refused.media.len() == session.media.len() && refused.media.iter().all(Media::is_refused));
}

fn again(session: &Session) -> Session {
    let written = Versions::new(7).write(session);
    Session::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"))
}

struct Phone {
    leg: PhoneLeg,
    now: Instant,
    addresses: AddressPolicy,
    /// What was written last, by kinds.
    kinds: Vec<String>,
    /// Whether the sound was protected.
    secured: bool,
}

impl Phone {
    fn new(choice: u32) -> Phone {
        let mut policy = PhonePolicy::new([192, 0, 2, 1].into());
        policy.srtp = match choice & 3 {
            0 => Srtp::Off,
            1 => Srtp::Optional,
            2 => Srtp::Sdes,
            _ => Srtp::Dtls,
        };
        policy.video = choice & 4 != 0;
        policy.rtcp_mux = choice & 8 != 0;
        policy.ice = choice & 32 != 0;
        let addresses = AddressPolicy { loopback: choice & 16 != 0, ..AddressPolicy::default() };
        let leg = PhoneLeg::new(PhoneSetup { policy, addresses, ports: (4000, Some(4002)), entropy: [7; 32] })
            .identified(&CERTIFICATE);
        Phone { leg, now: Instant::now(), addresses, kinds: Vec::new(), secured: false }
    }

    fn offers(&mut self, text: &str) {
        let Ok((audio, video)) = self.leg.offered(text, false) else { return };
        let offer = Session::parse(text).expect("it was taken");
        let way = Direction::SendRecv;
        let Ok((answer, agreement)) = self.leg.accept(self.now, way, Some(way)) else {
            panic!("what can be offered can be accepted: {text}");
        };
        self.holds(&agreement);
        let written = Session::parse(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!(written.media.len(), offer.media.len(), "{answer}");
        let taken = written.media.iter().filter(|media| !media.is_refused());
        assert_eq!(taken.count(), 1 + usize::from(video.is_some()), "{answer}");
        for (theirs, ours) in offer.media.iter().zip(&written.media) {
            fits(theirs, ours, &answer);
            let offered = if ours.kind == "audio" { Some(audio) } else { video };
            assert!(
                ours.is_refused() || Some(formats::direction(theirs.direction, way)) == offered.map(formats::reversed)
            );
        }
        self.kinds = kinds(&written);
        self.leg.offered(text, false).expect("once more");
        let (repeated, _) = self.leg.accept(self.now, way, Some(way)).expect("once more");
        assert_eq!(repeated, answer, "the same offer has the same answer");
    }

    fn answers(&mut self, text: &str) {
        let way = Direction::SendRecv;
        if let Ok(offer) = self.leg.describe(way, Some(way), false)
            && let Ok(agreement) = self.leg.answered(self.now, text)
        {
            self.kinds = kinds(&Session::parse(&offer).expect("it is ours"));
            self.holds(&agreement);
        }
        self.leg.rollback(self.now);
    }

    /// What is agreed on can be used, and is no weaker than before.
    fn holds(&mut self, agreement: &Agreement) {
        let formats = &agreement.audio.formats;
        assert!(formats.iter().any(|format| format.is_codec()));
        // With pictures beside it, it may be these that are not secured.
        assert!(agreement.secured || agreement.video.is_some() || !self.secured, "protection was given up");
        self.secured |= agreement.secured;
        let Some(payload_type) = formats.first().map(|format| format.payload_type) else { return };
        let packet = Packet { payload_type, sequence: 1, timestamp: 160, marker: false, payload: &[0; 160] };
        self.now += Duration::from_millis(20);
        self.leg.send(self.now, Medium::Audio, &packet);
        while let Some(output) = self.leg.poll() {
            if let Output::Transmit { destination, .. } = output {
                assert!(self.addresses.permits(destination.ip()) && destination.port() > 0, "{destination}");
            }
        }
    }

    /// Our next offer keeps the lines where they are.
    fn re_offer(&mut self) {
        if let Ok(offer) = self.leg.describe(Direction::SendOnly, None, false) {
            let offer = Session::parse(&offer).unwrap_or_else(|error| panic!("{error}: {offer}"));
            let kinds = kinds(&offer);
            assert!(kinds.len() >= self.kinds.len(), "a line is missing");
            assert!(self.kinds.iter().zip(&kinds).all(|(old, new)| old == new), "{:?} {kinds:?}", self.kinds);
        }
        self.leg.rollback(self.now);
    }
}

fn kinds(session: &Session) -> Vec<String> {
    session.media.iter().map(|media| media.kind.clone()).collect()
}

/// Whether our answer to one line is within what it offers.
fn fits(theirs: &Media, ours: &Media, answer: &str) {
    assert!(ours.kind == theirs.kind && ours.protocol == theirs.protocol && ours.mid == theirs.mid, "{answer}");
    assert!(ours.is_refused() || !theirs.is_refused(), "{answer}");
    assert!(theirs.rtcp_mux || !ours.rtcp_mux, "{answer}");
    if ours.is_refused() {
        return;
    }
    for format in &ours.formats {
        let fits = |offered: &&sdp::plain::Format| {
            offered.payload_type == format.payload_type
                && (format.is_telephone_event() || formats::matches(offered, format))
        };
        assert!(theirs.formats.iter().any(|offered| fits(&offered)), "{format:?}: {answer}");
    }
    let tagged = |own: &sdp::plain::Crypto| {
        theirs.cryptos.iter().any(|offered| (offered.tag, offered.suite) == (own.tag, own.suite))
    };
    assert!(ours.cryptos.len() <= 1 && ours.cryptos.iter().all(tagged), "{answer}");
}
