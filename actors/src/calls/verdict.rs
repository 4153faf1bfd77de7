//! How the media of a call fared, in a sentence.

use crate::media::Stats;

/// The totals of a peer as a record keeps them.
pub fn verdict(stats: &Stats) -> String {
    let percent = |share: Option<f32>| share.map_or("unknown".to_owned(), |share| format!("{:.1} %", share * 100.0));
    format!(
        "{} packets in, {} out, loss in {}, loss out {}",
        stats.packets_in,
        stats.packets_out,
        percent(stats.loss_in),
        percent(stats.loss_out)
    )
}
