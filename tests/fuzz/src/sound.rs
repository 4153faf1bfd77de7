//! Payloads of anyone, in any order and at any time, to where sound is decoded: a transcoder towards the other side, and
//! a recording. What comes out is a steady stream whatever comes in.

use std::time::{Duration, Instant};

use audio::record::{Container, Side};
use audio::{Codec, Packet, Recorder, Setup, Transcoder, limits};

const PTIME: Duration = Duration::from_millis(20);

/// Panics on a finding. The first byte chooses the codecs, then each four say what a packet is like and when it comes,
/// for how many bytes of payload behind them.
pub fn check(bytes: &[u8]) {
    let Some((&choice, mut rest)) = bytes.split_first() else { return };
    let codec = |at: u8| Codec::ALL[usize::from(at % 4)];
    let (from, to) = (codec(choice), codec(choice >> 2));
    let mut transcoder = Transcoder::new(Setup { from, to, ptime: PTIME, seed: 7 }).expect("a packet time of the list");
    let begin = Instant::now();
    let container = if choice & 16 == 0 { Container::Wav } else { Container::Ogg };
    let (mut recorder, mut recorded) = (Recorder::new(begin, container, 7), 0);
    let (mut now, mut sequence, mut timestamp) = (begin, 1000_u64, 0_u32);
    for _ in 0..48 {
        let Some((&[order, wait, high, low], left)) = rest.split_first_chunk() else { break };
        let length = usize::from(u16::from_be_bytes([high & 7, low])).min(left.len());
        let (payload, left) = left.split_at_checked(length).unwrap_or((left, &[]));
        rest = left;
        now += Duration::from_millis(u64::from(wait));
        sequence = sequence.saturating_add_signed(i64::from((order & 15) as i8) - 3);
        timestamp = timestamp.wrapping_add(u32::from(order >> 4) * 240);
        let packet = Packet { sequence, timestamp, marker: high & 128 != 0, payload: payload.to_vec() };
        let side = if high & 64 == 0 { Side::Phone } else { Side::Browser };
        recorder.push(now, side, if high & 32 == 0 { from } else { to }, packet.clone());
        transcoder.push(now, packet);
        let mut frames = 0;
        while let Some(frame) = transcoder.pull(now) {
            frames += 1;
            assert!(!frame.payload.is_empty() && frame.payload.len() <= limits::PAYLOAD_BYTES);
        }
        assert!(frames <= 64, "{frames} frames at once");
        recorded += recorder.poll(now).len();
    }
    recorded += recorder.finish(now).len();
    let lasted = now.saturating_duration_since(begin);
    let most = 2_000 + lasted.as_millis() as usize * 64;
    assert!(recorded <= most, "{recorded} bytes for {lasted:?}");
    if container == Container::Wav {
        assert_eq!(recorded, 44 + lasted.as_millis() as usize / 20 * 1280);
    }
}
