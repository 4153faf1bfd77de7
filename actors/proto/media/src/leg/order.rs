//! The order of formats in a description: the first is the one its reader sends (RFC 3264 6.1).

/// Puts the payload types of `m=audio` and `m=video` whose encoding is among `names` first, in that order. All
/// others follow as they stood.
pub(crate) fn prefer(sdp: &str, names: &[&str]) -> String {
    let lines: Vec<&str> = sdp.lines().collect();
    let mut written = String::with_capacity(sdp.len() + 2);
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with("m=audio ") || line.starts_with("m=video ") {
            let rest = lines.get(index + 1..).unwrap_or_default();
            let section: Vec<&str> = rest.iter().copied().take_while(|line| !line.starts_with("m=")).collect();
            written.push_str(&ordered(line, &section, names));
        } else {
            written.push_str(line);
        }
        written.push_str("\r\n");
    }
    written
}

/// An `m=` line with its formats sorted; three words stand before them (RFC 8866 5.14).
fn ordered(line: &str, section: &[&str], names: &[&str]) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let (head, formats) = words.split_at(words.len().min(3));
    let mut formats = formats.to_vec();
    formats.sort_by_key(|format| {
        let name = section.iter().find_map(|line| encoding(line, format));
        names
            .iter()
            .position(|wanted| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
            .unwrap_or(names.len())
    });
    [head, formats.as_slice()].concat().join(" ")
}

/// The encoding name of an `a=rtpmap` line for this payload type.
fn encoding<'a>(line: &'a str, format: &str) -> Option<&'a str> {
    let (payload_type, map) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
    (payload_type == format).then(|| map.split('/').next()).flatten()
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
        assert_eq!(prefer(sdp, &["pcma", "opus"]), sdp.replace("111 0 8 110", "8 111 0 110"));
        assert_eq!(prefer(sdp, &[]), sdp);
        assert_eq!(prefer("m=audio", &["pcma"]), "m=audio\r\n");
    }

    #[test]
    fn video_is_switched_off_and_audio_is_not() {
        let sdp = "m=audio 9 X 0\r\na=sendrecv\r\nm=video 9 X 96\r\na=sendrecv\r\na=mid:1\r\n";
        let off = "m=audio 9 X 0\r\na=sendrecv\r\nm=video 9 X 96\r\na=inactive\r\na=mid:1\r\n";
        assert_eq!(without_video(sdp), off);
    }
}
