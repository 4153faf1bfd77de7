//! The order of formats in a description: the first is the one its reader sends (RFC 3264 6.1).

use sdp::plain::Format;
use sdp::plain::formats::carries;

/// The RTP clock of all pictures (RFC 3551 section 5).
const VIDEO_HZ: u32 = 90_000;

/// Puts the payload types of `m=audio` and `m=video` that are of `wanted` first, in that order: what its reader sends
/// of an H.264 one, who wants it must take (RFC 6184 section 8.2.2). All others follow as they stood.
pub(crate) fn prefer(sdp: &str, wanted: &[Format]) -> String {
    let lines: Vec<&str> = sdp.lines().collect();
    let mut written = String::with_capacity(sdp.len() + 2);
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with("m=audio ") || line.starts_with("m=video ") {
            let rest = lines.get(index + 1..).unwrap_or_default();
            let section: Vec<&str> = rest.iter().copied().take_while(|line| !line.starts_with("m=")).collect();
            written.push_str(&ordered(line, &section, wanted));
        } else {
            written.push_str(line);
        }
        written.push_str("\r\n");
    }
    written
}

/// An `m=` line with its formats sorted; three words stand before them (RFC 8866 5.14).
fn ordered(line: &str, section: &[&str], wanted: &[Format]) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let (head, formats) = words.split_at(words.len().min(3));
    let mut formats = formats.to_vec();
    formats.sort_by_key(|format| {
        let offered = read(section, format);
        let fits = |wanted: &Format| offered.as_ref().is_some_and(|offered| is_for(wanted, offered));
        wanted.iter().position(fits).unwrap_or(wanted.len())
    });
    [head, formats.as_slice()].concat().join(" ")
}

/// Clocks and channels are the same for all of a name.
fn is_for(wanted: &Format, offered: &Format) -> bool {
    offered.is(&wanted.name) && (!wanted.is("H264") || carries(wanted, offered))
}

/// The encoding and parameters of this payload type.
fn read(section: &[&str], payload_type: &str) -> Option<Format> {
    let value = |name: &str| {
        let lines = section.iter().filter_map(|line| line.strip_prefix(name)?.split_once(' '));
        lines.filter(|(number, _)| *number == payload_type).map(|(_, value)| value).next()
    };
    let name = value("a=rtpmap:")?.split('/').next()?;
    let fmtp = value("a=fmtp:").map(str::to_owned);
    Some(Format { fmtp, ..Format::new(payload_type.parse().ok()?, name, VIDEO_HZ) })
}

/// Says `a=inactive` in each `m=video`: nobody wants the far end's pictures.
pub(crate) fn without_video(sdp: &str) -> String {
    let mut video = false;
    let line = |line: &str| {
        video = if line.starts_with("m=") { line.starts_with("m=video ") } else { video };
        let way = ["a=sendrecv", "a=sendonly", "a=recvonly"].contains(&line);
        [if video && way { "a=inactive" } else { line }, "\r\n"].concat()
    };
    sdp.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_codecs_come_first_and_the_rest_keeps_its_order() {
        let sdp = "v=0\r\nm=audio 9 X 111 0 8 110\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\n\
                   a=rtpmap:8 PCMA/8000\r\na=rtpmap:110 telephone-event/48000\r\nm=video 9 X 96 8\r\n";
        let names = |names: &[&str]| names.iter().map(|name| Format::new(0, name, 8000)).collect::<Vec<_>>();
        assert_eq!(prefer(sdp, &names(&["pcma", "opus"])), sdp.replace("111 0 8 110", "8 111 0 110"));
        assert_eq!(prefer(sdp, &[]), sdp);
        assert_eq!(prefer("m=audio", &names(&["pcma"])), "m=audio\r\n");
    }

    #[test]
    fn of_h264_the_one_comes_first_that_the_phone_takes() {
        let sdp = "m=video 9 X 96 102 104\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n\
                   a=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\na=rtpmap:104 H264/90000\r\n\
                   a=fmtp:104 packetization-mode=0;profile-level-id=42e01f\r\n";
        let phone = |mode: u8| Format {
            fmtp: Some(format!("profile-level-id=42e014;packetization-mode={mode}")),
            ..Format::new(99, "H264", 90000)
        };
        assert_eq!(prefer(sdp, &[phone(0)]), sdp.replace("96 102 104", "104 96 102"));
        assert_eq!(prefer(sdp, &[phone(1)]), sdp.replace("96 102 104", "102 104 96"));
    }

    #[test]
    fn video_is_switched_off_and_audio_is_not() {
        let sdp = "m=audio 9 X 0\r\na=sendrecv\r\nm=video 9 X 96\r\na=sendrecv\r\na=mid:1\r\n";
        let off = "m=audio 9 X 0\r\na=sendrecv\r\nm=video 9 X 96\r\na=inactive\r\na=mid:1\r\n";
        assert_eq!(without_video(sdp), off);
    }
}
