//! `call.dtmf`: text to tones.

use signal::Error;

/// One step of a DTMF text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A key: `0-9 * # A-D` (RFC 4733 table 7).
    Digit(char),
    /// `,`: two seconds of silence (W3C WebRTC, insertDTMF).
    Pause,
}

/// The steps of `text`, letters in upper case.
///
/// Errors: `invalidField` on any other character.
pub fn tones(text: &str) -> Result<Vec<Tone>, Error> {
    let tone = |c: char| match c.to_ascii_uppercase() {
        digit @ ('0'..='9' | '*' | '#' | 'A'..='D') => Ok(Tone::Digit(digit)),
        ',' => Ok(Tone::Pause),
        _ => Err(Error::field("dtmf", "0-9 * # A-D or ,")),
    };
    text.chars().map(tone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_the_pause_are_tones() {
        assert_eq!(tones("1,d").unwrap(), [Tone::Digit('1'), Tone::Pause, Tone::Digit('D')]);
        assert_eq!(tones("0123456789*#ABCD").unwrap().len(), 16);
        for wrong in ["e", "1 2", "\n", "٣"] {
            assert_eq!(tones(wrong).unwrap_err().code, signal::Code::InvalidField);
        }
    }
}
