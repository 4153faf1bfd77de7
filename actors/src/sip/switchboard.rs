//! [`Switchboard`]: what there is one of for SIP.

use std::sync::{Mutex, PoisonError, RwLock};

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Arbiter, Handler, Message};

use super::connector::SipConnector;
use super::dispatch::Dispatch;
use super::registrars::Registrars;
use super::transport::SipTransport;

/// See the module.
pub struct Switchboard {
    connector: RwLock<Addr<SipConnector>>,
    transport: RwLock<Option<Addr<SipTransport>>>,
    /// The transport's thread.
    thread: Mutex<Option<Arbiter>>,
    /// Which call a request belongs to.
    pub dispatch: Dispatch,
    /// Who registers now.
    pub registrars: Registrars,
}

impl Switchboard {
    /// Without a transport: nobody is reached.
    pub fn new(connector: Addr<SipConnector>) -> Switchboard {
        let (dispatch, registrars) = (Dispatch::default(), Registrars::default());
        let (connector, transport, thread) = (RwLock::new(connector), RwLock::default(), Mutex::default());
        Switchboard { connector, transport, thread, dispatch, registrars }
    }

    /// The connector, whichever incarnation lives.
    pub fn connector(&self) -> Addr<SipConnector> {
        self.connector.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a rebuilt connector in its place.
    pub fn replace_connector(&self, connector: Addr<SipConnector>) {
        *self.connector.write().unwrap_or_else(PoisonError::into_inner) = connector;
    }

    /// The transport, whichever incarnation lives; `None`: this engine does not listen for SIP.
    pub fn transport(&self) -> Option<Addr<SipTransport>> {
        self.transport.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts the transport in its place.
    pub fn set_transport(&self, transport: Addr<SipTransport>) {
        *self.transport.write().unwrap_or_else(PoisonError::into_inner) = Some(transport);
    }

    /// Keeps the transport's thread.
    pub fn set_thread(&self, thread: Arbiter) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }

    /// Ends the transport and frees its ports. Blocks until its thread is gone.
    pub fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.stop();
            // It is gone already if it panicked.
            let _ = thread.join();
        }
    }

    /// Tells the transport.
    pub fn send<M>(&self, message: M)
    where
        M: Message + std::marker::Send + 'static,
        M::Result: std::marker::Send,
        SipTransport: Handler<M>,
        <SipTransport as Actor>::Context: ToEnvelope<SipTransport, M>,
    {
        if let Some(transport) = self.transport() {
            transport.do_send(message);
        }
    }
}
