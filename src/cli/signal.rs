//! The names of signals, as people write them.

use super::values::misuse;
use pack::error::Error;

/// Names of signal(7) without `SIG`; SIGRTMIN and SIGRTMAX count on from there.
const SIGNALS: [&str; 31] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "KILL", "PIPE", "PROF", "PWR", "QUIT",
    "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH",
    "XCPU", "XFSZ",
];

/// A name with or without `SIG`, in upper or lower case, or a number.
pub fn signal(name: &String) -> Result<String, Error> {
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    if SIGNALS.contains(&short) || is_real_time(short) {
        return Ok(format!("SIG{short}"));
    }
    if name.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number)) {
        return Ok(name.clone());
    }
    let like = |known: &&&str| strsim::jaro_winkler(known, short);
    let best = SIGNALS.iter().max_by(|a, b| like(a).total_cmp(&like(b))).filter(|best| like(best) > 0.7);
    let otherwise = || "write a name such as `SIGINT`, or a number".to_owned();
    let hint = best.map_or_else(otherwise, |best| format!("did you mean `SIG{best}`?"));
    Err(misuse(format!("`--stop-signal {name}` is not a signal"), &hint))
}

/// `RTMIN`, `RTMAX-3`.
fn is_real_time(short: &str) -> bool {
    let rest = short.strip_prefix("RTMIN").or_else(|| short.strip_prefix("RTMAX"));
    rest.is_some_and(|rest| {
        let count = rest.strip_prefix(['+', '-']).map(str::parse::<u8>);
        rest.is_empty() || count.is_some_and(|count| count.is_ok_and(|count| count < 32))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_read_as_people_write_them() {
        for (text, expected) in [
            ("SIGINT", Some("SIGINT")),
            ("int", Some("SIGINT")),
            ("9", Some("9")),
            ("rtmin+3", Some("SIGRTMIN+3")),
            ("SIGINTT", None),
            ("99", None),
        ] {
            assert_eq!(signal(&text.to_owned()).ok().as_deref(), expected, "{text}");
        }
    }
}
