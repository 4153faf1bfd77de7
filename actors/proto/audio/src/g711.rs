//! G.711: one byte a sample, logarithmic (ITU-T G.711).

use crate::Codec;

/// One of the two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Law {
    Mu,
    A,
}

impl Law {
    pub(crate) const fn codec(self) -> Codec {
        match self {
            Self::Mu => Codec::Pcmu,
            Self::A => Codec::Pcma,
        }
    }

    pub(crate) fn decode(self, payload: &[u8], pcm: &mut Vec<i16>) {
        let table = match self {
            Self::Mu => &MU,
            Self::A => &A,
        };
        pcm.extend(payload.iter().filter_map(|byte| table.get(usize::from(*byte))));
    }

    pub(crate) fn encode(self, pcm: &[i16], payload: &mut Vec<u8>) {
        match self {
            Self::Mu => payload.extend(pcm.iter().map(|sample| to_mu(*sample))),
            Self::A => payload.extend(pcm.iter().map(|sample| to_a(*sample))),
        }
    }
}

static MU: [i16; 256] = table(Law::Mu);
static A: [i16; 256] = table(Law::A);

#[expect(clippy::indexing_slicing, reason = "the loop ends with the table")]
const fn table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match law {
            Law::Mu => from_mu(byte as u8),
            Law::A => from_a(byte as u8),
        };
        byte += 1;
    }
    table
}

/// What mu-law adds to each magnitude, so that its segments double in length (G.711 table 2a).
const MU_BIAS: i32 = 132;
/// Greatest magnitude of mu-law on the scale of 16 bits.
const MU_MAX: i32 = 32_635;

const fn from_mu(byte: u8) -> i16 {
    let bits = !byte as i32;
    let magnitude = ((((bits & 0xf) << 3) + MU_BIAS) << ((bits & 0x70) >> 4)) - MU_BIAS;
    (if bits & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

fn to_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_MAX) + MU_BIAS;
    let segment = magnitude.ilog2() - 7;
    let bits = sign | (segment as u8) << 4 | ((magnitude >> (segment + 3)) as u8 & 0xf);
    !bits
}

/// A-law inverts every other bit (G.711 table 1a), against long runs of zeros.
const A_INVERTED: u8 = 0x55;

const fn from_a(byte: u8) -> i16 {
    let bits = (byte ^ A_INVERTED) as i32;
    let (segment, step) = ((bits & 0x70) >> 4, (bits & 0xf) << 4);
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    (if bits & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

fn to_a(sample: i16) -> u8 {
    let (sign, value) = if sample < 0 { (0, !sample >> 4) } else { (0x80, sample >> 4) };
    // 12 bits of magnitude in steps of 16: segments 0 and 1 are linear, each further one twice as coarse.
    let segment = (value | 1).ilog2().saturating_sub(3) as u8;
    let mantissa = (value >> segment.saturating_sub(1)) as u8 & 0xf;
    (sign | segment << 4 | mantissa) ^ A_INVERTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_are_those_of_the_standard() {
        assert_eq!((from_mu(0xff), from_mu(0x80), from_mu(0x00)), (0, 32_124, -32_124));
        assert_eq!((from_a(0xd5), from_a(0x55), from_a(0xaa), from_a(0x2a)), (8, -8, 32_256, -32_256));
    }

    #[test]
    fn each_byte_comes_back_from_its_own_sample() {
        for byte in 0..=255 {
            assert_eq!(to_a(from_a(byte)), byte);
            // Mu-law has two zeros: the negative one is written as the positive one.
            assert_eq!(to_mu(from_mu(byte)), if byte == 0x7f { 0xff } else { byte });
        }
    }

    #[test]
    fn no_sample_is_further_off_than_half_a_step() {
        for sample in -MU_MAX..=MU_MAX {
            // A step is a sixteenth of its segment, and the segments double.
            let step = (sample.abs() + MU_BIAS) / 16;
            for back in [from_mu(to_mu(sample as i16)), from_a(to_a(sample as i16))] {
                assert!((i32::from(back) - sample).abs() <= step / 2 + 8, "{sample} became {back}");
            }
        }
        assert_eq!((from_mu(to_mu(i16::MIN)), from_a(to_a(i16::MIN))), (-32_124, -32_256));
        assert_eq!((from_mu(to_mu(i16::MAX)), from_a(to_a(i16::MAX))), (32_124, 32_256));
    }
}
