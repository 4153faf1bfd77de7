//! What the network says of datagrams that did not arrive (ICMP), as far as the kernel tells: Linux does.
//!
//! Such a message is quoted with its beginning. Whoever is not on its way cannot guess the branch in it, so that nobody
//! else can make us believe that a hop is dead.

#[cfg(target_os = "linux")]
pub(super) use linux::{next, watch};
#[cfg(not(target_os = "linux"))]
pub(super) use none::{next, watch};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::net::{Ipv4Addr, UdpSocket};
    use std::os::fd::AsFd;

    use quinn_udp::{UdpSockRef, UdpSocketState};
    use rustix::io::Errno;
    use rustix::net::{RecvFlags, recv};
    use socket2::{SockRef, Socket};

    /// As much of a message as routers quote (RFC 1812 section 4.3.2.3).
    const QUOTED_BYTES: usize = 576;

    /// Has errors kept for [`next`].
    pub fn watch(socket: &Socket) -> io::Result<()> {
        // The state of another socket: that of ours would have its datagrams joined.
        let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        UdpSocketState::new(UdpSockRef::from(&other))?.enable_transport_errors(UdpSockRef::from(socket))
    }

    /// The beginning of a message that did not arrive; empty where it was only too large for its way, which the kernel
    /// sees to. Errors: `WouldBlock` where there is none.
    pub fn next(socket: &impl AsFd) -> io::Result<Vec<u8>> {
        let told = SockRef::from(socket).take_error()?.and_then(|error| error.raw_os_error());
        let mut quoted = [0; QUOTED_BYTES];
        let (length, _) = recv(socket, &mut quoted, RecvFlags::ERRQUEUE | RecvFlags::DONTWAIT)?;
        let is_too_large = told == Some(Errno::MSGSIZE.raw_os_error());
        Ok(quoted.get(..length).filter(|_| !is_too_large).unwrap_or_default().to_vec())
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;

    use socket2::Socket;

    pub fn watch(_: &Socket) -> io::Result<()> {
        Ok(())
    }

    pub fn next<S>(_: &S) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}
