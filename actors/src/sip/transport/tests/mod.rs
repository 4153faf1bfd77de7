//! The transport over real sockets of this machine, DNS a map.

mod back;
mod bench;
mod bounds;
mod destinations;
mod floods;
mod flows;
mod hops;
mod orphans;
mod requests;
mod trust;
