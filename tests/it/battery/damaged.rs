//! Caches of other formats, and caches that are damaged: what the real loader makes of them.

use super::{Asked, CASE, Case, HELPERS};
use crate::support::loader::{Listed, difference, found};
use crate::support::{Test, lacks};

/// Caches for a library that lies where only they lead. With a configuration `pack` would look there, where a cache is
/// damaged.
fn made() -> (Test, Asked) {
    let t = Test::new();
    t.shell(&format!(
        "{HELPERS} root; so root/opt/libx.so; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so
        for format in new compat old; do ldconfig -r root -c $format; mv root/etc/ld.so.cache $format; done
        rm root/etc/ld.so.conf"
    ))
    .succeeds();
    let asked = Asked::of(&Case { in_root: true, ..CASE }, &t);
    (t, asked)
}

/// How the answers for this cache differ.
fn differs(shows: &str, cache: &[u8], t: &Test, asked: &Asked) -> Option<String> {
    t.write("root/etc/ld.so.cache", cache);
    let listed = Listed::of(&asked.loader("", true), &asked.root);
    let resolution = found(&asked.program, &asked.root, &[]).expect("it is a dynamic program");
    difference(&resolution, &listed).map(|wrong| format!("{shows}: {wrong}"))
}

#[test]
fn caches_of_every_format_are_read() {
    if lacks(&["gcc", "ldconfig", "bwrap"]) {
        return;
    }
    let (t, asked) = made();
    let mut wrong = Vec::new();
    for format in ["new", "compat", "old"] {
        let cache = std::fs::read(t.path(format)).expect("it was just made");
        wrong.extend(differs(format, &cache, &t, &asked));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn damaged_caches_lead_where_they_lead_the_loader() {
    if lacks(&["gcc", "ldconfig", "bwrap"]) {
        return;
    }
    let (t, asked) = made();
    let cache = std::fs::read(t.path("new")).expect("it was just made");
    let word = |at: usize, value: u32| {
        let mut bytes = cache.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let entries = u32::from_le_bytes(cache[20..24].try_into().expect("four bytes"));
    // The entry of the library is the first: x is the last letter among the names.
    let mut caches: Vec<(String, Vec<u8>)> = vec![
        ("empty".to_owned(), Vec::new()),
        ("a text".to_owned(), b"garbage".repeat(20)),
        ("another format".to_owned(), [b"glibc-ld.so.cache1.2", &cache[20..]].concat()),
        ("too many entries".to_owned(), word(20, 0xffff)),
        ("far too many entries".to_owned(), word(20, u32::MAX)),
        ("fewer entries".to_owned(), word(20, entries - 1)),
        ("no entries".to_owned(), word(20, 0)),
        ("the other byte order".to_owned(), word(28, 3)),
        ("no byte order".to_owned(), word(28, 0)),
        ("one that is none".to_owned(), word(28, 1)),
        ("another length of the strings".to_owned(), word(24, 1)),
        ("no extensions".to_owned(), word(32, 0)),
        ("extensions outside".to_owned(), word(32, 0x00ff_fff0)),
        ("cut in its header".to_owned(), cache[..40].to_vec()),
        ("cut in its entries".to_owned(), cache[..60].to_vec()),
        ("cut in its strings".to_owned(), cache[..48 + 24 * entries as usize + 4].to_vec()),
    ];
    for entry in 0..entries.min(3) as usize {
        for (field, at) in [("flags", 0), ("name", 4), ("path", 8), ("os", 12), ("mask", 16), ("mask above", 20)] {
            for value in [0, 1, 0x0fff_ffff, u32::MAX] {
                let at = 48 + 24 * entry + at;
                caches.push((format!("{field} of entry {entry} is {value:#x}"), word(at, value)));
            }
        }
    }
    let wrong: Vec<_> = caches.iter().filter_map(|(shows, cache)| differs(shows, cache, &t, &asked)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), caches.len(), wrong.join("\n\n"));
}
