//! A virtual browser's WebSocket.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::Result;

pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects and upgrades. Its buffers are small: the default of 128 KiB a client
    /// would fill the machine.
    ///
    /// Errors: refused, or no WebSocket there.
    pub async fn connect(server: SocketAddr) -> Result<Socket> {
        let stream = TcpStream::connect(server).await.map_err(|e| format!("connect: {e}"))?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        let config = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0);
        let url = format!("ws://{server}/rtc/api");
        let upgraded = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await;
        upgraded.map(|(stream, _)| Socket(stream)).map_err(|e| format!("upgrade: {e}"))
    }

    /// Errors: the server has closed.
    pub async fn send(&mut self, text: &str) -> Result<()> {
        self.0.send(Message::text(text)).await.map_err(|e| format!("send: {e}"))
    }

    /// The next text frame; pings on the way are answered.
    ///
    /// Errors: the server has closed.
    pub async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => return Err(format!("the server closed: {frame:?}")),
                Some(Ok(Message::Ping(_))) => self.0.flush().await.map_err(|e| format!("pong: {e}"))?,
                Some(Ok(Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(format!("receive: {error}")),
                None => return Err("the server closed".to_owned()),
            }
        }
    }

    /// The next text frame that has `word` in it.
    ///
    /// Errors: the server has closed.
    pub async fn next_with(&mut self, word: &str) -> Result<Utf8Bytes> {
        loop {
            let text = self.next().await?;
            if text.contains(word) {
                return Ok(text);
            }
        }
    }
}
