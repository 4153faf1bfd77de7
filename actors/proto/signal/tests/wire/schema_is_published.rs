use std::path::PathBuf;

/// `UPDATE=1 cargo test -p signal` writes it anew.
#[test]
fn and_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../static/schema/rtc-engine.schema.json");
    let text = serde_json::to_string_pretty(&signal::schema::document()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == text, "static/schema is out of date: UPDATE=1 cargo test -p signal");
}

#[test]
fn and_itself_a_valid_schema() {
    assert!(jsonschema::meta::is_valid(&signal::schema::document()));
}
