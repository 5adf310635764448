//! Programs that the code of a Go or Rust program starts: their names are passed to the functions that start programs.
//!
//! The strings of these languages do not end, so that a name among them may be a part of any other text. In the code a
//! string is an address and a length, and the function that is called tells what the string is for. Go's functions have
//! their names in a table; in Rust, `Command` replaces strings with a NUL in them by a text that nothing else has. Functions
//! of a Go program that hand a name on count, too.

use super::seen::{Language, Seen};
use super::table::WITH_NUL;
use crate::bytes::ReadAt;
use crate::elf::{self, Call, Code, GoFunctions, Register};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Functions of Go that look up a program, or start one, by the string in these registers.
const GO: [(&str, Registers); 9] = [
    ("os/exec.Command", (Register::A, Register::B)),
    ("os/exec.CommandContext", (Register::C, Register::Di)),
    ("os/exec.LookPath", (Register::A, Register::B)),
    ("os/exec.lookPath", (Register::A, Register::B)),
    ("golang.org/x/sys/execabs.Command", (Register::A, Register::B)),
    ("golang.org/x/sys/execabs.CommandContext", (Register::C, Register::Di)),
    ("golang.org/x/sys/execabs.LookPath", (Register::A, Register::B)),
    ("github.com/cli/safeexec.LookPath", (Register::A, Register::B)),
    ("internal/execabs.LookPath", (Register::A, Register::B)),
];

/// The registers of an address and of a length.
type Registers = (Register, Register);

/// Where a function of Go may have the first of its strings: alone, behind a receiver, or behind an interface.
const GO_FIRST: [Registers; 3] = [(Register::A, Register::B), (Register::B, Register::C), (Register::C, Register::Di)];

/// The same for a method of Rust that is not inlined, whose receiver stands before it.
const RUST_FIRST: Registers = (Register::Si, Register::D);

/// As many copies of Rust's text are looked for.
const MOST_COPIES: usize = 8;

/// A reference to Rust's text stands at most as many bytes behind the beginning of its function.
const MOST_BEHIND: u64 = 0x300;

/// A name or path that code passes to a function that starts programs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// The name, or the absolute path.
    pub text: String,
    /// Whether a package of others passes it, which the program has linked in: few uses come there.
    pub is_of_others: bool,
}

/// What `seen`, in `file`, passes to functions that start programs. None where the language or the machine is not known.
pub fn programs(file: &dyn ReadAt, seen: &Seen) -> Vec<Passed> {
    if seen.language == Language::Other {
        return Vec::new();
    }
    let Some(code) = Code::new(file, &seen.elf) else { return Vec::new() };
    let found = if seen.language == Language::Go { of_go(file, seen, &code) } else { of_rust(file, seen, &code) };
    // What cannot be read here is told where the program is read for other reasons.
    let found = found.unwrap_or_default().into_iter().map(|(text, is_of_others)| Passed { text, is_of_others });
    found.collect()
}

/// Names, and whether only packages of others pass them.
type Found = BTreeMap<String, bool>;

fn of_go(file: &dyn ReadAt, seen: &Seen, code: &Code<'_>) -> io::Result<Found> {
    let names = GO.map(|(name, _)| name);
    let Some(functions) = GoFunctions::read(file, &seen.elf, code, &names) else { return Ok(Found::new()) };
    let owner = elf::go_build(file, &seen.elf).and_then(|build| Some(owner(&build.path?).to_owned()));
    let is_of_others = |call: &Call<'_>| {
        let caller = functions.name_at(file, call.address).unwrap_or_default();
        owner.as_ref().is_some_and(|owner| !is_of_owner(&caller, owner))
    };
    let mut found = Found::new();
    let mut add = |call: &Call<'_>, text: String| {
        let is_of_others = is_of_others(call);
        *found.entry(text).or_insert(is_of_others) &= is_of_others;
    };
    let mut callers = BTreeSet::new();
    code.calls(&|target| functions.named.contains_key(&target), &mut |call| match passed(
        code,
        call,
        GO[functions.named[&call.target]].1,
    ) {
        Some(text) => add(call, text),
        None => callers.extend(functions.function_at(call.address)),
    })?;
    callers.retain(|caller| !functions.named.contains_key(caller));
    if !callers.is_empty() {
        code.calls(&|target| callers.contains(&target), &mut |call| {
            for text in GO_FIRST.into_iter().filter_map(|registers| passed(code, call, registers)) {
                add(call, text);
            }
        })?;
    }
    Ok(found)
}

/// Whose a package of Go is: where it is kept, with the next part of the path (`github.com/OWNER`).
fn owner(package: &str) -> &str {
    let second = package.match_indices('/').nth(1);
    second.map_or(package, |(end, _)| &package[..end])
}

/// Whether a function is in a package of `owner`, or in that of the program itself.
fn is_of_owner(function: &str, owner: &str) -> bool {
    let function = function.rsplit_once("/vendor/").map_or(function, |(_, function)| function);
    function.starts_with("main.") || function.strip_prefix(owner).is_some_and(|rest| rest.starts_with(['/', '.']))
}

fn of_rust(file: &dyn ReadAt, seen: &Seen, code: &Code<'_>) -> io::Result<Found> {
    let mut references = Vec::new();
    for address in addresses(file, seen, code)?.into_iter().take(MOST_COPIES) {
        references.extend(code.references(address)?);
    }
    references.sort_unstable();
    let is_near = |target: u64| {
        let behind = references.partition_point(|reference| *reference < target);
        references.get(behind).is_some_and(|reference| reference - target < MOST_BEHIND)
    };
    let mut by_function: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let mut of_arguments = BTreeSet::new();
    let slots = code.slots(&is_near)?;
    let mut look = |call: &Call<'_>| {
        let (address, length) = RUST_FIRST;
        let bytes = call.text(address, length).and_then(|(address, length)| code.bytes(address, length));
        // The function for arguments does the same with its string.
        if bytes.as_ref().is_some_and(|bytes| bytes.starts_with(b"-")) {
            of_arguments.insert(call.target);
        }
        by_function.entry(call.target).or_default().extend(bytes.and_then(name_or_path));
    };
    code.calls(&is_near, &mut look)?;
    code.calls_through(&slots, &mut look)?;
    by_function.retain(|function, _| !of_arguments.contains(function));
    // In Rust no function has a name, so that whose it is does not show.
    Ok(by_function.into_values().flatten().map(|text| (text, false)).collect())
}

/// The addresses of [`WITH_NUL`] in the program, which has that text once or, of several copies of Rust's library, a few
/// times.
fn addresses(file: &dyn ReadAt, seen: &Seen, code: &Code<'_>) -> io::Result<Vec<u64>> {
    const PIECE: usize = 256 << 10;
    let mut found = Vec::new();
    for (offset, length) in &seen.constants {
        let end = offset + length;
        let mut from = *offset;
        while from < end {
            let rest = usize::try_from(end - from).unwrap_or(usize::MAX);
            let bytes = file.bytes_at(from, rest.min(PIECE + WITH_NUL.len() - 1))?;
            found.extend(memmem::find_iter(&bytes, WITH_NUL).map(|at| from + at as u64));
            from += PIECE as u64;
        }
    }
    Ok(found.into_iter().filter_map(|offset| code.address(offset)).collect())
}

/// The string that a call passes in `registers`, if it may be a program.
fn passed(code: &Code<'_>, call: &Call<'_>, (address, length): Registers) -> Option<String> {
    let (address, length) = call.text(address, length)?;
    name_or_path(code.bytes(address, length)?)
}

/// The bytes as a text if they are the name of a program, or an absolute path.
fn name_or_path(bytes: Vec<u8>) -> Option<String> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+./".contains(byte);
    let has_slash = bytes.contains(&b'/');
    let is_name = bytes.len() > 1
        && bytes.iter().all(is_plain)
        && bytes.first().is_some_and(|first| if has_slash { *first == b'/' } else { first.is_ascii_alphanumeric() });
    String::from_utf8(bytes).ok().filter(|_| is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_go_is_whose_path_it_begins_with() {
        for (package, function, expected) in [
            ("github.com/a/b/cmd/x", "github.com/a/c.(*T).Run", true),
            ("github.com/a/b/cmd/x", "github.com/ab/c.Run", false),
            ("github.com/a/b/cmd/x", "github.com/a/b/vendor/github.com/c/d.Run", false),
            ("github.com/a/b/cmd/x", "main.run", true),
            ("example.com/x", "example.com/x.Run", true),
            ("x", "x/y.Run", true),
            ("x", "golang.org/x/sys/execabs.Command", false),
        ] {
            assert_eq!(is_of_owner(function, owner(package)), expected, "{package} {function}");
        }
    }

    #[test]
    fn a_name_has_the_letters_of_one() {
        for (text, expected) in [
            ("git", true),
            ("mkfs.ext4", true),
            ("[", false),
            ("/bin/sh", true),
            ("bin/x", false),
            ("--version", false),
            ("a b", false),
            ("x", false),
            ("", false),
            ("%s", false),
        ] {
            assert_eq!(name_or_path(text.as_bytes().to_vec()).is_some(), expected, "{text}");
        }
    }
}
