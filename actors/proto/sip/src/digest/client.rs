//! [`Client`]: the answering side of digest authentication.

use std::fmt;

use super::algorithm::{Algorithm, Count, Input, Qop};
use crate::message::{Authorization, Challenge, Host, Name, Request, Response, Status, name};

/// Challenges in a row that may call a nonce stale.
const STALE_IN_A_ROW: u32 = 2;

/// Which realm may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Realm {
    /// This one.
    Only(String),
    /// Whatever the next hop calls itself.
    OfNextHop,
}

/// An account's secret and who alone may see a proof of it.
#[derive(Clone)]
pub struct Credentials {
    /// As the registrar knows it.
    pub username: String,
    /// Never shown, not even by `Debug`.
    pub password: String,
    /// Which realm may ask.
    pub realm: Realm,
    /// The account's registrar or outbound proxy, the only one that is answered.
    pub next_hop: Host,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("realm", &self.realm).field("next_hop", &self.next_hop).finish_non_exhaustive()
    }
}

/// Why a challenge is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request went elsewhere than to the account's next hop.
    #[error("a challenge from another host than the account's")]
    ForeignHop,
    /// No challenge names the account's realm.
    #[error("a challenge of another realm than the account's")]
    ForeignRealm,
    /// No challenge of a known scheme, algorithm and qop.
    #[error("no challenge with a known algorithm")]
    Unknown,
    /// The password was sent and refused: asking again would not help.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The headers cannot be read, or the status is neither 401 nor 407.
    #[error("no challenge to read")]
    Malformed,
}

/// The nonce in use and how often it was.
#[derive(Clone, Debug)]
struct Nonce {
    header: Name,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether the challenge said `algorithm`: it is said back then only.
    names_algorithm: bool,
    qop: Option<Qop>,
    /// Whether the user's name is sent as a hash (RFC 7616 section 3.4.4).
    hashes_name: bool,
    count: u32,
}

/// Signs the requests of one account. One nonce for WWW- and one for Proxy-Authenticate.
#[derive(Clone, Debug)]
pub struct Client {
    credentials: Credentials,
    nonces: Vec<Nonce>,
    stale_in_a_row: u32,
}

impl Client {
    /// Nothing is known of the other side yet.
    pub fn new(credentials: Credentials) -> Client {
        Client { credentials, nonces: Vec::new(), stale_in_a_row: 0 }
    }

    fn is_next_hop(&self, host: &Host) -> bool {
        *host == self.credentials.next_hop
    }

    /// Signs a request with the nonces known, if any; what it was signed with before is taken off. It must
    /// go to the account's next hop: to any other nothing is added. `cnonce`: unguessable, new each time.
    pub fn sign(&mut self, request: &mut Request, sent_to: &Host, cnonce: &str) {
        request.headers.remove(&name::AUTHORIZATION);
        request.headers.remove(&name::PROXY_AUTHORIZATION);
        if !self.is_next_hop(sent_to) {
            return;
        }
        for nonce in &mut self.nonces {
            nonce.count = nonce.count.saturating_add(1);
            let value = nonce.authorization(&self.credentials, request, cnonce);
            let header =
                if nonce.header == name::WWW_AUTHENTICATE { name::AUTHORIZATION } else { name::PROXY_AUTHORIZATION };
            request.headers.push(header, value);
        }
    }

    /// Takes the challenge of a 401 or 407 to `request`. `Ok`: the request may be sent once more, with a new
    /// CSeq and branch, [signed](Client::sign).
    ///
    /// Errors: a [`Refusal`]; nothing of the challenge is kept then.
    pub fn challenged(&mut self, request: &Request, response: &Response, sent_to: &Host) -> Result<(), Refusal> {
        if !self.is_next_hop(sent_to) {
            return Err(Refusal::ForeignHop);
        }
        let header = match response.status() {
            Status::UNAUTHORIZED => name::WWW_AUTHENTICATE,
            Status::PROXY_AUTHENTICATION_REQUIRED => name::PROXY_AUTHENTICATE,
            _ => return Err(Refusal::Malformed),
        };
        let challenges = response.headers.challenges(header.clone()).map_err(|_| Refusal::Malformed)?;
        let (challenge, nonce) = self.choose(&header, &challenges)?;
        self.check_retry(request, &nonce, challenge)?;
        self.nonces.retain(|known| known.header != header);
        self.nonces.push(nonce);
        Ok(())
    }

    /// The request was not challenged: the next stale nonce is the first again.
    pub fn accepted(&mut self) {
        self.stale_in_a_row = 0;
    }

    /// Of the account's realm, the strongest algorithm; the first of equals.
    fn choose<'a>(&self, header: &Name, challenges: &'a [Challenge]) -> Result<(&'a Challenge, Nonce), Refusal> {
        let own: Vec<_> = challenges.iter().filter(|challenge| self.is_own(challenge)).collect();
        if own.is_empty() {
            return Err(if challenges.is_empty() { Refusal::Malformed } else { Refusal::ForeignRealm });
        }
        let known = own.into_iter().filter_map(|challenge| Some((challenge, Nonce::read(header, challenge)?)));
        known.rev().max_by_key(|(_, nonce)| nonce.algorithm).ok_or(Refusal::Unknown)
    }

    fn is_own(&self, challenge: &Challenge) -> bool {
        match (&self.credentials.realm, challenge.get("realm")) {
            (Realm::Only(own), Some(realm)) => *own == realm,
            (Realm::OfNextHop, Some(_)) => true,
            (Realm::Only(_) | Realm::OfNextHop, None) => false,
        }
    }

    /// A refused answer is not repeated, unless the nonce was old: it is called stale, or it had served before.
    fn check_retry(&mut self, request: &Request, fresh: &Nonce, challenge: &Challenge) -> Result<(), Refusal> {
        let header =
            if fresh.header == name::WWW_AUTHENTICATE { name::AUTHORIZATION } else { name::PROXY_AUTHORIZATION };
        let sent = self.nonces.iter().find(|known| known.header == fresh.header);
        let Some(sent) = sent.filter(|_| request.headers.has(&header)) else { return Ok(()) };
        let is_stale = challenge.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
        if is_stale && self.stale_in_a_row < STALE_IN_A_ROW {
            self.stale_in_a_row += 1;
            return Ok(());
        }
        if sent.count > 1 && sent.nonce != fresh.nonce && !is_stale {
            return Ok(());
        }
        self.nonces.retain(|known| known.header != fresh.header);
        Err(Refusal::WrongCredentials)
    }
}

impl Nonce {
    /// `None`: not a digest challenge we can answer.
    fn read(header: &Name, challenge: &Challenge) -> Option<Nonce> {
        let algorithm = challenge.get("algorithm");
        let qops = challenge.qops();
        // The body may be changed on the way: it is vouched for only if that is asked for.
        let qop = [Qop::Auth, Qop::AuthInt].into_iter().find(|own| qops.iter().any(|qop| qop == own.as_str()));
        let parsed = Algorithm::parse(algorithm.as_deref().unwrap_or("MD5"))?;
        let can_answer = challenge.scheme.eq_ignore_ascii_case("Digest")
            && (qop.is_some() || challenge.get("qop").is_none())
            && (qop.is_some() || !parsed.is_session());
        can_answer.then_some(Nonce {
            header: header.clone(),
            realm: challenge.get("realm")?.into_owned(),
            nonce: challenge.get("nonce")?.into_owned(),
            opaque: challenge.get("opaque").map(|opaque| opaque.into_owned()),
            algorithm: parsed,
            names_algorithm: algorithm.is_some(),
            qop,
            hashes_name: challenge.get("userhash").is_some_and(|text| text.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }

    fn authorization(&self, credentials: &Credentials, request: &Request, cnonce: &str) -> Authorization {
        let (nc, uri) = (format!("{:08x}", self.count), request.uri().to_string());
        let count = self.qop.map(|qop| Count { qop, nc: &nc, cnonce });
        let secret = format!("{}:{}:{}", credentials.username, self.realm, credentials.password);
        let (method, body) = (request.method().as_str(), request.body());
        let input = Input { method, uri: &uri, nonce: &self.nonce, count, body };
        let response = self.algorithm.response(&secret, &input);
        let mut value = Authorization::default();
        if self.hashes_name {
            let name = format!("{}:{}", credentials.username, self.realm);
            value.quoted("username", &self.algorithm.hash(name));
            value.plain("userhash", "true");
        } else {
            value.quoted("username", &credentials.username);
        }
        value.quoted("realm", &self.realm);
        value.quoted("nonce", &self.nonce);
        value.quoted("uri", &uri);
        value.quoted("response", &response);
        if self.names_algorithm {
            value.plain("algorithm", self.algorithm.as_str());
        }
        if let Some(opaque) = &self.opaque {
            value.quoted("opaque", opaque);
        }
        if let Some(qop) = self.qop {
            value.plain("qop", qop.as_str());
            value.plain("nc", &nc);
            value.quoted("cnonce", cnonce);
        }
        value
    }
}

#[cfg(test)]
mod tests;
