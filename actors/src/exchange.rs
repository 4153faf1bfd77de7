//! What there is one of in an engine, shared by all its actors.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext};
pub use gateway::{AddressPolicy, Timing};

use crate::counters::Counters;
use crate::directory::{Change, Directory, Secret};
use crate::limits::Limits;
use crate::media::Media;
use crate::router::registry::Provisioned;
use crate::session::core::{Core, EndAll};
use crate::sip::{Leave, SipConnector, Switchboard};
use crate::trace::Trace;
use crate::webrtc::WebrtcConnector;

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a device without a socket keeps its calls.
    pub resume_grace: Duration,
    /// TURN and STUN servers for browsers.
    pub turn: Option<Turn>,
    /// See [`Limits`].
    pub limits: Limits,
    /// Which candidates may be told to the far end.
    pub addresses: AddressPolicy,
    /// The bounds of a call in time.
    pub timing: Timing,
    /// Where recordings go; `None`: no call is recorded.
    pub recordings: Option<PathBuf>,
}

/// The TURN server browsers are sent to.
#[derive(Clone, Debug)]
pub struct Turn {
    /// `stun:`, `turn:` and `turns:` URLs.
    pub urls: Vec<String>,
    /// The secret shared with it.
    pub secret: Secret,
    /// How long a credential lives.
    pub ttl: Duration,
}

/// See the module.
pub struct Exchange {
    /// What an operator sets.
    pub settings: Settings,
    /// The database.
    pub directory: Arc<dyn Directory>,
    /// What is counted.
    pub counters: Counters,
    /// What is remembered of each call.
    pub trace: Trace,
    /// Opens sessions.
    pub core: Addr<Core>,
    /// The media plane.
    pub media: Media,
    /// New sessions are refused.
    pub draining: AtomicBool,
    /// What there is one of for SIP.
    pub sip: Switchboard,
    webrtc: RwLock<Addr<WebrtcConnector>>,
}

impl Exchange {
    /// Starts the actors there is one of, on the calling thread, which must run an actix `System`.
    pub fn start(settings: Settings, directory: Arc<dyn Directory>, media: Media) -> Arc<Exchange> {
        let mut made = None;
        Core::create(|ctx| {
            let counters = Counters::default();
            let webrtc = RwLock::new(WebrtcConnector::fresh(&counters));
            let (trace, core, draining) = (Trace::default(), ctx.address(), AtomicBool::new(false));
            let sip = Switchboard::new(crate::sip::fresh());
            let exchange =
                Arc::new(Exchange { settings, directory, counters, trace, core, media, draining, sip, webrtc });
            exchange.webrtc().do_send(crate::webrtc::Supervise(exchange.clone()));
            exchange.sip().do_send(crate::sip::Supervise(exchange.clone()));
            made = Some(exchange.clone());
            Core::new(exchange)
        });
        #[expect(clippy::expect_used, reason = "create() runs the closure before it returns")]
        made.expect("the core is created")
    }

    /// The connector of browser-to-browser calls, whichever incarnation lives.
    pub fn webrtc(&self) -> Addr<WebrtcConnector> {
        self.webrtc.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a rebuilt connector in its place.
    pub fn replace_webrtc(&self, connector: Addr<WebrtcConnector>) {
        *self.webrtc.write().unwrap_or_else(PoisonError::into_inner) = connector;
    }

    /// The connector of phones and trunks, whichever incarnation lives.
    pub fn sip(&self) -> Addr<SipConnector> {
        self.sip.connector()
    }

    /// Tells live sessions what provisioning changed.
    pub fn change(&self, change: Change) {
        self.core.do_send(Provisioned(change));
    }

    /// Refuses new sessions and sockets from now on; what runs goes on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether new sessions and calls are refused.
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Removes every registration.
    pub fn unregister(&self) {
        self.sip().do_send(Leave);
    }

    /// Ends every session, its calls with `unavailable`, and closes its sockets with 1012 (service restart).
    pub fn end_sessions(&self) {
        self.core.do_send(EndAll);
    }
}
