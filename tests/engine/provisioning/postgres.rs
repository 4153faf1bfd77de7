//! A PostgreSQL for the tests of this process, a database a test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

struct Cluster {
    folder: String,
    /// Its standard input ends with this process, and the server with it.
    _server: Child,
}

/// The URL of a fresh database.
pub async fn database() -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(start);
    let name = format!("test_{}", Uuid::new_v4().simple());
    let db = Database::connect(cluster.url("test")).await.expect("PostgreSQL answers");
    db.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    db.close().await.expect("closed");
    cluster.url(&name)
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://test@localhost/{database}?host={}", self.folder.replace('/', "%2F"))
    }
}

fn start() -> Cluster {
    let folder = std::env::temp_dir().join(format!("rtc-pg-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).expect("a folder for PostgreSQL");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh");
    let mut command = Command::new(script);
    command.arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().expect("tests/support/postgres.sh runs");
    let mut said = String::new();
    let output = server.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut said).expect("its first line");
    assert_eq!(said, "ready\n", "PostgreSQL did not start: is it installed (apt-get install postgresql)?");
    Cluster { folder: folder.to_string_lossy().into_owned(), _server: server }
}
