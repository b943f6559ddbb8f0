//! Durations and sizes as they are typed.

use std::{fmt, str::FromStr, time::Duration};

/// The longest duration that is taken: more than a century.
const MAX_SECONDS: f64 = 1e10;

/// A duration: seconds (`2`, `0.5`), or with a unit (`300ms`, `1m30s`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is not a number of seconds such as 2, 0.5, 300ms or 1m30s");
        let duration = match text.parse::<f64>() {
            Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => {
                Duration::from_secs_f64(seconds)
            }
            Ok(_) => return Err(wrong()),
            Err(_) => {
                let signed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
                Duration::try_from(signed).map_err(|_| wrong())?
            }
        };
        Ok(Self(duration))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

/// What `--wait` takes: seconds, or `forever`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// So long without a message.
    Silence(Duration),
    /// Until the peer closes.
    Forever,
}

impl FromStr for WaitFor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let seconds = text.parse::<Seconds>();
        seconds
            .map(|Seconds(duration)| Self::Silence(duration))
            .map_err(|error| format!("{error}, or forever"))
    }
}

/// A number of bytes: `4096`, `64K`, `16M`, `1G` (powers of 1024), or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(u64::MAX));
        }
        let wrong = || format!("{text:?} is not a size such as 4096, 64K, 16M, 1G or none");
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => 0,
            "K" | "KB" | "KIB" => 10,
            "M" | "MB" | "MIB" => 20,
            "G" | "GB" | "GIB" => 30,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        number
            .checked_mul(1 << shift)
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_and_refuses_the_rest() {
        let table = [
            ("2", Some(2_000)),
            ("0", Some(0)),
            ("0.5", Some(500)),
            ("300ms", Some(300)),
            ("1m30s", Some(90_000)),
            ("-1", None),
            ("nan", None),
            ("inf", None),
            ("1e300", None),
            ("soon", None),
            ("", None),
        ];
        for (text, millis) in table {
            let read = text.parse::<Seconds>().ok();
            assert_eq!(read.map(|seconds| seconds.0.as_millis()), millis, "{text}");
        }
    }

    #[test]
    fn reads_sizes_and_refuses_the_rest() {
        let table = [
            ("4096", Some(4096)),
            ("64K", Some(65_536)),
            ("1MiB", Some(1 << 20)),
            ("1g", Some(1 << 30)),
            ("none", Some(u64::MAX)),
            ("0", None),
            ("1T", None),
            ("K", None),
            ("99999999999G", None),
        ];
        for (text, bytes) in table {
            assert_eq!(
                text.parse::<Size>().ok().map(|size| size.0),
                bytes,
                "{text}"
            );
        }
    }
}
