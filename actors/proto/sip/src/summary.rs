//! [`Summary`]: how many messages wait in a mailbox (RFC 3842), told by NOTIFY of package `message-summary`.

use crate::message::{Request, Status};

/// Longest body that is looked at, in bytes.
const BODY_BYTES: usize = 4096;

/// What a NOTIFY says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether anything waits.
    pub waiting: bool,
    /// New voice messages, if the mailbox counts.
    pub new: Option<u32>,
    /// Old voice messages.
    pub old: Option<u32>,
}

impl Summary {
    /// Reads a NOTIFY.
    ///
    /// Errors: the status to answer with; 489 for another event package, 415 for another body, 400 for what cannot be
    /// read.
    pub fn of_notify(request: &Request) -> Result<Summary, Status> {
        let event = request.headers.event().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        if !event.value.eq_ignore_ascii_case("message-summary") {
            return Err(Status::BAD_EVENT);
        }
        let kind = request.headers.content_type().map_err(|_| Status::BAD_REQUEST)?;
        match kind {
            // A subscription that ends or just began may say nothing.
            None if request.body().is_empty() => return Ok(Summary::default()),
            Some(kind) if kind.is("application/simple-message-summary") => {}
            Some(_) | None => return Err(Status::UNSUPPORTED_MEDIA_TYPE),
        }
        let text = std::str::from_utf8(request.body()).ok().filter(|text| text.len() <= BODY_BYTES);
        text.and_then(read).ok_or(Status::BAD_REQUEST)
    }
}

fn read(text: &str) -> Option<Summary> {
    let value = |wanted: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let waiting = match value("Messages-Waiting")?.to_ascii_lowercase().as_str() {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    let (mut new, mut old) = (None, None);
    if let Some(counts) = value("Voice-Message") {
        // `new/old (urgent-new/urgent-old)`
        let (first, rest) = counts.split_once('/')?;
        let digits = rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
        (new, old) = (Some(first.trim().parse().ok()?), Some(digits.parse().ok()?));
    }
    Some(Summary { waiting, new, old })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{MediaType, name};
    use crate::transaction::samples::request;

    fn notify(body: &str) -> Result<Summary, u16> {
        let mut notify = request("NOTIFY");
        notify.headers.push(name::EVENT, "message-summary");
        let kind = MediaType::parse("application/simple-message-summary").unwrap();
        notify.set_body(&kind, body.as_bytes().to_vec());
        Summary::of_notify(&notify).map_err(Status::code)
    }

    #[test]
    fn counts_are_read() {
        let body = "Messages-Waiting: yes\r\nMessage-Account: sip:a@h\r\nvoice-message: 2/8 (0/2)\r\n";
        assert_eq!(notify(body), Ok(Summary { waiting: true, new: Some(2), old: Some(8) }));
        assert_eq!(notify("Messages-Waiting: no"), Ok(Summary::default()));
    }

    #[test]
    fn what_is_no_summary_is_refused() {
        for body in [
            "",
            "Voice-Message: 1/1",
            "Messages-Waiting: maybe",
            "Messages-Waiting: yes\nVoice-Message: x/1",
            "Messages-Waiting: yes\nVoice-Message: 1",
        ] {
            assert_eq!(notify(body), Err(400), "{body}");
        }
        assert_eq!(notify(&format!("Messages-Waiting: yes\n{}", "x".repeat(5000))), Err(400));
        let mut other = request("NOTIFY");
        assert_eq!(Summary::of_notify(&other), Err(Status::BAD_REQUEST));
        other.headers.push(name::EVENT, "presence");
        assert_eq!(Summary::of_notify(&other), Err(Status::BAD_EVENT));
        other.headers.set(name::EVENT, "message-summary");
        assert_eq!(Summary::of_notify(&other), Ok(Summary::default()));
    }
}
