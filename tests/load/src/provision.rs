//! Sessions with one account each, made over the REST as an application would.

use serde_json::json;

use crate::Result;
use crate::child::{ADMIN, Server};
use crate::http::Http;

/// Tokens of `count` new sessions.
///
/// Errors: the REST refuses something.
pub async fn sessions(engine: &Server, count: usize) -> Result<Vec<String>> {
    let mut http = Http::connect(engine.address, ADMIN.0, ADMIN.1).await?;
    let app = http.create("/apps", &json!({ "name": "load", "domain": "load.example" })).await?;
    let network = json!({ "tag": "load", "connector": "webrtc", "config": {} });
    http.create("/networks", &network).await?;
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let session = http.create("/sessions", &json!({ "app": app["id"] })).await?;
        let account = json!({
            "session": session["id"], "network": "load", "identifier": format!("load{number}"), "accessToken": "x",
        });
        http.create("/accounts", &account).await?;
        let token = session["token"].as_str().ok_or("POST /sessions: no token in the answer")?;
        tokens.push(token.to_owned());
    }
    Ok(tokens)
}
