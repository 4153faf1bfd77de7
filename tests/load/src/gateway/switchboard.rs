//! The SIP side of all virtual phones: one UDP socket that answers at once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use sip::message::{Incoming, MediaType, Message, Method, Request, Status, name, parse_datagram};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::phone::Phone;
use crate::Result;

/// Phones that may be called, by the user of their address.
type Waiting = Arc<Mutex<HashMap<String, (u16, oneshot::Sender<SocketAddr>)>>>;

pub struct Switchboard {
    address: SocketAddr,
    waiting: Waiting,
    task: JoinHandle<()>,
}

impl Switchboard {
    /// Errors: no socket.
    pub async fn open() -> Result<Switchboard> {
        let udp = UdpSocket::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let (address, waiting) = (udp.local_addr().map_err(|e| e.to_string())?, Waiting::default());
        let line = Line { udp, address, waiting: waiting.clone(), answers: HashMap::new() };
        Ok(Switchboard { address, waiting, task: tokio::spawn(line.run()) })
    }

    /// A phone that can be called, once.
    ///
    /// Errors: no socket.
    pub async fn phone(&self) -> Result<Dialled> {
        let (phone, (tell, told)) = (Phone::new().await?, oneshot::channel());
        let user = format!("phone{}", phone.port());
        let target = format!("sip:{user}@{}", self.address);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(user, (phone.port(), tell));
        Ok(Dialled { target, phone, told })
    }
}

/// A phone that is about to be called.
pub struct Dialled {
    /// What to dial.
    pub target: String,
    phone: Phone,
    told: oneshot::Receiver<SocketAddr>,
}

impl Dialled {
    /// The phone, once it has answered.
    ///
    /// Errors: it is not called any more.
    pub async fn connected(mut self) -> Result<Phone> {
        self.phone.connect(self.told.await.map_err(|_| "the switchboard is closed")?);
        Ok(self.phone)
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Line {
    udp: UdpSocket,
    address: SocketAddr,
    waiting: Waiting,
    /// Given to an INVITE, by its Call-ID; a repeated one gets the same.
    answers: HashMap<String, Vec<u8>>,
}

impl Line {
    async fn run(mut self) {
        let mut buffer = vec![0; 8192];
        while let Ok((length, source)) = self.udp.recv_from(&mut buffer).await {
            let incoming = parse_datagram(buffer.get(..length).unwrap_or_default());
            let Ok(Incoming::Message(message)) = incoming else { continue };
            let Message::Request(request) = *message else { continue };
            let Some(answer) = self.answer(&request) else { continue };
            if let Err(error) = self.udp.send_to(&answer, source).await {
                eprintln!("    a phone's answer: {error}");
            }
        }
    }

    fn answer(&mut self, request: &Request) -> Option<Vec<u8>> {
        let call = request.headers.call_id().ok()?;
        match request.method() {
            Method::Invite => {
                if !self.answers.contains_key(&call) {
                    let answer = self.invited(request)?;
                    self.answers.insert(call.clone(), answer);
                }
                self.answers.get(&call).cloned()
            }
            Method::Ack => None,
            Method::Bye => {
                self.answers.remove(&call);
                Some(request.response(Status::OK, None).to_bytes())
            }
            _ => Some(request.response(Status::NOT_IMPLEMENTED, Some("load")).to_bytes()),
        }
    }

    fn invited(&self, request: &Request) -> Option<Vec<u8>> {
        let user = request.uri().user()?.into_owned();
        let (port, tell) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&user)?;
        // A call that was given up meanwhile is not missed.
        let _ = tell.send(rtp_address(&String::from_utf8_lossy(request.body()))?);
        let mut answer = request.response(Status::OK, Some("load"));
        answer.headers.push(name::CONTACT, format!("<sip:{user}@{}>", self.address));
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
        );
        answer.set_body(&MediaType::sdp(), sdp.into_bytes());
        Some(answer.to_bytes())
    }
}

/// Where the writer of a description hears its audio.
fn rtp_address(sdp: &str) -> Option<SocketAddr> {
    let line = |of: &str| sdp.lines().find_map(|line| line.strip_prefix(of).map(str::to_owned));
    let ip = line("c=IN IP4 ")?.trim().parse().ok()?;
    Some(SocketAddr::new(ip, line("m=audio ")?.split(' ').next()?.parse().ok()?))
}
