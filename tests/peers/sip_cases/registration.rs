//! Accounts register.

use super::table::{Case, play};
use crate::support::Side;

/// A registration, from the first REGISTER.
macro_rules! registers {
    ($name:literal, $page:literal, $registrar:literal) => {
        Case {
            name: $name,
            config: r#"{"register":true}"#,
            page: concat!("> connect\n", $page),
            phone: concat!("< REGISTER\n", $registrar),
        }
    };
}

const CASES: &[Case] = &[
    registers!(
        "registers and gives its binding back",
        "< state connected\n> disconnect",
        "> 200 contact\n< REGISTER | Expires: 0\n> 200"
    ),
    registers!(
        "challenged with MD5",
        "< state connected",
        "> 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n\
         < REGISTER | Authorization: n1\n> 200 contact"
    ),
    registers!(
        "challenged with MD5 of old",
        "< state connected",
        "> 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\"\n< REGISTER | Authorization: n1\n> 200 contact"
    ),
    registers!(
        "challenged with SHA-256 and MD5: the stronger is taken",
        "< state connected",
        "> 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\" | \
         WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth\"\n\
         < REGISTER | Authorization: SHA-256\n> 200 contact"
    ),
    registers!(
        "challenged by a proxy",
        "< state connected",
        "> 407 | Proxy-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n\
         < REGISTER | Proxy-Authorization: n1\n> 200 contact"
    ),
    registers!(
        "a stale nonce is no wrong password",
        "< state connected",
        "> 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n< REGISTER\n\
         > 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n2\", stale=true, algorithm=MD5, qop=\"auth\"\n\
         < REGISTER | Authorization: n2\n> 200 contact"
    ),
    registers!(
        "a wrong password",
        "< state failed wrongCredentials",
        "> 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n< REGISTER\n\
         > 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n2\", algorithm=MD5, qop=\"auth\""
    ),
    registers!("a challenge nobody knows", "< state failed wrongCredentials", "> 401 | WWW-Authenticate: Other a=b"),
    registers!(
        "too brief",
        "< state connected",
        "> 423 | Min-Expires: 1800\n< REGISTER | Expires: 1800\n> 200 contact"
    ),
    registers!("forbidden", "< state failed", "> 403"),
    registers!("unknown", "< state failed unknownAccount", "> 404"),
    registers!(
        "overloaded, and later not",
        "< state failed\n< state connected",
        "> 500 | Retry-After: 1\n< REGISTER\n> 200 contact"
    ),
    registers!("unavailable", "< state failed", "> 503"),
    registers!(
        "its removal is challenged",
        "< state connected\n> disconnect",
        "> 200 contact\n< REGISTER | Expires: 0\n\
         > 401 | WWW-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n\
         < REGISTER | Authorization: n1\n> 200"
    ),
    registers!("taken without a word on Contacts", "< state connected", "> 200 contactless"),
    registers!("moved", "< state failed rejected", "> 302"),
    registers!("a bad request", "< state failed rejected", "> 400"),
    registers!("refused everywhere", "< state failed rejected", "> 603"),
    registers!("not implemented", "< state failed rejected", "> 405"),
];

#[test]
fn sip_cases_of_registration() {
    play(Side::Answers, CASES);
}
