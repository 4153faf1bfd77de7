//! Keys of every connector.

use media::record::Container;
use serde_json::{Map, Value};
use signal::Connector;

use super::key::{Key, Kind};

/// What calls on a network may be able to do.
const CAPABILITIES: &[&str] = &["audio", "video", "dtmf", "screen", "conference", "message"];

pub(super) const KEYS: &[Key] = &[
    Key { name: "capabilities", kind: Kind::List(&Kind::Word(CAPABILITIES)) },
    Key { name: "allowedTargets", kind: Kind::List(&Kind::Text) },
    Key { name: "maxCalls", kind: Kind::Number(1, 100_000) },
    Key { name: "record", kind: Kind::BoolOrWord(&["wav", "ogg"]) },
    Key { name: "xms", kind: Kind::Ignored },
];

/// The keys of every connector, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// What calls can do; `None`: whatever the connector can.
    pub capabilities: Option<Vec<String>>,
    /// Patterns with `*` of what may be called; empty is anything.
    pub allowed_targets: Vec<String>,
    /// Most calls at a time on one account; `None`: the session's limit alone.
    pub max_calls: Option<usize>,
    /// Into what calls are recorded, if they are: `true` is WAV.
    pub record: Option<Container>,
}

impl From<&Map<String, Value>> for Common {
    fn from(config: &Map<String, Value>) -> Common {
        Common {
            capabilities: texts(config, "capabilities"),
            allowed_targets: texts(config, "allowedTargets").unwrap_or_default(),
            max_calls: config.get("maxCalls").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()),
            record: config.get("record").and_then(container),
        }
    }
}

fn container(value: &Value) -> Option<Container> {
    match value.as_str() {
        Some("ogg") => Some(Container::Ogg),
        Some("wav") => Some(Container::Wav),
        Some(_) | None => (value == true).then_some(Container::Wav),
    }
}

fn texts(config: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
    let items = config.get(key)?.as_array()?;
    Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What calls on a network of `connector` can do where its config does not say.
pub fn default_capabilities(connector: Connector) -> Vec<String> {
    let words: &[&str] = match connector {
        Connector::Webrtc => &["audio", "video", "dtmf", "screen"],
        Connector::Sip => &["audio", "video", "dtmf"],
        Connector::Xmpp => &["audio", "video"],
        Connector::Conference => &["audio", "video", "screen", "conference", "message"],
        // No network is ever on these.
        Connector::Core | Connector::Browser => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}
