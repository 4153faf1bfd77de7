//! `/users`: who may provision. Ordinary users see themselves; admins all.

pub(super) mod apps;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod networks;
mod owner;
pub(super) mod read;
pub(super) mod update;
mod view;

pub(super) use owner::owner;
pub(super) use view::UserView;
