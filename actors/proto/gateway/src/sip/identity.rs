//! Who is at the other end, as far as it may be believed and shown.

use serde_json::{Map, Value};
use signal::call::Peer;
use sip::message::{Headers, NameAddr, Uri};

use super::reasons::shown;

/// Longest URI or name shown, in characters.
const CHARS: usize = 256;
/// Most diversions shown.
const DIVERSIONS: usize = 8;

/// Who sent `headers`: P-Asserted-Identity where it is believed, else From; `anonymous` if they ask for privacy
/// (RFC 3323 section 4.2, RFC 3325 section 9.3).
pub(super) fn caller(headers: &Headers, trust_identity: bool) -> Peer {
    let is_private =
        headers.privacy().unwrap_or_default().iter().any(|value| matches!(value.as_str(), "id" | "user" | "header"));
    if is_private {
        return anonymous();
    }
    let asserted = headers.asserted_identities().unwrap_or_default().into_iter().next().filter(|_| trust_identity);
    asserted.or_else(|| headers.from().ok()).map_or_else(anonymous, |address| peer(&address))
}

/// An address as a party.
pub(super) fn peer(address: &NameAddr) -> Peer {
    let host = address.uri.as_sip().map(|uri| uri.host.to_string()).unwrap_or_default();
    if host.eq_ignore_ascii_case("anonymous.invalid") {
        return anonymous();
    }
    Peer { uri: uri(&address.uri), name: address.display().map(|name| shown(name, CHARS)) }
}

/// Without parameters and headers, which are no business of a user's.
pub(super) fn uri(uri: &Uri) -> String {
    let text = uri.to_string();
    shown(text.split([';', '?']).next().unwrap_or_default(), CHARS)
}

fn anonymous() -> Peer {
    Peer { uri: "anonymous".into(), name: None }
}

/// Facts for `call.info`: from whom the call was diverted, the latest first.
pub(super) fn facts(headers: &Headers) -> Map<String, Value> {
    let diverted = headers.diversions().unwrap_or_default();
    let history = headers.history().unwrap_or_default();
    // The last entry of History-Info is the target of this INVITE (RFC 7044).
    let before = history.iter().rev().skip(1);
    let list: Vec<_> =
        diverted.iter().chain(before).take(DIVERSIONS).map(|address| Value::from(uri(&address.uri))).collect();
    let mut facts = Map::new();
    if !list.is_empty() {
        facts.insert("diversion".into(), Value::Array(list));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::message::name;

    fn headers(lines: &[(name::Name, &str)]) -> Headers {
        let mut headers = Headers::new();
        lines.iter().for_each(|(name, value)| headers.push(name.clone(), value));
        headers
    }

    #[test]
    fn an_asserted_identity_counts_only_where_it_is_trusted() {
        let said = headers(&[(name::FROM, "Bob <sip:b@h;x=1>;tag=1"), (name::P_ASSERTED_IDENTITY, "<sip:+49@trunk>")]);
        assert_eq!(caller(&said, false), Peer { uri: "sip:b@h".into(), name: Some("Bob".into()) });
        assert_eq!(caller(&said, true), Peer { uri: "sip:+49@trunk".into(), name: None });
    }

    #[test]
    fn privacy_is_kept() {
        let said = headers(&[(name::FROM, "<sip:b@h>;tag=1"), (name::PRIVACY, "id")]);
        assert_eq!(caller(&said, true).uri, "anonymous");
        let said = headers(&[(name::FROM, "\"Anonymous\" <sip:x@anonymous.invalid>;tag=1")]);
        assert_eq!(caller(&said, false).name, None);
    }

    #[test]
    fn diversions_are_listed() {
        let said = headers(&[
            (name::DIVERSION, "<sip:a@h>;reason=user-busy"),
            (name::HISTORY_INFO, "<sip:c@h>;index=1, <sip:d@h>;index=1.1"),
        ]);
        assert_eq!(facts(&said)["diversion"], serde_json::json!(["sip:a@h", "sip:c@h"]));
    }
}
