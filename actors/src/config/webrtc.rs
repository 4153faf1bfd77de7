//! Keys of `webrtc`: browser to browser.

use std::time::Duration;

use serde_json::{Map, Value};

use super::key::{Key, Kind};

pub(super) const KEYS: &[Key] = &[
    Key { name: "relay", kind: Kind::Bool },
    Key { name: "ringTimeout", kind: Kind::Number(1, 600) },
    Key { name: "displayName", kind: Kind::Text },
];

/// How long a callee rings where the config does not say.
const RING_TIMEOUT: Duration = Duration::from_secs(60);

/// The keys of `webrtc`, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webrtc {
    /// Media through the engine instead of peer to peer.
    pub relay: bool,
    /// How long a callee rings before the call ends with `noAnswer`.
    pub ring_timeout: Duration,
}

impl From<&Map<String, Value>> for Webrtc {
    fn from(config: &Map<String, Value>) -> Webrtc {
        let ring_s = config.get("ringTimeout").and_then(Value::as_u64);
        Webrtc {
            relay: config.get("relay").and_then(Value::as_bool).unwrap_or(false),
            ring_timeout: ring_s.map_or(RING_TIMEOUT, Duration::from_secs),
        }
    }
}
