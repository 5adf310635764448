//! The image's date: what `--created` says, else what SOURCE_DATE_EPOCH says
//! (reproducible-builds.org/specs/source-date-epoch: a malformed value is an error).

use super::values::{misuse, one};
use pack::error::Error;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Seconds since the epoch; `None`: nothing says so.
pub fn created(given: Option<&str>, wrong: &mut Error) -> Option<i64> {
    let environment = || std::env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty());
    match given {
        Some(_) => one(given, wrong, flag),
        None => one(environment().as_deref(), wrong, variable),
    }
}

fn flag(text: &str) -> Result<i64, Error> {
    let hint = "write a date such as `2026-01-31T12:00:00Z`, seconds since 1970, or `now`";
    time(text).ok_or_else(|| misuse(format!("`--created {text}` is not a time"), hint))
}

fn variable(value: &OsStr) -> Result<i64, Error> {
    let is_plain = value.as_bytes().iter().all(u8::is_ascii_digit);
    let seconds = value.to_str().filter(|_| is_plain).and_then(time);
    let hint = "set it to a number of seconds since 1970, unset it, or use `--created`";
    seconds.ok_or_else(|| misuse(format!("SOURCE_DATE_EPOCH is `{}`, which is not a time", value.display()), hint))
}

/// The last second that is in the year 9999 everywhere on earth, and the last that RFC 3339 can write.
const LAST: i64 = 253_402_207_200;

/// Seconds since the epoch; nothing before it makes sense for an image.
fn time(text: &str) -> Option<i64> {
    if text == "now" {
        return Some(jiff::Timestamp::now().as_second());
    }
    let seconds = text.parse::<i64>().ok();
    let date = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    seconds.or_else(date).filter(|seconds| (0..=LAST).contains(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("2026-01-31T12:00:00Z", Some(1_769_860_800)),
            ("2026-01-31T12:00:00+01:00", Some(1_769_857_200)),
            ("yesterday", None),
            ("-5", None),
            ("99999999999999", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
