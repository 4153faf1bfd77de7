//! What the media workers count, summed over all of them.

use std::fmt::{self, Error};
use std::sync::atomic::{AtomicU64, Ordering};

use actors::media::Media;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use super::sample::{counter, gauge};

/// Collects at each scrape; the workers are not disturbed.
pub struct MediaPlane(pub Media);

impl fmt::Debug for MediaPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaPlane")
    }
}

impl Collector for MediaPlane {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result<(), Error> {
        let counters = self.0.counters();
        let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        gauge(&mut out, "media_peers", "WebRTC peers of the engine itself", None, now(&counters.peers))?;
        let totals = [
            ("media_peers_failed", "Peers that failed", &counters.peers_failed),
            ("media_datagrams_in", "Datagrams received", &counters.packets_in),
            ("media_datagrams_out", "Datagrams sent", &counters.packets_out),
            ("media_received_bytes", "Bytes received without UDP and IP headers", &counters.bytes_in),
            ("media_sent_bytes", "Bytes sent without UDP and IP headers", &counters.bytes_out),
            ("media_send_errors", "Datagrams the socket would not take", &counters.send_errors),
        ];
        for (name, help, total) in totals {
            counter(&mut out, name, help, None, now(total))?;
        }
        let mut bad =
            out.encode_descriptor("media_datagrams_dropped", "Bad datagrams by reason", None, MetricType::Counter)?;
        for dropped in counters.bad_datagrams() {
            let reason = [("reason", dropped.kind)];
            ConstCounter::new(dropped.count).encode(bad.encode_family(&reason)?)?;
        }
        Ok(())
    }
}
