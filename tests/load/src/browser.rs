//! A virtual browser in a call: its WebSocket, and real ICE, DTLS and SRTP by `media::client`.

use std::time::{Duration, Instant};

use media::Certificate;
use media::client::{Change, Client as Peer, Codec, MediaKind, Output};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use uuid::Uuid;

use crate::Result;
use crate::clients::Client;

/// What it says, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// It offers all it knows.
    Any(Codec),
    /// It knows nothing but Opus.
    OpusOnly,
}

impl Speech {
    pub fn codec(self) -> Codec {
        match self {
            Speech::Any(codec) => codec,
            Speech::OpusOnly => Codec::Opus,
        }
    }
}

pub struct Browser {
    client: Client,
    /// Boxed: it has kilobytes, and calls are moved about.
    peer: Box<Peer>,
    udp: UdpSocket,
    buffer: Vec<u8>,
    /// When the peer wants its timeout.
    wake: Instant,
    leg: Value,
    speech: Speech,
}

impl Browser {
    /// A page with an offer ready to be sent.
    ///
    /// Errors: no socket, no offer.
    pub async fn new(client: Client, certificate: &Certificate, speech: Speech) -> Result<(Browser, String)> {
        let udp = UdpSocket::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = udp.local_addr().map_err(|e| e.to_string())?;
        // From here on tokio knows that it can be written to.
        udp.writable().await.map_err(|e| e.to_string())?;
        let mut peer = Box::new(Peer::new(Instant::now(), address, certificate)?);
        let offer = peer.offer(&[Change::Add(MediaKind::Audio)]).ok_or("no offer was made")?;
        let offer = if speech == Speech::OpusOnly { only_opus(&offer) } else { offer };
        let leg = json!({ "id": Uuid::new_v4(), "gcid": Uuid::new_v4() });
        let (buffer, wake) = (vec![0; 2048], Instant::now());
        Ok((Browser { client, peer, udp, buffer, wake, leg, speech }, offer))
    }

    /// Calls `target`; it has answered, after this time.
    ///
    /// Errors: it has not.
    pub async fn call(&mut self, target: &str, offer: &str) -> Result<Duration> {
        let account = self.client.account.as_ref().map(|(account, _)| account.clone());
        let mut start = self.leg.clone();
        start["account"] = account.into();
        start["target"] = target.into();
        start["sdp"] = offer.into();
        let begin = Instant::now();
        self.send("call.start", &start).await?;
        let accept = self.next("call.accept").await?;
        let answered = begin.elapsed();
        self.peer.answer(accept["sdp"].as_str().ok_or("call.accept has no sdp")?)?;
        let leg = self.leg.clone();
        self.send("call.ack.accept", &leg).await?;
        self.drain().map(|_| answered)
    }

    /// Waits for what happens next; how many packets came.
    ///
    /// Errors: the call has ended, or its socket.
    pub async fn turn(&mut self) -> Result<u64> {
        tokio::select! {
            biased;
            received = self.udp.recv_from(&mut self.buffer) => {
                let (length, source) = received.map_err(|e| e.to_string())?;
                self.peer.receive(Instant::now(), source, self.buffer.get(..length).unwrap_or_default());
            }
            () = tokio::time::sleep_until(self.wake.into()) => self.peer.timeout(Instant::now()),
            frame = self.client.socket.next() => {
                let frame = frame?;
                if frame.contains("call.end") {
                    return Err(format!("a call has ended: {frame}"));
                }
            }
        }
        self.drain()
    }

    /// ICE and DTLS are up.
    pub fn is_connected(&self) -> bool {
        self.peer.is_connected()
    }

    /// Sends one packet; nothing before it is connected. How many packets came meanwhile.
    ///
    /// Errors: what was negotiated does not have the codec; the socket.
    pub fn speak(&mut self, ticks: u32, payload: &[u8]) -> Result<u64> {
        if !self.is_connected() {
            return Ok(0);
        }
        let mid = *self.peer.mids().first().ok_or("no media section")?;
        if !self.peer.send(Instant::now(), mid, self.speech.codec(), ticks, false, payload) {
            return Err(format!("{:?} was not negotiated", self.speech.codec()));
        }
        self.drain()
    }

    /// Hangs up; the engine has said so.
    ///
    /// Errors: it does not.
    pub async fn end(mut self) -> Result<Client> {
        let mut end = self.leg.clone();
        end["reason"] = "normal".into();
        self.send("call.end", &end).await?;
        self.next("call.ack.end").await?;
        Ok(self.client)
    }

    fn drain(&mut self) -> Result<u64> {
        let mut received = 0;
        while let Some(output) = self.peer.poll() {
            match output {
                Output::Transmit { destination, bytes } => {
                    let sent = self.udp.try_send_to(&bytes, destination);
                    sent.map_err(|e| format!("to {destination}: {e}"))?;
                }
                Output::Received(_) => received += 1,
                Output::Wake(at) => self.wake = at,
                Output::Closed => return Err("the engine closed the media of a call".to_owned()),
                Output::Connected | Output::KeyframeRequest(_) => {}
            }
        }
        Ok(received)
    }

    async fn send(&mut self, method: &str, body: &Value) -> Result<()> {
        let target = self.client.account.as_ref().map(|(_, target)| target.as_str());
        let frame = json!({ "method": method, "to": target, "ack": self.client.seen, "body": body });
        self.client.socket.send(&frame.to_string()).await
    }

    /// The body of the next `method`; an end or an error instead of it is one here.
    async fn next(&mut self, method: &str) -> Result<Value> {
        loop {
            let frame: Value = serde_json::from_str(&self.client.socket.next().await?).map_err(|e| e.to_string())?;
            self.client.seen = frame["seq"].as_u64().unwrap_or(self.client.seen);
            match frame["method"].as_str() {
                Some(found) if found == method => return Ok(frame["body"].clone()),
                Some("call.end" | "core.error") => return Err(format!("a call failed: {frame}")),
                Some(_) | None => {}
            }
        }
    }
}

/// The offer without the payload types that phones of old know.
fn only_opus(offer: &str) -> String {
    const OLD: [&str; 3] = ["0", "8", "9"];
    let kept = |line: &str| {
        let old = |of: &str| {
            line.strip_prefix(of).is_some_and(|rest| OLD.iter().any(|pt| rest.split(' ').next() == Some(pt)))
        };
        !old("a=rtpmap:") && !old("a=fmtp:") && !old("a=rtcp-fb:")
    };
    let listed = |line: &str| match line.strip_prefix("m=audio ") {
        Some(rest) => {
            let words = rest.split(' ').enumerate().filter(|(at, word)| *at < 2 || !OLD.contains(word));
            format!("m=audio {}", words.map(|(_, word)| word).collect::<Vec<_>>().join(" "))
        }
        None => line.to_owned(),
    };
    offer.lines().filter(|line| kept(line)).map(|line| listed(line) + "\r\n").collect()
}
