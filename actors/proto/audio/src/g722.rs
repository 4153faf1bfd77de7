//! G.722 at 64 kbit/s: 16 kHz in two bands, each coded as differences (ITU-T G.722).
//! Names of the steps are those of the standard's block diagrams.

use crate::sample::saturated;

/// The quadrature mirror filter that splits and joins the bands (G.722 table 11), half of its taps.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// Decision levels of the lower band, in 1/4096 of the step (table 14).
const Q6: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Output of the 6 bit quantizer (table 17).
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232, -9360,
    -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360,
    -1040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360, 8576, 7856, 7192, 6576,
    6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// Output of its 4 upper bits, which alone adapt the lower band.
const QM4: [i32; 16] =
    [0, -20_456, -12_896, -8968, -6288, -4240, -2584, -1200, 20_456, 12_896, 8968, 6288, 4240, 2584, 1200, 0];
/// Output of the 2 bit quantizer of the higher band.
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
/// How each output changes the logarithmic step of its band (tables 19 and 20).
const LOWER_STEP: [i32; 16] = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const HIGHER_STEP: [i32; 4] = [798, -214, 798, -214];
/// 2048 times the powers of 2 by 32nds.
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// Decision level of the higher band, in 1/4096 of the step.
const Q2: i32 = 564;

/// The entry of a table whose length is a power of two.
fn entry<const N: usize>(table: &[i32; N], index: i32) -> i32 {
    table.get(index as usize & (N - 1)).copied().unwrap_or_default()
}

fn clamped(value: i32) -> i32 {
    i32::from(saturated(value))
}

/// What both ends know of one band: the predictor and the step.
#[derive(Debug)]
struct Band {
    /// Predicted signal, and the part of it by the zeros.
    s: i32,
    sz: i32,
    /// The last two reconstructed and partly reconstructed signals.
    r: [i32; 2],
    p: [i32; 2],
    /// Poles and zeros of the predictor, and the differences the zeros weigh.
    a: [i32; 2],
    b: [i32; 6],
    d: [i32; 6],
    /// Logarithmic and linear step.
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Self {
        Self { s: 0, sz: 0, r: [0; 2], p: [0; 2], a: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det }
    }

    /// A quantizer's output on the scale of the band.
    fn scaled(&self, output: i32) -> i32 {
        (self.det * output) >> 15
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH.
    fn step(&mut self, change: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + change).clamp(0, most);
        let power = entry(&ILB, self.nb >> 6);
        let down = shift - (self.nb >> 11);
        self.det = (if down < 0 { power << -down } else { power >> down }) << 2;
    }

    /// Block 4: the predictor follows the difference `d`.
    fn adapt(&mut self, d: i32) {
        let (r, p) = (clamped(self.s + d), clamped(self.sz + d));
        self.a = self.poles(p);
        let by = if d == 0 { 0 } else { 128 };
        for (b, older) in self.b.iter_mut().zip(self.d) {
            let agree = (older < 0) == (d < 0);
            *b = clamped((if agree { by } else { -by }) + ((*b * 32_640) >> 15));
        }
        self.d.rotate_right(1);
        if let Some(first) = self.d.first_mut() {
            *first = d;
        }
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        let weighed = |weight: i32, value: i32| (weight * clamped(2 * value)) >> 15;
        let sp = clamped(weighed(self.a[0], self.r[0]) + weighed(self.a[1], self.r[1]));
        self.sz = clamped(self.b.iter().zip(self.d).map(|(b, d)| weighed(*b, d)).sum());
        self.s = clamped(sp + self.sz);
    }

    /// UPPOL1 and UPPOL2: the poles after the partly reconstructed signal `p`.
    fn poles(&self, p: i32) -> [i32; 2] {
        let [first, second] = self.a;
        let agrees = |older: i32| (older < 0) == (p < 0);
        let turned = clamped(first * 4);
        let turned = if agrees(self.p[0]) { -turned } else { turned }.min(32_767);
        let pull = (if agrees(self.p[1]) { 128 } else { -128 }) + (turned >> 7);
        let second = (pull + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let pull = if agrees(self.p[0]) { 192 } else { -192 };
        let most = clamped(15_360 - second);
        let first = clamped(pull + ((first * 32_640) >> 15)).clamp(-most, most);
        [first, second]
    }
}

/// Both bands, the same in encoder and decoder.
#[derive(Debug)]
struct Bands {
    lower: Band,
    higher: Band,
}

impl Bands {
    fn new() -> Self {
        Self { lower: Band::new(32), higher: Band::new(8) }
    }

    /// Follows one code word: both ends do, so they stay alike.
    fn adapt(&mut self, code: i32) {
        let four = (code & 0x3f) >> 2;
        let d = self.lower.scaled(entry(&QM4, four));
        self.lower.step(entry(&LOWER_STEP, four), 18_432, 8);
        self.lower.adapt(d);
        let two = code >> 6;
        let d = self.higher.scaled(entry(&QM2, two));
        self.higher.step(entry(&HIGHER_STEP, two), 22_528, 10);
        self.higher.adapt(d);
    }
}

/// The last samples that the mirror filter sees.
#[derive(Debug, Default)]
struct Mirror {
    pairs: [[i32; 2]; QMF.len()],
}

impl Mirror {
    /// The two sums of taps after `pair` came.
    fn push(&mut self, pair: [i32; 2]) -> (i32, i32) {
        self.pairs.rotate_left(1);
        if let Some(last) = self.pairs.last_mut() {
            *last = pair;
        }
        let first = self.pairs.iter().zip(QMF).map(|([first, _], tap)| first * tap).sum();
        let second = self.pairs.iter().zip(QMF.iter().rev()).map(|([_, second], tap)| second * tap).sum();
        (first, second)
    }
}

#[derive(Debug)]
pub(crate) struct G722Decoder {
    bands: Bands,
    mirror: Mirror,
}

impl G722Decoder {
    pub(crate) fn new() -> Self {
        Self { bands: Bands::new(), mirror: Mirror::default() }
    }

    /// Appends two samples at 16 kHz for each byte.
    pub(crate) fn decode(&mut self, payload: &[u8], wide: &mut Vec<i16>) {
        for code in payload.iter().copied().map(i32::from) {
            let Bands { lower, higher } = &self.bands;
            let low = (lower.s + lower.scaled(entry(&QM6, code & 0x3f))).clamp(-16_384, 16_383);
            let high = (higher.s + higher.scaled(entry(&QM2, code >> 6))).clamp(-16_384, 16_383);
            self.bands.adapt(code);
            let (second, first) = self.mirror.push([low + high, low - high]);
            wide.extend([saturated(first >> 11), saturated(second >> 11)]);
        }
    }
}

#[derive(Debug)]
pub(crate) struct G722Encoder {
    bands: Bands,
    mirror: Mirror,
}

impl G722Encoder {
    pub(crate) fn new() -> Self {
        Self { bands: Bands::new(), mirror: Mirror::default() }
    }

    /// Appends one byte for each two samples at 16 kHz.
    pub(crate) fn encode(&mut self, pairs: &[[i16; 2]], payload: &mut Vec<u8>) {
        for [first, second] in pairs {
            let (odd, even) = self.mirror.push([i32::from(*first), i32::from(*second)]);
            let low = lower_code(&self.bands.lower, (even + odd) >> 14);
            let high = higher_code(&self.bands.higher, (even - odd) >> 14);
            let code = high << 6 | low;
            self.bands.adapt(code);
            payload.push(code as u8);
        }
    }
}

/// The magnitude of a difference and whether it is negative.
fn split(difference: i32) -> (i32, bool) {
    if difference < 0 { (!difference, true) } else { (difference, false) }
}

/// QUANTL.
fn lower_code(band: &Band, signal: i32) -> i32 {
    let (magnitude, negative) = split(clamped(signal - band.s));
    let above = Q6.iter().take_while(|level| magnitude >= (**level * band.det) >> 12).count() as i32;
    match (negative, above) {
        (true, 0 | 1) => 63 - above,
        (true, _) => 33 - above,
        (false, _) => 61 - above,
    }
}

/// QUANTH.
fn higher_code(band: &Band, signal: i32) -> i32 {
    let (magnitude, negative) = split(clamped(signal - band.s));
    let far = magnitude >= (Q2 * band.det) >> 12;
    match (negative, far) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a.
    fn digest(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
    }

    #[test]
    fn each_bit_is_that_of_the_reference() {
        // The digests are of what SpanDSP's codec (public domain) makes of these sweeps, growing into clipping.
        let pairs: Vec<[i16; 2]> = (0..2048).map(|n| [2 * n, 2 * n + 1].map(sweep)).collect();
        let (mut payload, mut wide) = (Vec::new(), Vec::new());
        G722Encoder::new().encode(&pairs, &mut payload);
        G722Decoder::new().decode(&payload, &mut wide);
        assert_eq!(digest(&payload), 0xa6d1_769e_0727_fb60);
        let bytes: Vec<u8> = wide.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        assert_eq!(digest(&bytes), 0x7075_d570_8ab6_eaa7);
    }

    fn sweep(n: i32) -> i16 {
        let loudness = n / 512 + 1;
        saturated(n * n % 9973 * loudness - 9973 * loudness / 2)
    }
}
