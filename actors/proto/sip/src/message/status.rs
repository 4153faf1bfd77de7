//! [`Status`]: the code of a response.

use std::fmt;

/// A status code, 100 to 699 (RFC 3261 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

macro_rules! statuses {
    ($($name:ident = $code:literal,)*) => {
        impl Status {
            $(#[doc = concat!("`", stringify!($code), "`")] pub const $name: Status = Status($code);)*
        }
    };
}

statuses! {
    TRYING = 100,
    RINGING = 180,
    SESSION_PROGRESS = 183,
    OK = 200,
    ACCEPTED = 202,
    BAD_REQUEST = 400,
    UNAUTHORIZED = 401,
    FORBIDDEN = 403,
    NOT_FOUND = 404,
    METHOD_NOT_ALLOWED = 405,
    NOT_ACCEPTABLE = 406,
    PROXY_AUTHENTICATION_REQUIRED = 407,
    REQUEST_TIMEOUT = 408,
    BODY_TOO_LARGE = 413,
    URI_TOO_LONG = 414,
    UNSUPPORTED_MEDIA_TYPE = 415,
    UNSUPPORTED_URI_SCHEME = 416,
    BAD_EXTENSION = 420,
    EXTENSION_REQUIRED = 421,
    SESSION_INTERVAL_TOO_SMALL = 422,
    INTERVAL_TOO_BRIEF = 423,
    TEMPORARILY_UNAVAILABLE = 480,
    CALL_DOES_NOT_EXIST = 481,
    LOOP_DETECTED = 482,
    BUSY_HERE = 486,
    REQUEST_TERMINATED = 487,
    NOT_ACCEPTABLE_HERE = 488,
    BAD_EVENT = 489,
    REQUEST_PENDING = 491,
    SERVER_INTERNAL_ERROR = 500,
    NOT_IMPLEMENTED = 501,
    SERVICE_UNAVAILABLE = 503,
    VERSION_NOT_SUPPORTED = 505,
    MESSAGE_TOO_LARGE = 513,
    DECLINE = 603,
}

impl Status {
    /// A code from 100 to 699.
    pub fn new(code: u16) -> Option<Status> {
        (100..700).contains(&code).then_some(Status(code))
    }

    /// The number.
    pub fn code(self) -> u16 {
        self.0
    }

    /// 1xx.
    pub fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// 2xx.
    pub fn is_success(self) -> bool {
        (200..300).contains(&self.0)
    }

    /// 200 and above.
    pub fn is_final(self) -> bool {
        self.0 >= 200
    }

    /// 3xx to 6xx.
    pub fn is_failure(self) -> bool {
        self.0 >= 300
    }

    /// What the code is called in words: rsip's name of it (`BusyHere`) written apart; an unknown
    /// code is called by its class.
    pub fn reason(self) -> String {
        let name = match rsip::StatusCode::from(self.0) {
            rsip::StatusCode::OK => return "OK".to_owned(),
            rsip::StatusCode::Other(..) => return class(self.0).to_owned(),
            known => known.to_string(),
        };
        let mut words = String::with_capacity(name.len() + 4);
        for letter in name.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').chars() {
            if letter.is_ascii_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.push(letter);
        }
        words
    }
}

fn class(code: u16) -> &'static str {
    match code {
        100..200 => "Progress",
        200..300 => "OK",
        300..400 => "Redirection",
        400..500 => "Request Failure",
        500..600 => "Server Failure",
        _ => "Global Failure",
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_range_a_class_and_words() {
        assert_eq!((Status::new(99), Status::new(700)), (None, None));
        assert!(Status::RINGING.is_provisional() && Status::OK.is_success() && Status::DECLINE.is_failure());
        assert_eq!(Status::BUSY_HERE.reason(), "Busy Here");
        assert_eq!(
            (Status::OK.reason().as_str(), Status::new(699).unwrap().reason().as_str()),
            ("OK", "Global Failure")
        );
        assert_eq!(Status::MESSAGE_TOO_LARGE.reason(), "Message Too Large");
    }
}
