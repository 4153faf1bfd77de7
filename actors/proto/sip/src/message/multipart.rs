//! The parts of a multipart body (RFC 2046 section 5.1, RFC 5621).

use super::grammar::trim;
use super::headers::Headers;
use super::limits;
use super::name::{self, Name};
use super::value::MediaType;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// `text/plain` where the part says nothing.
    pub kind: MediaType,
    /// Content-Disposition, the word only, in small letters.
    pub disposition: Option<String>,
    /// Its bytes as they are.
    pub body: &'a [u8],
}

/// The parts of `body`, whose Content-Type `kind` is a multipart. Parts of
/// a multipart within come in its place, [`limits::MULTIPART_DEPTH`] deep.
///
/// `None`: the boundary is missing, the closing one did not come, or there are more than [`limits::PARTS`].
pub fn parts<'a>(kind: &MediaType, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let mut out = Vec::new();
    collect(kind, body, limits::MULTIPART_DEPTH, &mut out)?;
    Some(out)
}

/// The session description of a message: the body, or the first such part of a multipart.
pub fn description<'a>(headers: &Headers, body: &'a [u8]) -> Option<&'a [u8]> {
    let kind = headers.content_type().ok().flatten().filter(|_| !body.is_empty())?;
    if kind.is("application/sdp") {
        return Some(body);
    }
    parts(&kind, body)?.into_iter().find(|part| part.kind.is("application/sdp")).map(|part| part.body)
}

fn collect<'a>(kind: &MediaType, body: &'a [u8], depth: usize, out: &mut Vec<Part<'a>>) -> Option<()> {
    let boundary = kind.params.get("boundary").filter(|boundary| !boundary.is_empty())?;
    if kind.kind != "multipart" || depth == 0 {
        return None;
    }
    for section in sections(body, format!("--{boundary}").as_bytes())? {
        let part = part(section)?;
        if part.kind.kind == "multipart" {
            collect(&part.kind, part.body, depth - 1, out)?;
        } else {
            out.push(part);
        }
        if out.len() > limits::PARTS {
            return None;
        }
    }
    Some(())
}

/// What stands between the boundary lines.
fn sections<'a>(body: &'a [u8], delimiter: &[u8]) -> Option<Vec<&'a [u8]>> {
    let (mut sections, mut begun, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(delimiter) {
            let is_last = rest.starts_with(b"--");
            let is_delimiter = is_last || rest.trim_ascii().is_empty();
            if is_delimiter {
                if let Some(from) = begun {
                    sections.push(without_line_end(body.get(from..at)?));
                }
                if is_last {
                    return Some(sections);
                }
                begun = Some(at + line.len());
            }
        }
        at += line.len();
    }
    None
}

/// The line end before a boundary belongs to the boundary.
fn without_line_end(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}

fn part(section: &[u8]) -> Option<Part<'_>> {
    let (head, body) = match section {
        [b'\n', body @ ..] | [b'\r', b'\n', body @ ..] => (&[][..], body),
        _ => section.split_at_checked(super::parse::end_of_head(section, 0)?)?,
    };
    let text = String::from_utf8_lossy(head);
    let header = |wanted: Name| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(name, _)| Name::parse(trim(name)).as_ref() == Some(&wanted))
            .map(|(_, value)| trim(value).to_owned())
    };
    let kind = MediaType::parse(header(name::CONTENT_TYPE).as_deref().unwrap_or("text/plain"))?;
    let disposition = header(name::CONTENT_DISPOSITION);
    let disposition = disposition.and_then(|text| text.split(';').next().map(|word| trim(word).to_ascii_lowercase()));
    Some(Part { kind, disposition, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_at_the_boundary_and_stay_bytes() {
        let kind = MediaType::parse("multipart/mixed;boundary=\"b:1\"").unwrap();
        let body = b"preamble\r\n--b:1\r\nContent-Type: application/sdp\r\nContent-Disposition: Session;handling=required\r\n\r\nv=0\r\n\r\n--b:1 \r\n\r\n\xff\x00\r\n--b:1--\r\n";
        let read = parts(&kind, body).unwrap();
        assert_eq!((read.len(), read[0].body, read[1].body), (2, &b"v=0\r\n"[..], &b"\xff\x00"[..]));
        assert_eq!(read[0].disposition.as_deref(), Some("session"));
        assert!(read[1].kind.is("text/plain"));
    }

    #[test]
    fn what_is_not_closed_or_too_deep_is_refused() {
        let kind = MediaType::parse("multipart/mixed;boundary=b").unwrap();
        assert_eq!(parts(&kind, b"--b\r\n\r\nx\r\n"), None);
        assert_eq!(parts(&MediaType::parse("multipart/mixed").unwrap(), b""), None);
        let mut body = b"--b\r\n\r\nx\r\n--b--\r\n".to_vec();
        let mut outer = kind;
        for level in 0..limits::MULTIPART_DEPTH {
            body = [
                format!("--c{level}\r\nContent-Type: {outer}\r\n\r\n").as_bytes(),
                &body,
                format!("\r\n--c{level}--\r\n").as_bytes(),
            ]
            .concat();
            outer = MediaType::parse(&format!("multipart/mixed;boundary=c{level}")).unwrap();
        }
        assert_eq!(parts(&outer, &body), None);
    }
}
