//! The database of apk, one file: a package is a paragraph of lines that begin with a letter (apk-db(5)).

use super::control::Record;
use std::ops::Range;

/// Where the paragraph of each package is.
pub fn paragraphs(text: &[u8]) -> Vec<Range<u64>> {
    let mut paragraphs = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memmem::find(&text[start..], b"\n\n").map_or(text.len(), |end| start + end + 1);
        let paragraph = &text[start..end];
        if paragraph.starts_with(b"P:") || memchr::memmem::find(paragraph, b"\nP:").is_some() {
            paragraphs.push(start as u64..end as u64);
        }
        start = end + 1;
    }
    paragraphs
}

/// `P:` the name, `V:` the version, `A:` the architecture, `o:` what it is built from, `D:` and `p:` names with
/// blanks between them.
pub fn record(paragraph: &[u8]) -> Record {
    let mut record = Record { installed: true, ..Record::default() };
    for line in paragraph.split(|byte| *byte == b'\n') {
        let [field, b':', value @ ..] = line else { continue };
        let text = || String::from_utf8_lossy(value).trim().to_owned();
        match field {
            b'P' => record.name = text(),
            b'V' => record.version = text(),
            b'A' => record.architecture = text(),
            b'o' => record.source = text(),
            b'D' => record.depends.push(text()),
            b'p' => record.provides = text(),
            // Files come last.
            b'F' => break,
            _ => {}
        }
    }
    record
}

/// The names of a relation: `!NAME` is a conflict; versions follow `<`, `>`, `=` or `~`, and a repository `@`.
pub fn relations(value: &str) -> Vec<Vec<&str>> {
    let names = value.split_ascii_whitespace().filter(|name| !name.starts_with('!'));
    names.filter_map(|name| name.split(['<', '>', '=', '~', '@']).next()).map(|name| vec![name]).collect()
}

/// `F:` a directory, `R:` a file in it.
pub fn each_path(paragraph: &[u8], visit: &mut dyn FnMut(&[u8])) {
    let mut directory: &[u8] = b"";
    let mut path = Vec::new();
    for line in paragraph.split(|byte| *byte == b'\n') {
        path.clear();
        path.push(b'/');
        match line {
            [b'F', b':', name @ ..] => {
                directory = name;
                path.extend_from_slice(directory);
                if !directory.is_empty() {
                    visit(&path);
                }
            }
            [b'R', b':', name @ ..] => {
                path.extend_from_slice(directory);
                if !directory.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                visit(&path);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_a_package_with_its_files() {
        let text = "C:Q1x=\nP:curl\nV:8.1-r0\nA:x86_64\no:curl\nD:so:libc.musl-x86_64.so.1 ca-certificates>1 !wget /bin/sh\n\
            p:cmd:curl=8.1-r0\nF:\nF:usr\nF:usr/bin\nR:curl\na:0:0:755\n\nV:1\n\nP:base\nF:\nR:top";
        let at = |range: &Range<u64>| {
            &text.as_bytes()[usize::try_from(range.start).unwrap()..]
                [..usize::try_from(range.end - range.start).unwrap()]
        };
        let ranges = paragraphs(text.as_bytes());

        let packages: Vec<Record> = ranges.iter().map(|range| record(at(range))).collect();
        let names: Vec<_> = packages.iter().map(|record| (record.name.as_str(), record.source.as_str())).collect();
        assert_eq!(names, [("curl", "curl"), ("base", "")]);
        let asked = relations(&packages[0].depends[0]);
        assert_eq!(asked, [["so:libc.musl-x86_64.so.1"], ["ca-certificates"], ["/bin/sh"]]);
        assert_eq!(relations(&packages[0].provides), [["cmd:curl"]]);

        let mut paths = Vec::new();
        for range in &ranges {
            each_path(at(range), &mut |path| paths.push(String::from_utf8(path.to_vec()).unwrap()));
        }
        assert_eq!(paths, ["/usr", "/usr/bin", "/usr/bin/curl", "/top"]);
    }
}
