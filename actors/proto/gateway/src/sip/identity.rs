//! Who is at the other end, as far as it may be believed and shown.

use serde_json::{Map, Value};
use signal::call::Peer;
use sip::identity::{Identity, diverted};
use sip::message::{Headers, NameAddr, Request, Uri};

use super::reasons::shown;

/// Longest URI or name shown, in characters.
const CHARS: usize = 256;

/// Who sent `request`; `anonymous` where they ask for privacy, or cannot be read.
pub(super) fn caller(request: &Request, trust_identity: bool) -> Peer {
    let identity = Identity::of_request(request, trust_identity).ok();
    identity.and_then(|identity| identity.address).map_or_else(anonymous, |address| peer(&address))
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

/// Facts for `call.info`: from whom the call was diverted, the latest first, but for those who want to stay unknown.
pub(super) fn facts(headers: &Headers) -> Map<String, Value> {
    let diverted = diverted(headers).unwrap_or_default();
    let list: Vec<_> =
        diverted.iter().filter(|known| !known.is_private).map(|known| Value::from(uri(&known.from.uri))).collect();
    let mut facts = Map::new();
    if !list.is_empty() {
        facts.insert("diversion".into(), Value::Array(list));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::message::{Method, name};

    fn request(lines: &[(name::Name, &str)]) -> Request {
        let mut request = Request::new(Method::Invite, Uri::parse("sip:a@h").unwrap());
        lines.iter().for_each(|(name, value)| request.headers.push(name.clone(), value));
        request
    }

    #[test]
    fn an_asserted_identity_counts_only_where_it_is_trusted() {
        let said = request(&[(name::FROM, "Bob <sip:b@h;x=1>;tag=1"), (name::P_ASSERTED_IDENTITY, "<sip:+49@trunk>")]);
        assert_eq!(caller(&said, false), Peer { uri: "sip:b@h".into(), name: Some("Bob".into()) });
        assert_eq!(caller(&said, true), Peer { uri: "sip:+49@trunk".into(), name: None });
    }

    #[test]
    fn privacy_is_kept() {
        let said = request(&[(name::FROM, "<sip:b@h>;tag=1"), (name::PRIVACY, "id")]);
        assert_eq!(caller(&said, true).uri, "anonymous");
        let said = request(&[(name::FROM, "\"Anonymous\" <sip:x@anonymous.invalid>;tag=1")]);
        assert_eq!(caller(&said, false).name, None);
    }

    #[test]
    fn diversions_are_listed_by_whichever_header_tells_them() {
        let shown = |lines: &[(name::Name, &str)]| facts(&request(lines).headers).remove("diversion");
        let diversion = (name::DIVERSION, "<sip:a@h>;reason=user-busy, <sip:b@h>;privacy=full");
        let history = (name::HISTORY_INFO, "<sip:c@h>;index=1, <sip:d@h>;index=1.1");
        assert_eq!(shown(std::slice::from_ref(&diversion)), Some(serde_json::json!(["sip:a@h"])), "but not who hides");
        assert_eq!(shown(std::slice::from_ref(&history)), Some(serde_json::json!(["sip:c@h"])));
        assert_eq!(shown(&[diversion, history]), Some(serde_json::json!(["sip:a@h"])), "the same, told twice");
    }
}
