//! One worker thread's share of the engine.

use std::sync::Arc;

use actix::{Actor, Addr};

use super::{Registry, Router};
use crate::browser::BrowserConnector;
use crate::exchange::Exchange;

/// The actors every session of one worker thread shares.
#[derive(Clone)]
pub struct Lane {
    /// Reads `to`.
    pub router: Addr<Router>,
    /// Knows who answers.
    pub registry: Addr<Registry>,
    /// Owns the sockets.
    pub browser: Addr<BrowserConnector>,
}

impl Lane {
    /// Starts the three on the calling thread.
    pub fn start(exchange: &Arc<Exchange>) -> Lane {
        Registry::create_lane(|registry| {
            let router = Router::new(registry.clone()).start();
            let browser = BrowserConnector::new(exchange.clone(), router.clone(), registry.clone()).start();
            let lane = Lane { router, registry, browser };
            (lane.clone(), Registry::new(exchange.clone(), lane))
        })
    }
}
