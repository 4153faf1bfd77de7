//! One sample.

/// The sample nearest to `value`.
pub(crate) fn saturated(value: i32) -> i16 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
