//! As much HTTP as provisioning needs: JSON over one kept connection.

use std::net::SocketAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Result;

pub struct Http {
    stream: BufReader<TcpStream>,
    authorization: String,
    host: SocketAddr,
}

impl Http {
    /// Errors: refused.
    pub async fn connect(host: SocketAddr, user: &str, password: &str) -> Result<Http> {
        let stream = TcpStream::connect(host).await.map_err(|e| format!("connect: {e}"))?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        let authorization = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Ok(Http { stream: BufReader::new(stream), authorization, host })
    }

    /// Creates an object below `/rtcengine/api`.
    ///
    /// Errors: any status but 201.
    pub async fn create(&mut self, path: &str, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let head = format!(
            "POST /rtcengine/api{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            self.authorization,
            body.len()
        );
        let written = self.stream.get_mut().write_all(format!("{head}{body}").as_bytes()).await;
        written.map_err(|e| format!("POST {path}: {e}"))?;
        let (status, answer) = self.answer().await.map_err(|e| format!("POST {path}: {e}"))?;
        if status != "201" {
            return Err(format!("POST {path}: {status} {answer}"));
        }
        serde_json::from_str(&answer).map_err(|e| format!("POST {path}: {e}"))
    }

    async fn answer(&mut self) -> std::io::Result<(String, String)> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().map_err(std::io::Error::other)?;
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}
