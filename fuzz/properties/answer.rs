//! What must hold of `check`'s look at any answer: no panic, nothing invented, and whole once it is whole.

use std::time::Duration;

use wscope::check::{
    answer::{Answer, End, KEPT},
    fingerprint,
};

/// `input` is what came back for a probe.
pub(crate) fn holds(input: &[u8]) {
    for end in [End::Open, End::Fin, End::Reset] {
        let answer = Answer::new(input.to_vec(), end, Duration::ZERO);
        assert!(answer.raw.len() <= KEPT && input.starts_with(&answer.raw));
        assert!(
            answer.body().len() <= answer.raw.len(),
            "a body is a part of the answer"
        );
        let _ = (answer.status_text(), answer.version(), answer.saying());
        assert_eq!(answer.shape(), answer.clone().shape());
        let both = [fingerprint::nearest(&answer), fingerprint::author(&answer)];
        for found in both.into_iter().flatten() {
            assert!(!found.label.is_empty());
            assert!(fingerprint::named(found.product.name).is_some());
        }
    }
    stays_whole(input);
}

/// What need not be waited for any longer is not waited for when more has come.
fn stays_whole(input: &[u8]) {
    let is_whole = |bytes: &[u8]| {
        let answer = Answer::new(bytes.to_vec(), End::Open, Duration::ZERO);
        answer.is_whole() && answer.header("transfer-encoding").is_none()
    };
    let half = &input[..input.len() / 2];
    assert!(
        !is_whole(half) || is_whole(input),
        "{}",
        input.escape_ascii()
    );
}
