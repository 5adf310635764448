//! The first line of a script: the interpreter that the kernel starts for it (execve(2)).

use crate::bytes::ReadAt;

/// How many bytes of a script's first line the kernel reads (`BINPRM_BUF_SIZE`).
const MAX_LINE: usize = 256;

/// The line without `#!`, and without the blanks that the kernel drops; `None` where the file is not a script. `head`
/// is what the file begins with.
pub fn line(head: &[u8]) -> Option<&[u8]> {
    let line = head[..head.len().min(MAX_LINE)].strip_prefix(b"#!")?;
    let line = line.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or_default();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = line.iter().position(|byte| !blank(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    Some(&line[start..end])
}

/// The words of a line: the interpreter, and what is given to it.
pub fn words(line: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(line).split_ascii_whitespace().map(str::to_owned).collect()
}

/// The words of a file's line; `None` where the file is not a script.
pub fn read(file: &dyn ReadAt) -> Option<Vec<String>> {
    Some(words(line(&file.bytes_at(0, MAX_LINE).ok()?)?))
}

/// The program in `env [-S] [NAME=VALUE] PROGRAM`.
pub fn program_behind_env(words: &[String]) -> Option<&str> {
    let first = words.first()?;
    (first.rsplit('/').next() == Some("env")).then_some(())?;
    words[1..].iter().map(String::as_str).find(|word| !word.starts_with('-') && !word.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_its_interpreter_and_env_the_one_that_it_looks_up() {
        for (line, words, named) in [
            ("#!/bin/sh\nx", vec!["/bin/sh"], None),
            ("#! /usr/bin/python3 -u\n", vec!["/usr/bin/python3", "-u"], None),
            ("#!/usr/bin/env python3", vec!["/usr/bin/env", "python3"], Some("python3")),
            ("#!/usr/bin/env -S A=b node --x", vec!["/usr/bin/env", "-S", "A=b", "node", "--x"], Some("node")),
            ("#!\n", vec![], None),
        ] {
            let found = read(&line.as_bytes().to_vec()).unwrap();
            assert_eq!(
                (found.clone(), program_behind_env(&found)),
                (words.iter().map(ToString::to_string).collect(), named),
                "{line}"
            );
        }
        assert_eq!(read(&b"\x7fELF".to_vec()), None);
    }
}
