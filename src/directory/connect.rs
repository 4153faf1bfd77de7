//! The connection pool, the same for the three databases but for what SQLite wants set.

use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// How long a request waits for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long a write waits for SQLite's one writer.
const BUSY: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 8;
/// SQLite's page cache of one connection; negative is KiB.
const CACHE: &str = "-256";

/// Connects to `url` (`sqlite:`, `postgres:` or `mysql:`) and applies what migrations are missing.
///
/// Errors: the database cannot be reached, or refuses. The text may name the URL's host, never its password.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    // SeaORM knows MariaDB by the name of its protocol only.
    let url = url.strip_prefix("mariadb:").map_or(url.to_owned(), |rest| format!("mysql:{rest}"));
    let mut options = ConnectOptions::new(&url);
    options.sqlx_logging(false).acquire_timeout(ACQUIRE).connect_timeout(ACQUIRE).max_connections(CONNECTIONS);
    if url.starts_with("sqlite:") {
        sqlite(&mut options, &url);
    }
    let db = Database::connect(options).await?;
    Migrator::up(&db, None).await?;
    Ok(db)
}

fn sqlite(options: &mut ConnectOptions, url: &str) {
    // A file cannot have gone away unnoticed as a server can: no ping before every query.
    options.test_before_acquire(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // The system caches the file; eight caches of SQLite's own 2 MB would cost a session more than its actors.
            .pragma("cache_size", CACHE)
    });
    if url.contains(":memory:") || url.contains("mode=memory") {
        // Such a database lives as long as its one connection.
        options.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    }
}
