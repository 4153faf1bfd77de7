//! Sessions with one account each, made over the REST as an application would.

use serde_json::{Value, json};

use crate::Result;
use crate::child::{ADMIN, Server};
use crate::http::Http;

/// What the accounts belong to.
pub enum Network {
    /// Browsers only.
    Webrtc,
    /// Phones of this machine, reached without a registration.
    Phones,
}

impl Network {
    /// Its object, and the identifiers of its accounts.
    fn object(&self) -> (Value, fn(usize) -> String) {
        match self {
            Network::Webrtc => {
                let network = json!({ "tag": "load", "connector": "webrtc", "config": {} });
                (network, |number| format!("load{number}"))
            }
            Network::Phones => {
                let config = json!({ "register": false, "trusted": ["127.0.0.1/32"], "codecs": ["PCMU"] });
                let network = json!({ "tag": "load", "connector": "sip-connector", "config": config });
                (network, |number| format!("sip:load{number}@127.0.0.1"))
            }
        }
    }
}

/// Tokens of `count` new sessions.
///
/// Errors: the REST refuses something.
pub async fn sessions(engine: &Server, network: Network, count: usize) -> Result<Vec<String>> {
    let mut http = Http::connect(engine.address, ADMIN.0, ADMIN.1).await?;
    let app = http.create("/apps", &json!({ "name": "load", "domain": "load.example" })).await?;
    let (network, identifier) = network.object();
    http.create("/networks", &network).await?;
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let session = http.create("/sessions", &json!({ "app": app["id"] })).await?;
        let account = json!({
            "session": session["id"], "network": "load", "identifier": identifier(number), "accessToken": "x",
        });
        http.create("/accounts", &account).await?;
        let token = session["token"].as_str().ok_or("POST /sessions: no token in the answer")?;
        tokens.push(token.to_owned());
    }
    Ok(tokens)
}
