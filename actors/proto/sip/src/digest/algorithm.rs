//! [`Algorithm`] and the sums of RFC 7616 section 3.4.

use sha2::{Digest, Sha256, Sha512_256};

/// A hash, and whether the session's nonces go into the secret. Later ones are stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// What a challenge without `algorithm` means.
    Md5,
    /// `MD5-sess`
    Md5Sess,
    /// `SHA-256`
    Sha256,
    /// `SHA-256-sess`
    Sha256Sess,
    /// `SHA-512-256`
    Sha512_256,
    /// `SHA-512-256-sess`
    Sha512_256Sess,
}

/// What goes into a response besides the secret.
pub(crate) struct Input<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub nonce: &'a str,
    /// `None`: no qop, as in RFC 2069.
    pub count: Option<Count<'a>>,
    /// Counts with `auth-int`.
    pub body: &'a [u8],
}

/// What a response is protected by besides the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// Reads the token, without case.
    pub fn parse(text: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(text))
    }
}

/// How often a nonce was used, and our own.
pub(crate) struct Count<'a> {
    pub qop: Qop,
    pub nc: &'a str,
    pub cnonce: &'a str,
}

impl Algorithm {
    const ALL: [Algorithm; 6] = [
        Algorithm::Md5,
        Algorithm::Md5Sess,
        Algorithm::Sha256,
        Algorithm::Sha256Sess,
        Algorithm::Sha512_256,
        Algorithm::Sha512_256Sess,
    ];

    /// Reads the token, without case.
    pub fn parse(text: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Sess => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Sess => "SHA-256-sess",
            Algorithm::Sha512_256 => "SHA-512-256",
            Algorithm::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    pub(crate) fn is_session(self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess | Algorithm::Sha512_256Sess)
    }

    pub(crate) fn hash(self, text: impl AsRef<[u8]>) -> String {
        let text = text.as_ref();
        let bytes = match self {
            Algorithm::Md5 | Algorithm::Md5Sess => md5::Md5::digest(text).to_vec(),
            Algorithm::Sha256 | Algorithm::Sha256Sess => Sha256::digest(text).to_vec(),
            Algorithm::Sha512_256 | Algorithm::Sha512_256Sess => Sha512_256::digest(text).to_vec(),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// `response` (RFC 7616 section 3.4.1) from the user's secret `username:realm:password`.
    pub(crate) fn response(self, secret: &str, input: &Input<'_>) -> String {
        let mut a1 = self.hash(secret);
        if let (true, Some(count)) = (self.is_session(), &input.count) {
            a1 = self.hash(format!("{a1}:{}:{}", input.nonce, count.cnonce));
        }
        let a2 = match &input.count {
            Some(Count { qop: Qop::AuthInt, .. }) => {
                self.hash(format!("{}:{}:{}", input.method, input.uri, self.hash(input.body)))
            }
            Some(Count { qop: Qop::Auth, .. }) | None => self.hash(format!("{}:{}", input.method, input.uri)),
        };
        match &input.count {
            Some(Count { qop, nc, cnonce }) => {
                self.hash(format!("{a1}:{}:{nc}:{cnonce}:{}:{a2}", input.nonce, qop.as_str()))
            }
            None => self.hash(format!("{a1}:{}:{a2}", input.nonce)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(algorithm: Algorithm, secret: &str, nonce: &str, cnonce: &str) -> String {
        let count = Some(Count { qop: Qop::Auth, nc: "00000001", cnonce });
        algorithm.response(secret, &Input { method: "GET", uri: "/dir/index.html", nonce, count, body: b"" })
    }

    #[test]
    fn the_examples_of_rfc_7616_come_out() {
        let secret = "Mufasa:http-auth@example.org:Circle of Life";
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        assert_eq!(response(Algorithm::Md5, secret, nonce, cnonce), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            response(Algorithm::Sha256, secret, nonce, cnonce),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn the_example_of_rfc_2617_comes_out() {
        let secret = "Mufasa:testrealm@host.com:Circle Of Life";
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        assert_eq!(response(Algorithm::Md5, secret, nonce, "0a4f113b"), "6629fae49393a05397450978507c4ef1");
    }

    #[test]
    fn without_qop_the_sum_is_that_of_rfc_2069() {
        let input = Input { method: "REGISTER", uri: "sip:h", nonce: "n", count: None, body: b"" };
        let md5 = |text: &str| Algorithm::Md5.hash(text);
        let expected = md5(&format!("{}:n:{}", md5("u:r:p"), md5("REGISTER:sip:h")));
        assert_eq!(Algorithm::Md5.response("u:r:p", &input), expected);
    }

    #[test]
    fn a_session_puts_both_nonces_into_the_secret() {
        let (plain, session) =
            (response(Algorithm::Sha256, "u:r:p", "n", "c"), response(Algorithm::Sha256Sess, "u:r:p", "n", "c"));
        let sha = |text: &str| Algorithm::Sha256.hash(text);
        let a1 = sha(&format!("{}:n:c", sha("u:r:p")));
        assert_eq!(session, sha(&format!("{a1}:n:00000001:c:auth:{}", sha("GET:/dir/index.html"))));
        assert_ne!(plain, session);
    }

    #[test]
    fn the_body_counts_with_auth_int_and_a_name_may_be_hashed() {
        let md5 = |text: &str| Algorithm::Md5.hash(text);
        let count = Some(Count { qop: Qop::AuthInt, nc: "00000001", cnonce: "c" });
        let input = Input { method: "INVITE", uri: "sip:h", nonce: "n", count, body: b"v=0" };
        let a2 = md5(&format!("INVITE:sip:h:{}", md5("v=0")));
        let expected = md5(&format!("{}:n:00000001:c:auth-int:{a2}", md5("u:r:p")));
        assert_eq!(Algorithm::Md5.response("u:r:p", &input), expected);
        // The example of RFC 7616 section 3.9.2.
        let hashed = Algorithm::Sha512_256.hash("J\u{e4}s\u{f8}n Doe:api@example.org");
        assert_eq!(hashed, "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    }

    #[test]
    fn tokens_are_read_without_case_and_unknown_ones_refused() {
        assert_eq!(Algorithm::parse("sha-512-256-SESS"), Some(Algorithm::Sha512_256Sess));
        assert_eq!(Algorithm::parse("AKAv1-MD5"), None);
        assert!(Algorithm::Sha256 > Algorithm::Md5Sess);
    }
}
