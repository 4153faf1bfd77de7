//! Why a call ended: the one table every connector maps to and from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end reasons on the wire (protocol section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words; `TABLE` explains each")]
pub enum EndReason {
    Normal,
    Canceled,
    Busy,
    Declined,
    NoAnswer,
    NotFound,
    Unavailable,
    AnsweredElsewhere,
    Replaced,
    Transferred,
    MediaFailed,
    NotAcceptable,
    Forbidden,
    LimitExceeded,
    Timeout,
    ConnectionLost,
    InternalError,
}

/// One end reason in every network's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The reason.
    pub reason: EndReason,
    /// The browser protocol's word.
    pub word: &'static str,
    /// The final response to a pending INVITE (RFC 3261 21).
    pub sip_status: u16,
    /// The cause of a Reason header (Q.850, RFC 3326), as RFC 3398 7.2.4 and 8.2.6.1 pair it with the status.
    pub q850_cause: u8,
    /// The condition of a `session-terminate` (XEP-0166 7.4).
    pub jingle: &'static str,
}

/// Writes the table once, as a list to search and as a total function.
macro_rules! table {
    ($($reason:ident $word:literal $sip:literal $q850:literal $jingle:literal)*) => {
        /// All end reasons, in wire order.
        pub const TABLE: &[Row] = &[$(EndReason::$reason.row(),)*];

        impl EndReason {
            /// This reason in every network's words.
            pub const fn row(self) -> Row {
                match self {
                    $(EndReason::$reason => Row {
                        reason: self, word: $word, sip_status: $sip, q850_cause: $q850, jingle: $jingle,
                    },)*
                }
            }
        }
    };
}

table! {
    Normal            "normal"            480 16  "success"
    Canceled          "canceled"          487 16  "cancel"
    Busy              "busy"              486 17  "busy"
    Declined          "declined"          603 21  "decline"
    NoAnswer          "noAnswer"          480 19  "timeout"
    NotFound          "notFound"          404 1   "gone"
    Unavailable       "unavailable"       480 20  "gone"
    AnsweredElsewhere "answeredElsewhere" 487 26  "cancel"
    Replaced          "replaced"          487 16  "alternative-session"
    Transferred       "transferred"       487 16  "success"
    MediaFailed       "mediaFailed"       500 47  "media-error"
    NotAcceptable     "notAcceptable"     488 65  "incompatible-parameters"
    Forbidden         "forbidden"         403 57  "security-error"
    LimitExceeded     "limitExceeded"     503 42  "general-error"
    Timeout           "timeout"           408 102 "timeout"
    ConnectionLost    "connectionLost"    480 27  "connectivity-error"
    InternalError     "internalError"     500 41  "general-error"
}

impl EndReason {
    /// The browser protocol's word.
    pub const fn word(self) -> &'static str {
        self.row().word
    }

    /// The reason of that word.
    pub fn parse(word: &str) -> Option<EndReason> {
        TABLE.iter().find(|row| row.word == word).map(|row| row.reason)
    }

    /// The reason a client's word stands for. An application may end a call
    /// with a word of its own: that is `canceled` before the accept, `normal`
    /// after it, and the word becomes the detail.
    pub fn from_wire(word: &str, accepted: bool) -> (EndReason, Option<String>) {
        let usual = if accepted { EndReason::Normal } else { EndReason::Canceled };
        match EndReason::parse(word) {
            Some(reason) => (reason, None),
            None if word.is_empty() => (usual, None),
            None => (usual, Some(word.to_owned())),
        }
    }
}

impl std::fmt::Display for EndReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_words_are_the_serialised_words() {
        assert_eq!(TABLE.len(), 17);
        for row in TABLE {
            assert_eq!(serde_json::to_value(row.reason).ok(), Some(row.word.into()));
            assert_eq!(EndReason::parse(row.word), Some(row.reason));
            assert!((300..700).contains(&row.sip_status) && row.q850_cause <= 127);
        }
    }

    #[test]
    fn a_word_of_the_applications_own_becomes_the_detail() {
        assert_eq!(EndReason::from_wire("busy", false), (EndReason::Busy, None));
        assert_eq!(EndReason::from_wire("aborted", false), (EndReason::Canceled, Some("aborted".into())));
        assert_eq!(EndReason::from_wire("aborted", true), (EndReason::Normal, Some("aborted".into())));
        assert_eq!(EndReason::from_wire("", true), (EndReason::Normal, None));
    }
}
