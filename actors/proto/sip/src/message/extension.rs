//! What the headers of SIP's extensions say.

use std::fmt;

use super::address::NameAddr;
use super::error::FieldError;
use super::grammar::{number, trim};
use super::headers::Headers;
use super::name;
use super::params::Params;
use super::read::seconds;
use super::value::{RAck, Valued};

/// Who refreshes a session (RFC 4028 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answers it.
    Uas,
}

/// `Session-Expires: seconds;refresher=uac` (RFC 4028 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds without a refresh after which the session is over.
    pub interval: u32,
    /// `None`: the answering side chooses.
    pub refresher: Option<Refresher>,
}

/// `Replaces: call-id;to-tag=…;from-tag=…` (RFC 3891 section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Of the dialog to replace.
    pub call_id: String,
    /// The local tag of who is asked.
    pub to_tag: String,
    /// The remote tag of who is asked.
    pub from_tag: String,
    /// Only while it is early.
    pub early_only: bool,
}

/// `Reason: protocol;cause=…;text="…"` (RFC 3326).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850`, …
    pub protocol: String,
    /// The code within the protocol.
    pub cause: Option<u16>,
    /// For people.
    pub text: Option<String>,
}

impl SessionExpires {
    fn parse(text: &str) -> Option<SessionExpires> {
        let read = Valued::parse(text)?;
        let refresher = match read.params.get("refresher").map(|word| word.to_ascii_lowercase()).as_deref() {
            Some("uac") => Some(Refresher::Uac),
            Some("uas") => Some(Refresher::Uas),
            Some(_) => return None,
            None => None,
        };
        Some(SessionExpires { interval: seconds(&read.value)?, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.interval)?;
        match self.refresher {
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
            None => Ok(()),
        }
    }
}

impl Replaces {
    /// Reads the value of the header, or of a URI's `Replaces` part once its escapes are undone.
    pub fn parse(text: &str) -> Option<Replaces> {
        let read = Valued::parse(text)?;
        let tag = |name| read.params.get(name).map(|tag| tag.into_owned());
        let (to_tag, from_tag) = (tag("to-tag")?, tag("from-tag")?);
        Some(Replaces { call_id: read.value.clone(), to_tag, from_tag, early_only: read.params.has("early-only") })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Params::new();
        params.set("to-tag", &self.to_tag);
        params.set("from-tag", &self.from_tag);
        if self.early_only {
            params.set_flag("early-only");
        }
        write!(f, "{}{params}", self.call_id)
    }
}

impl Reason {
    /// `SIP;cause=status`.
    pub fn sip(status: super::status::Status) -> Reason {
        Reason { protocol: "SIP".into(), cause: Some(status.code()), text: None }
    }

    /// `Q.850;cause=cause;text="…"`: why a call ended, in the words of telephone networks.
    pub fn q850(cause: u16) -> Reason {
        Reason { protocol: "Q.850".into(), cause: Some(cause), text: None }
    }

    /// The same with words for people.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Reason {
        self.text = Some(text.to_owned());
        self
    }

    fn parse(text: &str) -> Option<Reason> {
        let read = Valued::parse(text)?;
        let cause = match read.params.raw("cause") {
            Some(cause) => Some(number(cause)?),
            None => None,
        };
        Some(Reason { protocol: read.value, cause, text: read.params.get("text").map(|text| text.into_owned()) })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Params::new();
        if let Some(cause) = self.cause {
            params.set("cause", &cause.to_string());
        }
        if let Some(text) = &self.text {
            params.set_quoted("text", text);
        }
        write!(f, "{}{params}", self.protocol)
    }
}

impl Headers {
    /// `RSeq` (RFC 3262 section 7.1), 1 to 2^32-1.
    pub fn rseq(&self) -> Result<Option<u32>, FieldError> {
        self.one(name::RSEQ, "1 to 2^32-1", |text| number(text).filter(|rseq| *rseq > 0))
    }

    /// `RAck`.
    pub fn rack(&self) -> Result<Option<RAck>, FieldError> {
        self.one(name::RACK, "rseq, number, method", RAck::parse)
    }

    /// `Session-Expires`.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, FieldError> {
        self.one(name::SESSION_EXPIRES, "seconds;refresher", SessionExpires::parse)
    }

    /// `Min-SE` in seconds (RFC 4028 section 5).
    pub fn min_se(&self) -> Result<Option<u32>, FieldError> {
        self.one(name::MIN_SE, "seconds", |text| seconds(&Valued::parse(text)?.value))
    }

    /// `Refer-To` (RFC 3515 section 2.1).
    pub fn refer_to(&self) -> Result<Option<NameAddr>, FieldError> {
        self.one(name::REFER_TO, "an address", NameAddr::parse)
    }

    /// `Referred-By` (RFC 3892 section 3).
    pub fn referred_by(&self) -> Result<Option<NameAddr>, FieldError> {
        self.one(name::REFERRED_BY, "an address", NameAddr::parse)
    }

    /// `Replaces`.
    pub fn replaces(&self) -> Result<Option<Replaces>, FieldError> {
        self.one(name::REPLACES, "call-id;to-tag;from-tag", Replaces::parse)
    }

    /// `Reason`, one a protocol.
    pub fn reasons(&self) -> Result<Vec<Reason>, FieldError> {
        self.each(name::REASON, "protocol;cause;text", Reason::parse)
    }

    /// `P-Asserted-Identity` (RFC 3325 section 9.1). To be believed from trusted peers only.
    pub fn asserted_identities(&self) -> Result<Vec<NameAddr>, FieldError> {
        self.each(name::P_ASSERTED_IDENTITY, "an address", NameAddr::parse)
    }

    /// `Privacy` values in small letters (RFC 3323 section 4.2: they stand between semicolons).
    pub fn privacy(&self) -> Result<Vec<String>, FieldError> {
        let values = self.one(name::PRIVACY, "values", |text| {
            Some(text.split([';', ',']).map(|value| trim(value).to_ascii_lowercase()).collect())
        })?;
        Ok(values.unwrap_or_default())
    }

    /// `Diversion`, latest first (RFC 5806).
    pub fn diversions(&self) -> Result<Vec<NameAddr>, FieldError> {
        self.each(name::DIVERSION, "addresses", NameAddr::parse)
    }

    /// `History-Info`, in order of their indices (RFC 7044).
    pub fn history(&self) -> Result<Vec<NameAddr>, FieldError> {
        self.each(name::HISTORY_INFO, "addresses", NameAddr::parse)
    }

    /// `Event` (RFC 6665 section 8.2.1).
    pub fn event(&self) -> Result<Option<Valued>, FieldError> {
        self.one(name::EVENT, "package;params", Valued::parse)
    }

    /// `Subscription-State` (RFC 6665 section 8.2.3).
    pub fn subscription_state(&self) -> Result<Option<Valued>, FieldError> {
        self.one(name::SUBSCRIPTION_STATE, "state;params", Valued::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: super::super::name::Name, value: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push(name, value);
        headers
    }

    #[test]
    fn timers_are_read_and_written() {
        let read = with(name::SESSION_EXPIRES, "1800 ;refresher=UAS;x=1").session_expires().unwrap().unwrap();
        assert_eq!(read, SessionExpires { interval: 1800, refresher: Some(Refresher::Uas) });
        assert_eq!(read.to_string(), "1800;refresher=uas");
        assert!(with(name::SESSION_EXPIRES, "90;refresher=me").session_expires().is_err());
        assert_eq!(with(name::MIN_SE, "90;a").min_se(), Ok(Some(90)));
    }

    #[test]
    fn replaces_is_read_and_written() {
        let text = "98asjd8@h;to-tag=12345;from-tag=67890;early-only";
        let read = with(name::REPLACES, text).replaces().unwrap().unwrap();
        assert!(read.early_only && read.to_tag == "12345" && read.to_string() == text);
        assert!(with(name::REPLACES, "a;to-tag=1").replaces().is_err());
    }

    #[test]
    fn reasons_keep_their_text() {
        let read = with(name::REASON, "Q.850;cause=16;text=\"Terminated, ok\", SIP;cause=200").reasons().unwrap();
        assert_eq!(
            (read[0].cause, read[0].text.as_deref(), read[1].protocol.as_str()),
            (Some(16), Some("Terminated, ok"), "SIP")
        );
        assert_eq!(read[0].to_string(), "Q.850;cause=16;text=\"Terminated, ok\"");
        assert_eq!(Reason::q850(16).with_text("Terminated, ok"), read[0]);
        assert_eq!(Reason::sip(super::super::status::Status::DECLINE).to_string(), "SIP;cause=603");
    }

    #[test]
    fn identities_and_diversions_are_lists() {
        let read = with(name::P_ASSERTED_IDENTITY, "\"C\" <sip:c@h>, tel:+14085264000");
        assert_eq!(read.asserted_identities().unwrap().len(), 2);
        assert_eq!(with(name::PRIVACY, "Id; critical").privacy().unwrap(), ["id", "critical"]);
        let read = with(name::DIVERSION, "<sip:b@h>;reason=user-busy;counter=1").diversions().unwrap();
        assert_eq!(read[0].params().raw("reason"), Some("user-busy"));
        assert!(with(name::RSEQ, "0").rseq().is_err());
    }
}
