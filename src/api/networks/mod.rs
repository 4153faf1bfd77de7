//! `/networks`: a tag of its owner, and the connector behind it with its `config`.

pub(super) mod create;
pub(super) mod delete;
mod fields;
pub(super) mod list;
pub(super) mod read;
pub(super) mod update;
mod view;

pub(super) use fields::connector;
pub(super) use read::find;
pub(super) use view::NetworkView;
