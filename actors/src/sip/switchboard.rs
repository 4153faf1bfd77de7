//! [`Switchboard`]: what there is one of for SIP.

use std::sync::{PoisonError, RwLock};

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, Message};

use self::placeholder::SipTransport;
use super::connector::SipConnector;
use super::dispatch::Dispatch;
use super::registrars::Registrars;

/// See the module.
pub struct Switchboard {
    connector: RwLock<Addr<SipConnector>>,
    transport: RwLock<Option<Addr<SipTransport>>>,
    /// Which call a request belongs to.
    pub dispatch: Dispatch,
    /// Who registers now.
    pub registrars: Registrars,
}

impl Switchboard {
    /// Without a transport: nobody is reached.
    pub fn new(connector: Addr<SipConnector>) -> Switchboard {
        let (dispatch, registrars) = (Dispatch::default(), Registrars::default());
        Switchboard { connector: RwLock::new(connector), transport: RwLock::default(), dispatch, registrars }
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

/// Until the transport is there.
mod placeholder {
    use actix::{Actor, Context, Handler};

    use crate::sip::transport::{Cancel, Cause, LocalAddress, Respond, Send, SendAck, Unwatch, Watch};

    pub struct SipTransport;

    impl Actor for SipTransport {
        type Context = Context<SipTransport>;
    }

    macro_rules! takes {
        ($($message:ty,)*) => {
            $(impl Handler<$message> for SipTransport {
                type Result = ();

                fn handle(&mut self, _: $message, _: &mut Self::Context) {}
            })*
        };
    }
    takes! { Send, SendAck, Cancel, Respond, Watch, Unwatch, }

    impl Handler<LocalAddress> for SipTransport {
        type Result = Result<super::super::transport::Local, Cause>;

        fn handle(&mut self, _: LocalAddress, _: &mut Self::Context) -> Self::Result {
            Err(Cause::Unreachable)
        }
    }
}
