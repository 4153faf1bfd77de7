//! A call record as the API shows it.

use entities::call_record;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::link::{Link, Links};
use crate::api::page::View;

/// One finished leg.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// Where it is.
    pub href: String,
    /// UUID v4 of the record.
    pub id: Uuid,
    /// The call end to end.
    pub gcid: String,
    /// The leg.
    pub call: Uuid,
    /// Whose leg it was; may be deleted.
    pub session: Uuid,
    /// On which account; may be deleted.
    pub account: Uuid,
    /// The connector's wire name.
    pub connector: String,
    /// Whether this leg's browser was the caller.
    pub outgoing: bool,
    /// This leg's own identifier.
    pub local: String,
    /// The far end's.
    pub remote: String,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub started: OffsetDateTime,
    /// UTC; null: never.
    #[serde(with = "time::serde::rfc3339::option")]
    pub answered: Option<OffsetDateTime>,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub ended: OffsetDateTime,
    /// The end reason's wire word.
    pub reason: String,
    /// Whether this leg's browser ended it.
    #[serde(rename = "endedByLocal")]
    pub ended_by_local: bool,
    /// One sentence on the media, where the engine saw it.
    pub media: Option<String>,
    /// What happened on it, while the engine remembers.
    pub trace: Link,
}

impl CallView {
    pub(super) fn new(links: &Links, row: call_record::Model) -> CallView {
        CallView {
            href: links.id("calls", row.id).href,
            trace: links.to(&format!("trace/{}", row.gcid)),
            id: row.id,
            gcid: row.gcid,
            call: row.call,
            session: row.session,
            account: row.account,
            connector: row.connector,
            outgoing: row.outgoing,
            local: row.local,
            remote: row.remote,
            started: row.started,
            answered: row.answered,
            ended: row.ended,
            reason: row.reason,
            ended_by_local: row.ended_by_local,
            media: row.media,
        }
    }
}

impl View for CallView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
