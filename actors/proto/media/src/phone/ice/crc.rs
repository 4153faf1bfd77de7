//! The CRC-32 of FINGERPRINT (RFC 8489 section 14.7; ITU-T V.42).

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut value, mut bit) = (byte as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// Of the parts one after the other.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let at = usize::from((crc as u8) ^ byte);
        (crc >> 8) ^ TABLE.get(at).copied().unwrap_or(0)
    };
    !parts.iter().copied().flatten().fold(u32::MAX, step)
}
