//! One row a finished leg.

use sea_orm::entity::prelude::*;

/// A row of `call_record`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_record")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose session it was; null: unknown.
    pub owner: Option<Uuid>,
    /// Which app's.
    pub app: Option<Uuid>,
    /// The call end to end.
    pub gcid: String,
    /// The leg.
    pub call: Uuid,
    /// Whose leg it was.
    pub session: Uuid,
    /// On which account.
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
    pub started: TimeDateTimeWithTimeZone,
    /// UTC; null: never.
    pub answered: Option<TimeDateTimeWithTimeZone>,
    /// UTC.
    pub ended: TimeDateTimeWithTimeZone,
    /// The end reason's wire word.
    pub reason: String,
    /// Whether this leg's browser ended it.
    pub ended_by_local: bool,
    /// One sentence on the media.
    pub media: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
