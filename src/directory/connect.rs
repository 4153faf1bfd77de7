//! The connection pool, the same for the three databases but for what SQLite wants set.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};

/// How long a request waits for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long a write waits for SQLite's one writer.
const BUSY: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 8;
/// SQLite's page cache of one connection; negative is KiB.
const CACHE: &str = "-256";

/// Why there is no database; one sentence, which may name the URL's host, never its password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No URL of a database.
    #[error("this is no URL of a database: {0}")]
    Url(sqlx::Error),
    /// The file cannot be opened or made.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Nobody answers at this host and port.
    #[error("the database at {0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// It refuses.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Connects to `url` (`sqlite:`, `postgres:` or `mysql:`) and applies what migrations are missing.
///
/// Errors: the database cannot be reached, or refuses.
pub async fn connect(url: &str) -> Result<DatabaseConnection, ConnectError> {
    // SeaORM knows MariaDB by the name of its protocol only.
    let url = url.strip_prefix("mariadb:").map_or(url.to_owned(), |rest| format!("mysql:{rest}"));
    let mut options = ConnectOptions::new(&url);
    options.sqlx_logging(false).acquire_timeout(ACQUIRE).connect_timeout(ACQUIRE).max_connections(CONNECTIONS);
    if url.starts_with("sqlite:") {
        if !is_in_memory(&url) {
            let file = SqliteConnectOptions::from_str(&url).map_err(ConnectError::Url)?.get_filename().to_owned();
            make_private(&file).map_err(|error| ConnectError::File(file, error))?;
        }
        sqlite(&mut options, &url);
    } else {
        reach(&url).await?;
    }
    let db = Database::connect(options).await?;
    Migrator::up(&db, None).await?;
    Ok(db)
}

/// Makes `file` where it is missing, readable by its owner only: SQLite would let others read it.
fn make_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// One connection by itself: a pool only says that it had to wait, never why.
async fn reach(url: &str) -> Result<(), ConnectError> {
    let (place, connected) = if url.starts_with("mysql:") {
        let options = MySqlConnectOptions::from_str(url).map_err(ConnectError::Url)?;
        let place = format!("{}:{}", options.get_host(), options.get_port());
        (place, tokio::time::timeout(ACQUIRE, options.connect()).await.map(|done| done.map(drop)))
    } else {
        let options = PgConnectOptions::from_str(url).map_err(ConnectError::Url)?;
        let place = format!("{}:{}", options.get_host(), options.get_port());
        (place, tokio::time::timeout(ACQUIRE, options.connect()).await.map(|done| done.map(drop)))
    };
    match connected {
        Ok(Ok(())) => Ok(()),
        Ok(Err(sqlx::Error::Io(error))) => Err(ConnectError::Unreachable(place, error.to_string())),
        Ok(Err(error)) => Err(DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()),
        Err(_) => Err(ConnectError::Unreachable(place, format!("no answer within {} s", ACQUIRE.as_secs()))),
    }
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
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
    if is_in_memory(url) {
        // Such a database lives as long as its one connection.
        options.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    }
}
