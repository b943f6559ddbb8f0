//! What must hold of the reading of an upgrade's answer for any bytes: no panic, and the same answer however it comes.
pub(crate) fn holds(_: &[u8]) {}
