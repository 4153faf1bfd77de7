//! [`Method`]: what a request asks for, extension methods included.

use std::fmt;

use super::grammar::is_token;

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A method (RFC 3261 section 7.1). Methods compare with case: `invite` is an extension.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $name,)*
            /// An extension method: a token that is none of the others.
            Extension(Extension),
        }

        impl Method {
            /// Reads a token.
            pub fn parse(text: &str) -> Option<Method> {
                match text {
                    $($word => Some(Method::$name),)*
                    _ => is_token(text).then(|| Method::Extension(Extension(text.into()))),
                }
            }

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Method::$name => $word,)*
                    Method::Extension(Extension(text)) => text,
                }
            }
        }
    };
}

methods! {
    /// RFC 3261 section 17.1.1.3.
    Ack = "ACK",
    /// RFC 3261 section 15.
    Bye = "BYE",
    /// RFC 3261 section 9.
    Cancel = "CANCEL",
    /// RFC 6086.
    Info = "INFO",
    /// RFC 3261 section 13.
    Invite = "INVITE",
    /// RFC 3428.
    Message = "MESSAGE",
    /// RFC 6665.
    Notify = "NOTIFY",
    /// RFC 3261 section 11.
    Options = "OPTIONS",
    /// RFC 3262.
    Prack = "PRACK",
    /// RFC 3903.
    Publish = "PUBLISH",
    /// RFC 3515.
    Refer = "REFER",
    /// RFC 3261 section 10.
    Register = "REGISTER",
    /// RFC 6665.
    Subscribe = "SUBSCRIBE",
    /// RFC 3311.
    Update = "UPDATE",
}

/// The word of an extension method, made by [`Method::parse`] only: it is a token and none of the known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extension(Box<str>);

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_and_tokens_are_methods() {
        assert_eq!(Method::parse("INVITE"), Some(Method::Invite));
        assert!(matches!(Method::parse("invite"), Some(Method::Extension(_))));
        assert_eq!(Method::parse("RE%47IST%45R").unwrap().as_str(), "RE%47IST%45R");
        assert_eq!((Method::parse(""), Method::parse("IN VITE"), Method::parse("A\r\nB")), (None, None, None));
    }
}
