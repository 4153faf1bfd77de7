//! `/accounts`: credentials on a network, bound to a session.

pub(super) mod create;
pub(super) mod delete;
mod fields;
mod insert;
pub(super) mod list;
pub(super) mod read;
pub(super) mod update;
mod view;

pub(super) use insert::insert;
pub(super) use view::AccountView;
