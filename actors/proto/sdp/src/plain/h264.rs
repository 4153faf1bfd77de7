//! Which H.264 streams fit which decoder (RFC 6184 section 8.1 and 8.2.2).

use crate::plain::Format;

/// A sub-profile: what `profile_idc` and the constraint bits of `profile-level-id` say together (RFC 6184 table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    ConstrainedBaseline,
    Baseline,
    Extended,
    Main,
    High,
    /// Another one, by its bytes.
    Other(u8, u8),
}

impl Profile {
    /// Of a format; Baseline where it says nothing. `None` for what cannot be read.
    fn of(format: &Format) -> Option<Profile> {
        let Some(id) = format.parameter("profile-level-id") else { return Some(Profile::Baseline) };
        let whole = id.len() == 6 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = u32::from_str_radix(id, 16).ok().filter(|_| whole)?;
        let (idc, constraints) = ((id >> 16) as u8, (id >> 8) as u8);
        let has = |bit: u8| constraints & (0x80 >> bit) != 0;
        Some(match (idc, has(0), has(1)) {
            _ if constraints & 0x0f != 0 => Profile::Other(idc, constraints),
            (0x42, _, true) | (0x4d, true, _) | (0x58, true, true) => Profile::ConstrainedBaseline,
            (0x42, _, false) | (0x58, true, false) => Profile::Baseline,
            (0x4d, false, _) if !has(2) => Profile::Main,
            (0x58, false, false) => Profile::Extended,
            (0x64, ..) if constraints == 0 => Profile::High,
            _ => Profile::Other(idc, constraints),
        })
    }

    /// Whether a decoder of it takes streams of `stream`.
    fn takes(self, stream: Profile) -> bool {
        use Profile::{Baseline, ConstrainedBaseline, Extended, High, Main};
        match (self, stream) {
            (Baseline | Main | Extended | High, ConstrainedBaseline) | (Extended, Baseline) | (High, Main) => true,
            (known, other) => known == other,
        }
    }
}

/// 0: one NAL unit a packet; 1: fragments and aggregates too; 2: interleaved. `None` for another one.
fn mode(format: &Format) -> Option<u8> {
    format.parameter("packetization-mode").map_or(Some(0), |mode| mode.parse().ok().filter(|mode| *mode <= 2))
}

/// Whether both name one configuration, as an answer must (RFC 6184 section 8.2.2): mode and sub-profile. The level
/// may differ.
pub(super) fn is_same(a: &Format, b: &Format) -> bool {
    let same_mode = mode(a).zip(mode(b)).is_some_and(|(a, b)| a == b);
    same_mode && Profile::of(a).zip(Profile::of(b)).is_some_and(|(a, b)| a == b)
}

/// Whether packets made for `stream` may be sent to who takes `receiver`.
pub(super) fn carries(receiver: &Format, stream: &Format) -> bool {
    // Interleaving is a format of its own (section 6.4).
    let fits = |(to, from): (u8, u8)| to == from || (to, from) == (1, 0);
    let modes = mode(receiver).zip(mode(stream)).is_some_and(fits);
    modes && Profile::of(receiver).zip(Profile::of(stream)).is_some_and(|(to, from)| to.takes(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(fmtp: &str) -> Format {
        Format { fmtp: Some(fmtp.to_owned()), ..Format::new(97, "H264", 90000) }
    }

    fn profile(id: &str) -> Option<Profile> {
        Profile::of(&format(&format!("profile-level-id={id}")))
    }

    #[test]
    fn the_sub_profiles_of_table_5() {
        use Profile::{Baseline, ConstrainedBaseline, Extended, High, Main, Other};
        for (id, expected) in [
            ("42e01f", ConstrainedBaseline),
            ("42C00A", ConstrainedBaseline),
            ("4d8028", ConstrainedBaseline),
            ("58c01f", ConstrainedBaseline),
            ("42001f", Baseline),
            ("42801f", Baseline),
            ("58801f", Baseline),
            ("4d001f", Main),
            ("4d401f", Main),
            ("58001f", Extended),
            ("64001f", High),
            ("640c1f", Other(0x64, 0x0c)),
            ("6e0028", Other(0x6e, 0)),
        ] {
            assert_eq!(profile(id), Some(expected), "{id}");
        }
        assert_eq!((profile("42e0"), profile("zz001f"), profile("+2e01f")), (None, None, None));
        assert_eq!(Profile::of(&format("packetization-mode=1")), Some(Baseline), "where nothing is said");
    }

    #[test]
    fn an_answer_has_mode_and_profile_of_the_offer_and_a_stream_may_be_less_than_its_receiver_takes() {
        let (own, plain) = (format("profile-level-id=42e01f;packetization-mode=1"), format("profile-level-id=42e01f"));
        let (other_level, baseline) = (format("profile-level-id=42e00a; packetization-mode=1"), format(""));
        assert!(is_same(&own, &other_level) && !is_same(&own, &plain) && !is_same(&plain, &baseline));
        assert!(carries(&own, &plain) && !carries(&plain, &own));
        assert!(carries(&baseline, &plain) && !carries(&plain, &baseline));
        assert!(
            !carries(&format("packetization-mode=2"), &baseline) && !is_same(&own, &format("packetization-mode=7"))
        );
    }
}
