//! The sound of one virtual phone: plain RTP over UDP.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

use crate::Result;

/// PCMU (RFC 3551 section 6).
const PAYLOAD_TYPE: u8 = 0;

pub struct Phone {
    udp: UdpSocket,
    /// Of the RTP port, for reports that the engine sends there; nobody reads them.
    _rtcp: Option<UdpSocket>,
    port: u16,
    /// Where the engine hears it.
    engine: Option<SocketAddr>,
    sequence: u16,
    timestamp: u32,
    packet: Vec<u8>,
    buffer: Vec<u8>,
}

impl Phone {
    /// Errors: no socket.
    pub async fn new() -> Result<Phone> {
        let udp = UdpSocket::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let port = udp.local_addr().map_err(|e| e.to_string())?.port();
        let rtcp = UdpSocket::bind(("127.0.0.1", port.saturating_add(1))).await.ok();
        // From here on tokio knows that it can be written to.
        udp.writable().await.map_err(|e| e.to_string())?;
        let (packet, buffer) = (Vec::new(), vec![0; 2048]);
        Ok(Phone { udp, _rtcp: rtcp, port, engine: None, sequence: port, timestamp: 0, packet, buffer })
    }

    /// Of its RTP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// It is in a call with the engine.
    pub fn connect(&mut self, engine: SocketAddr) {
        self.engine = Some(engine);
    }

    /// Waits for what comes; how many packets those are.
    ///
    /// Errors: the socket.
    pub async fn turn(&mut self) -> Result<u64> {
        self.udp.readable().await.map_err(|e| e.to_string())?;
        let mut received = 0;
        while self.udp.try_recv(&mut self.buffer).is_ok() {
            received += 1;
        }
        Ok(received)
    }

    /// Sends one packet, once it is in a call.
    ///
    /// Errors: the socket.
    pub fn speak(&mut self, ticks: u32, payload: &[u8]) -> Result<()> {
        let Some(engine) = self.engine else { return Ok(()) };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.packet.clear();
        self.packet.extend([0x80, PAYLOAD_TYPE]);
        self.packet.extend(self.sequence.to_be_bytes());
        self.packet.extend(self.timestamp.to_be_bytes());
        self.packet.extend(u32::from(self.port).to_be_bytes());
        self.packet.extend(payload);
        self.udp.try_send_to(&self.packet, engine).map(|_| ()).map_err(|e| format!("to {engine}: {e}"))
    }
}
