//! Descriptions of phones as we understand them: `tests/vectors/sdp/plain/NAME.in.sdp` read
//! typed and written again is `NAME.out.sdp`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking, and says why")]

use std::fs;
use std::path::PathBuf;

use sdp::plain::{Session, Versions};

#[test]
fn every_vector_is_written_as_stands_beside_it() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/sdp/plain");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".in.sdp") else { continue };
        let session = Session::parse(&fs::read_to_string(folder.join(&name)).unwrap()).unwrap();
        let written = Versions::new(2).write(&session);
        let expected = fs::read_to_string(folder.join(format!("{stem}.out.sdp"))).unwrap_or_default();
        assert_eq!(written, expected, "{name}");
        assert_eq!(Versions::new(2).write(&Session::parse(&written).unwrap()), written, "{name} once more");
        seen += 1;
    }
    assert_eq!(seen, 10);
}
