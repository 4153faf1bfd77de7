//! A page without a browser: its WebSocket and descriptions that look like a browser's. Media never flows.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

const PATIENCE: Duration = Duration::from_secs(45);
const FINGERPRINT: &str =
    "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";
/// What a story may pass over unless it asks for it.
const QUIET: [&str; 7] =
    ["call.alive", "call.progress", "call.ack.end", "call.info", "call.candidate", "call.fullsdp", "call.ack.accept"];

/// See the module.
pub struct Wire {
    socket: WebSocket<TcpStream>,
    token: String,
    account: String,
    target: String,
    call: Value,
    offered: String,
}

impl Wire {
    /// A socket with an open session.
    #[track_caller]
    pub fn open(engine: SocketAddr, token: &str) -> Wire {
        let stream = TcpStream::connect(engine).expect("the engine listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let (socket, _) = tungstenite::client(format!("ws://{engine}/rtc/api"), stream).expect("a WebSocket");
        let (account, target) = (String::new(), String::new());
        let mut wire =
            Wire { socket, token: token.to_owned(), account, target, call: Value::Null, offered: String::new() };
        wire.send("core", "session.open", json!({ "credentials": { "userSession": token } }));
        let validated = wire.next("session.validated").expect("an answer");
        let accounts = validated["accounts"].as_object().unwrap_or_else(|| panic!("not validated: {validated}"));
        let (id, account) = accounts.iter().next().expect("an account");
        (wire.account, wire.target) = (id.clone(), account["target"].as_str().expect("a target").to_owned());
        wire
    }

    fn send(&mut self, to: &str, method: &str, body: Value) {
        let frame = json!({ "method": method, "to": to, "session": self.token, "body": body });
        self.socket.send(Message::text(frame.to_string())).expect("the socket takes it");
    }

    /// The body of the next message that is `method`, or not one of the quiet ones; an error where another came.
    fn next(&mut self, method: &str) -> Result<Value, String> {
        // Pings come all the time: the timeout of a read alone would never be reached.
        let until = Instant::now() + PATIENCE;
        loop {
            if Instant::now() > until {
                return Err(format!("`{method}` expected"));
            }
            let frame = match self.socket.read() {
                Ok(Message::Text(text)) => serde_json::from_str::<Value>(&text).expect("JSON"),
                Ok(_) => continue,
                Err(error) => return Err(format!("`{method}` expected: {error}")),
            };
            let came = frame["method"].as_str().unwrap_or_default();
            if came == method {
                return Ok(frame["body"].clone());
            }
            let other_account_news = came == "account.state" && method.starts_with("call.");
            if !QUIET.contains(&came) && !other_account_news {
                return Err(format!("`{method}` expected, not {frame}"));
            }
        }
    }

    /// Plays a script, a line a step: `> start TARGET`, `< ringing`, `< end busy`, `< state connected ok`.
    pub fn play(&mut self, script: &str) -> Result<(), String> {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (way, step) = line.split_once(' ').ok_or("a step is `> word` or `< word`")?;
            let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
            match way {
                ">" => self.say(word, rest)?,
                _ => self.hear(word, rest).map_err(|error| format!("at `{line}`: {error}"))?,
            }
        }
        Ok(())
    }

    fn say(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let target = self.target.clone();
        let mut body = self.call.clone();
        let method = match word {
            "connect" | "disconnect" => {
                body = json!({ "id": self.account });
                format!("account.{word}")
            }
            "start" => {
                self.call = json!({ "id": uuid::Uuid::new_v4(), "gcid": uuid::Uuid::new_v4() });
                body = self.call.clone();
                body["account"] = json!(self.account);
                body["target"] = json!(rest);
                body["trickle"] = json!(false);
                body["sdp"] = json!(description("actpass", "0", "sendrecv"));
                self.send(&target, "call.start", body.clone());
                "call.fullsdp".to_owned()
            }
            "accept" => {
                body["sdp"] = json!(answer(&self.offered));
                body["trickle"] = json!(true);
                "call.accept".to_owned()
            }
            "change.offer" => {
                body["sdp"] = json!(description("actpass", mid(&self.offered), rest));
                "call.change.offer".to_owned()
            }
            "change.answer" => {
                body["sdp"] = json!(answer(&self.offered));
                "call.change.answer".to_owned()
            }
            "end" => {
                body["reason"] = json!(rest);
                "call.end".to_owned()
            }
            "dtmf" => {
                body["dtmf"] = json!(rest);
                "call.dtmf".to_owned()
            }
            "transfer" => {
                body["target"] = json!(rest);
                "call.transfer".to_owned()
            }
            "alive" | "ringing" | "ack.accept" | "change.lock" | "change.lock.ok" => format!("call.{word}"),
            other => return Err(format!("a page does not say `{other}`")),
        };
        self.send(&target, &method, body);
        Ok(())
    }

    fn hear(&mut self, word: &str, rest: &str) -> Result<(), String> {
        if word == "state" {
            let (state, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            return self.state(state, reason);
        }
        let body = self.next(&format!("call.{word}"))?;
        if word == "start" {
            self.call = json!({ "id": body["id"], "gcid": body["gcid"] });
        }
        if let Some(sdp) = body["sdp"].as_str() {
            self.offered = sdp.to_owned();
        }
        let field = match word {
            "end" => &body["reason"],
            "dtmf" => &body["dtmf"],
            "transfer.state" => &body["state"],
            "info" => &body["held"],
            _ => return Ok(()),
        };
        let got = field.as_str().map_or_else(|| field.to_string(), str::to_owned);
        if rest.is_empty() || rest.split('|').any(|one| one == got) { Ok(()) } else { Err(body.to_string()) }
    }

    /// Waits for a state, over others on the way.
    fn state(&mut self, state: &str, reason: &str) -> Result<(), String> {
        let mut seen = Vec::new();
        loop {
            let body = self.next("account.state").map_err(|error| format!("{error}; before: {seen:?}"))?;
            if body["state"] == state && (reason.is_empty() || body["reason"] == reason) {
                return Ok(());
            }
            seen.push(body.to_string());
        }
    }
}

/// An answer with the section of the offer.
fn answer(offer: &str) -> String {
    description("active", mid(offer), "sendrecv")
}

fn mid(description: &str) -> &str {
    description.lines().find_map(|line| line.trim().strip_prefix("a=mid:")).unwrap_or("0")
}

fn description(setup: &str, mid: &str, direction: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mid}\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 126\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=ice-ufrag:abcd\r\n\
         a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=fingerprint:sha-256 {FINGERPRINT}\r\na=setup:{setup}\r\na=rtcp-mux\r\n\
         a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:9 G722/8000\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:126 telephone-event/8000\r\n\
         a=ssrc:1001 cname:page\r\na={direction}\r\n"
    )
}
