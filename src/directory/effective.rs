//! The effective config of networks and accounts.

use actors::config::merge;
use entities::{account, network};
use sea_orm::JsonValue;
use serde_json::{Map, Value};

/// What holds on a network: its columns with its `config` over them.
pub fn network_config(network: &network::Model) -> Map<String, Value> {
    let mut config = Map::new();
    let columns = [("capabilities", &network.capabilities), ("allowedTargets", &network.allowed_targets)];
    for (key, value) in columns {
        if let Some(value @ JsonValue::Array(_)) = value {
            config.insert(key.to_owned(), value.clone());
        }
    }
    merge(&mut config, object(&network.config));
    config
}

/// What holds on an account: the network's with the account's over it.
pub fn account_config(network: &network::Model, account: &account::Model) -> Map<String, Value> {
    let mut config = network_config(network);
    merge(&mut config, object(&account.config));
    config
}

/// The stored text as an object; it was checked when it was stored.
fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}
