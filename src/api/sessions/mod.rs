//! `/sessions`: a token, and the accounts it opens.

pub(super) mod accounts;
pub(super) mod create;
pub(super) mod delete;
mod insert;
pub(super) mod list;
pub(super) mod read;
pub(super) mod update;
mod view;

pub(super) use insert::{insert, lock_app};
pub(super) use read::find;
pub(super) use view::SessionView;
