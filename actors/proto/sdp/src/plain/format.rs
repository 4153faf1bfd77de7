//! [`Format`]: what a payload type carries.

use crate::Section;

/// One RTP format of an `m=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// 0 to 127.
    pub payload_type: u8,
    /// The encoding name as written; compare by [`Format::is`].
    pub name: String,
    /// RTP clock in Hz.
    pub clock_hz: u32,
    /// 1 when nothing is said.
    pub channels: u8,
    /// The value of `a=fmtp` behind the payload type.
    pub fmtp: Option<String>,
}

/// The name of key presses (RFC 4733).
const TELEPHONE_EVENT: &str = "telephone-event";

/// Payload type, name and clock of what needs no `a=rtpmap` (RFC 3551 section 6), mono audio and video.
const STATIC: [(u8, &str, u32); 17] = [
    (0, "PCMU", 8000),
    (3, "GSM", 8000),
    (4, "G723", 8000),
    (5, "DVI4", 8000),
    (6, "DVI4", 16000),
    (7, "LPC", 8000),
    (8, "PCMA", 8000),
    (9, "G722", 8000),
    (11, "L16", 44100),
    (12, "QCELP", 8000),
    (13, "CN", 8000),
    (14, "MPA", 90000),
    (15, "G728", 8000),
    (18, "G729", 8000),
    (26, "JPEG", 90000),
    (31, "H261", 90000),
    (34, "H263", 90000),
];

impl Format {
    /// A mono format without parameters.
    pub fn new(payload_type: u8, name: &str, clock_hz: u32) -> Format {
        Format { payload_type, name: name.to_owned(), clock_hz, channels: 1, fmtp: None }
    }

    /// What RFC 3551 gives that payload type, if anything.
    pub fn fixed(payload_type: u8) -> Option<Format> {
        let (_, name, clock_hz) = STATIC.iter().find(|(number, ..)| *number == payload_type)?;
        Some(Format::new(payload_type, name, *clock_hz))
    }

    /// What `text`, a word of the `m=` line, stands for in `section`: `a=rtpmap` first, else the
    /// fixed one. `None` for a dynamic type without map and for what is no payload type.
    pub fn read(section: Section<'_>, text: &str) -> Option<Format> {
        let payload_type = text.parse::<u8>().ok().filter(|number| *number < 128)?;
        let mapped = section.rtpmaps().find(|map| map.payload_type == payload_type).map(|map| Format {
            payload_type,
            name: map.codec.to_owned(),
            clock_hz: map.clock_hz,
            channels: map.channels,
            fmtp: None,
        });
        let format = mapped.or_else(|| Format::fixed(payload_type))?;
        let fmtp = section.fmtp(payload_type).map(|value| value.trim().to_owned());
        (format.clock_hz > 0).then_some(Format { fmtp, ..format })
    }

    /// Whether it has that encoding name; names have no case (RFC 4855 section 3).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it carries key presses.
    pub fn is_telephone_event(&self) -> bool {
        self.is(TELEPHONE_EVENT)
    }

    /// Whether it carries sound or pictures, not key presses, comfort noise or redundancy.
    pub fn is_codec(&self) -> bool {
        !["telephone-event", "CN", "red", "rtx", "ulpfec", "flexfec-03", "tone"].iter().any(|name| self.is(name))
    }

    /// The value of a parameter in `a=fmtp`, without case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.fmtp.as_deref()?.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The `a=rtpmap` value, with channels where there is more than one.
    pub(crate) fn rtpmap(&self) -> String {
        match self.channels {
            0 | 1 => format!("{} {}/{}", self.payload_type, self.name, self.clock_hz),
            channels => format!("{} {}/{}/{channels}", self.payload_type, self.name, self.clock_hz),
        }
    }
}
