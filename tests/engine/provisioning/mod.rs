//! `provisioning`: the REST, read from the document, on SQLite and on PostgreSQL.

mod access;
mod bad_requests;
mod collections;
mod configs;
mod contract;
mod demo;
mod directory;
mod keys;
mod live;
mod openapi;
mod outage;
mod postgres;
mod quotas;
mod restart;
mod secrecy;
mod throttle;
mod world;

/// Runs each story, a function of a `World`, on both databases.
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[actix_web::test]
            async fn $story() {
                super::$story($crate::provisioning::world::World::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[actix_web::test]
            async fn $story() {
                super::$story($crate::provisioning::world::World::postgres().await).await;
            })+
        }
    };
}
use on_both_databases;
