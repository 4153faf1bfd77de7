//! `/keys`: bearer keys, for programs. Made with a password only, shown once.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod read;
mod view;

pub(super) use view::KeyView;
