//! Virtual clients: one socket each, open as far as its server lets it be.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::Result;
use crate::child::Server;
use crate::socket::Socket;

/// What a client asks again and again.
#[derive(Clone, Copy)]
pub enum Ask {
    /// A method the core does not know, answered by `core.error`: browser, session and back.
    Core,
    /// `account.connect`, answered by `account.state`: over router and account actor and back.
    Routed,
}

pub struct Client {
    pub socket: Socket,
    /// Of the one account: its id and the address of its B2BUA. The bare echo has none.
    pub account: Option<(String, String)>,
    /// Number of the newest frame of a call, to be acknowledged: what is not is kept for a resumption.
    pub seen: u64,
}

/// Where clients connect to, and with which tokens.
pub struct Source<'a> {
    pub server: &'a Server,
    /// Empty: the bare echo.
    tokens: std::vec::IntoIter<String>,
    bare: bool,
}

impl<'a> Source<'a> {
    pub fn bare(server: &'a Server) -> Source<'a> {
        Source { server, tokens: Vec::new().into_iter(), bare: true }
    }

    pub fn engine(server: &'a Server, tokens: Vec<String>) -> Source<'a> {
        Source { server, tokens: tokens.into_iter(), bare: false }
    }

    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// One more client with a session of its own.
    ///
    /// Errors: the server refuses it, or no session is left.
    pub async fn open(&mut self) -> Result<Client> {
        if self.bare {
            let mut client = Client { socket: Socket::connect(self.server.address).await?, account: None, seen: 0 };
            client.round_trip(Ask::Core).await?;
            return Ok(client);
        }
        let token = self.tokens.next().ok_or("no session is left")?;
        open(self.server.address, &token).await
    }

    /// As many as `clients` lacks of `count`.
    ///
    /// Errors: as [`Source::open`].
    pub async fn fill(&mut self, clients: &mut Vec<Client>, count: usize) -> Result<()> {
        while clients.len() < count {
            clients.push(self.open().await?);
        }
        Ok(())
    }
}

async fn open(server: SocketAddr, token: &str) -> Result<Client> {
    let mut socket = Socket::connect(server).await?;
    let open = json!({ "method": "session.open", "to": "core", "body": { "credentials": { "userSession": token } } });
    socket.send(&open.to_string()).await?;
    let frame = socket.next_with("session.validated").await?;
    let frame: Value = serde_json::from_str(&frame).map_err(|e| e.to_string())?;
    let accounts = frame["body"]["accounts"].as_object();
    let (id, account) = accounts.and_then(|all| all.iter().next()).ok_or_else(|| format!("not validated: {frame}"))?;
    let target = account["target"].as_str().unwrap_or_default().to_owned();
    Ok(Client { socket, account: Some((id.clone(), target)), seen: 0 })
}

impl Client {
    /// The frame of `ask`, of about 200 bytes; the bare echo gets that of the core.
    pub fn frame(&self, ask: Ask) -> String {
        match (ask, &self.account) {
            (Ask::Routed, Some((id, target))) => {
                json!({ "method": "account.connect", "to": target, "body": { "id": id } }).to_string()
            }
            (Ask::Routed, None) | (Ask::Core, _) => {
                json!({ "method": "load.none", "to": "core", "id": "1", "body": { "pad": "x".repeat(128) } })
                    .to_string()
            }
        }
    }

    /// A word that only the answer has.
    pub fn answer(&self, ask: Ask) -> &'static str {
        match (ask, &self.account) {
            (_, None) => "load.none",
            (Ask::Core, Some(_)) => "core.error",
            (Ask::Routed, Some(_)) => "account.state",
        }
    }

    /// Its account can call, from now on.
    ///
    /// Errors: the server has closed.
    pub async fn connect(&mut self) -> Result<()> {
        let frame = self.frame(Ask::Routed);
        self.socket.send(&frame).await?;
        self.socket.next_with(r#""state":"connected""#).await.map(|_| ())
    }

    /// Errors: the server has closed.
    pub async fn round_trip(&mut self, ask: Ask) -> Result<()> {
        let (frame, answer) = (self.frame(ask), self.answer(ask));
        self.socket.send(&frame).await?;
        self.socket.next_with(answer).await.map(|_| ())
    }
}
