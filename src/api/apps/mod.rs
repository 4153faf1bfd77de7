//! `/apps`: the tenant boundary. Quotas, allowed origins and session lifetime are set here.

pub(super) mod create;
pub(super) mod delete;
mod fields;
pub(super) mod list;
pub(super) mod read;
pub(super) mod sessions;
pub(super) mod update;
mod view;

pub(super) use read::find;
pub(super) use view::AppView;
