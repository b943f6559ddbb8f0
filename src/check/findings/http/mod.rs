//! The answer to the upgrade, by what went wrong with it.

pub(super) mod nothing;
pub(super) mod redirect;
pub(super) mod refused;
pub(super) mod route;
pub(super) mod stripped;
pub(super) mod switch;
pub(super) mod upstream;

/// What the plain GET, a false version and a missing key get when nobody saw the upgrade: the same.
const NOBODY_SAW_IT: &str =
    "every probe got the same answer: with and without Upgrade, version 99, no such protocol";
