//! Ends a TCP connection from outside its HTTP dispatcher.
//!
//! A reader that stops reading blocks the dispatcher, and with it the WebSocket
//! actor: neither its timers nor its mailbox are served. Only the socket itself
//! can then be ended.

use std::net::Shutdown;
use std::sync::Arc;

/// A duplicate of the connection's descriptor, kept in the connection's extensions.
#[derive(Clone, Debug)]
pub struct Cut(Arc<socket2::Socket>);

impl Cut {
    /// Duplicates the descriptor of `stream`.
    ///
    /// Errors: the process has no descriptor left.
    pub fn of<'a, S>(stream: &'a S) -> std::io::Result<Cut>
    where
        socket2::SockRef<'a>: From<&'a S>,
    {
        socket2::SockRef::from(stream).try_clone().map(|socket| Cut(Arc::new(socket)))
    }

    /// Shuts the connection down in both directions; the dispatcher then sees an error.
    pub fn cut(&self) {
        // A connection that is gone already is as ended as asked.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
