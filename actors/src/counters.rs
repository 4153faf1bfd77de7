//! What the engine counts. The server writes them out as Prometheus metrics.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

macro_rules! counters {
    ($($name:ident: $kind:ident, $help:literal;)*) => {
        /// Every counter and gauge of the actors.
        #[derive(Clone, Debug, Default)]
        pub struct Counters {
            $(#[doc = $help] pub $name: $kind,)*
        }

        impl Counters {
            /// Makes all known to `registry`.
            pub fn register(&self, registry: &mut Registry) {
                $(registry.register(stringify!($name), $help, self.$name.clone());)*
            }
        }
    };
}

counters! {
    sockets: Gauge, "WebSockets open";
    sockets_unopened: Gauge, "WebSockets that have not opened a session";
    sockets_cut: Counter, "WebSockets cut off for reading too slowly";
    sessions: Gauge, "Sessions open";
    sessions_refused: Counter, "Attempts to open a session that were refused";
    devices_resumed: Counter, "Sockets that took the place of a lost one";
    frames_in: Counter, "Frames received on open sessions";
    frames_out: Counter, "Frames sent";
    frames_refused: Counter, "Frames answered with an error";
    accounts_connected: Gauge, "Accounts connected";
    sip_upstreams: Gauge, "Connections of accounts to SIP networks, shared ones once";
    sip_registered: Gauge, "Registrations that stand";
    sip_registrations_failed: Counter, "Registrations refused, unanswered or lost";
    calls: Gauge, "Calls running or ringing";
    calls_started: Counter, "Calls started";
    calls_answered: Counter, "Calls answered";
    calls_failed: Counter, "Calls ended by a fault of the engine";
    sip_received: Counter, "SIP messages received";
    sip_malformed: Counter, "SIP messages that could not be read";
    sip_dropped: Counter, "SIP messages dropped: a limit, or no room in a socket";
    sip_sent: Counter, "SIP messages sent";
    sip_failures: Counter, "SIP messages that could not be sent, and connections that failed";
    sip_connections: Gauge, "SIP connections open";
    sip_transactions: Gauge, "SIP transactions running";
    actors_rebuilt: Counter, "Actors rebuilt after a panic";
}
