//! Panics on demand: a request whose `id` is `panic in <place>` panics there.

use signal::envelope::Ref;

/// Panics where the request asks for it.
pub fn trip(place: &str, reference: Option<&Ref>) {
    if let Some(Ref::Text(text)) = reference
        && text.strip_prefix("panic in ") == Some(place)
    {
        panic!("a test asked for a panic in {place}");
    }
}
