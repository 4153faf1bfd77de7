//! A registrar that a thousand accounts share dies and returns.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use signal::account::{State, StateReason};
use sip::message::{Incoming, Message, Request, Status, StreamParser, name};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::network::{Account, story};
use crate::limits::REGISTERS_PER_REGISTRAR;

const ACCOUNTS: usize = 1_000;
/// When nothing more has come for so long, the REGISTERs that wait are answered.
const QUIET: Duration = Duration::from_millis(20);

/// The one connection that all accounts share.
struct Registrar {
    stream: TcpStream,
    parser: StreamParser,
    waiting: Vec<Request>,
    /// Most REGISTERs that ever waited at a time.
    most: usize,
}

impl Registrar {
    async fn accept(listener: &TcpListener) -> Registrar {
        let (stream, _) = listener.accept().await.unwrap();
        Registrar { stream, parser: StreamParser::new(), waiting: Vec::new(), most: 0 }
    }

    /// Takes the bindings of all accounts, as slowly as it can without anything going on.
    async fn take_all(&mut self) {
        let (mut bound, mut buffer) = (HashSet::new(), vec![0; 65_536]);
        while bound.len() < ACCOUNTS {
            match tokio::time::timeout(QUIET, self.stream.read(&mut buffer)).await {
                Ok(read) => self.read(&buffer[..read.expect("the engine stays")]),
                Err(_) => {
                    for request in std::mem::take(&mut self.waiting) {
                        self.confirm(&request).await;
                        bound.insert(request.headers.to().unwrap().uri.to_string());
                    }
                }
            }
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "the engine hung up");
        self.parser.push(bytes);
        while let Some(Ok(come)) = self.parser.poll() {
            let Incoming::Message(message) = come else { continue };
            let Message::Request(request) = *message else { panic!("a request expected") };
            self.waiting.push(request);
        }
        self.most = self.most.max(self.waiting.len());
    }

    async fn confirm(&mut self, request: &Request) {
        let mut response = request.response(Status::OK, Some("registrar"));
        response.headers.copy(&name::CONTACT, &request.headers);
        self.stream.write_all(&response.to_bytes()).await.unwrap();
    }
}

async fn all_stand(accounts: &mut [Account], state: State, reason: StateReason) {
    for account in accounts {
        let mut told = account.told().await;
        while told.state != state {
            told = account.told().await;
        }
        assert_eq!(told.reason, reason);
    }
}

#[test]
fn a_thousand_accounts_return_to_their_registrar_without_a_storm() {
    story(|engine, peer| async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let config = json!({ "registrar": format!("sip:{address};transport=tcp") });
        let account = |number| engine.account(&peer, &format!("user{number}"), "secret", config.clone());
        let mut accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        let mut registrar = Registrar::accept(&listener).await;
        registrar.take_all().await;
        assert_eq!(registrar.most, REGISTERS_PER_REGISTRAR);
        all_stand(&mut accounts, State::Connected, StateReason::Ok).await;
        assert_eq!(engine.exchange.counters.sip_registered.get(), ACCOUNTS as i64);
        drop((registrar, listener));
        all_stand(&mut accounts, State::Failed, StateReason::Unreachable).await;
        let listener = TcpListener::bind(address).await.unwrap();
        let mut registrar = Registrar::accept(&listener).await;
        registrar.take_all().await;
        assert!(registrar.most <= REGISTERS_PER_REGISTRAR, "{}", registrar.most);
        all_stand(&mut accounts, State::Connected, StateReason::Ok).await;
        assert_eq!(engine.exchange.counters.sip_registered.get(), ACCOUNTS as i64);
    });
}
