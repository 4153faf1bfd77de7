//! `/calls`: one record a finished leg, newest first.

pub(super) mod list;
pub(super) mod read;
mod view;

pub(super) use view::CallView;
