//! The header of a WAV file: 16 bit PCM, two channels.

use crate::Rate;

const CHANNELS: u16 = 2;
const SAMPLE_BYTES: u16 = 2;
/// Bytes of [`header`].
const HEADER: u32 = 44;

/// The header of a file with `sound` bytes behind it; one too long for 32 bits is "to the end of the file".
pub(super) fn header(rate: Rate, sound: u64) -> Vec<u8> {
    let data = u32::try_from(sound).unwrap_or(u32::MAX);
    let frame = CHANNELS * SAMPLE_BYTES;
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &data.saturating_add(HEADER - 8).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &CHANNELS.to_le_bytes(),
        &rate.hz().to_le_bytes(),
        &(rate.hz() * u32::from(frame)).to_le_bytes(),
        &frame.to_le_bytes(),
        &(8 * SAMPLE_BYTES).to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    fields.concat()
}
