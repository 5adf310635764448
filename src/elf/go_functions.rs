//! The functions of a Go program, by the table that its run time keeps for traces (runtime/symtab.go in Go's sources): each
//! has its name there, in stripped programs too.
//!
//! Known are the tables of Go 1.18 and newer.

use super::code::Code;
use super::format::ForwardReader;
use super::window::Window;
use super::{Object, sections};
use crate::bytes::ReadAt;
use memchr::memmem;
use std::collections::BTreeMap;

/// What the table begins with, as Go 1.18 and 1.20 write it for 64-bit machines whose byte order is little-endian.
const MARKS: [u32; 2] = [0xffff_fff0, 0xffff_fff1];

/// The most functions; large programs have some hundred thousand.
const MOST: u64 = 4 << 20;

/// The most bytes of all names.
const MOST_NAMES: u64 = 256 << 20;

/// The most bytes of a name that is told.
const LONGEST_NAME: usize = 4096;

/// Number of bytes that are searched at once.
const PIECE: usize = 64 << 10;

/// Bytes of the table's header.
const HEADER: usize = 72;

/// As many functions show where the code begins.
const SAMPLES: usize = 64;

/// How far the code of Go may begin behind that of C, in bytes.
const FARTHEST: u64 = 256 << 10;

/// What functions begin with that look whether the stack is large enough: `cmp rsp, [r14+16]`, or `lea r12, [rsp-…]`.
const BEGINNINGS: [&[u8]; 2] = [&[0x49, 0x3b, 0x66, 0x10], &[0x4c, 0x8d, 0x64, 0x24]];

/// The functions of a Go program.
pub struct GoFunctions {
    /// Where the code of Go begins.
    start: u64,
    /// The distances of the functions from there, sorted, each with the place of the name.
    functions: Vec<(u32, u32)>,
    /// Where the names are in the file: from, up to.
    names: (u64, u64),
    /// The addresses of the functions that were asked for, with the numbers of their names.
    pub named: BTreeMap<u64, usize>,
}

impl GoFunctions {
    /// Reads the table of the program in `file`, and finds the functions of these `names`; `None` where there is no table, or
    /// none of the functions.
    pub fn read(file: &dyn ReadAt, object: &Object, code: &Code<'_>, names: &[&str]) -> Option<Self> {
        let table = Table::find(file, object)?;
        let numbers = table.numbers(file, names)?;
        let functions = table.functions(file)?;
        let start = start(code, &functions, table.start)?;
        let named = functions
            .iter()
            .filter_map(|(distance, name)| Some((start.wrapping_add(u64::from(*distance)), *numbers.get(name)?)));
        let named: BTreeMap<u64, usize> = named.collect();
        (!named.is_empty()).then_some(Self { start, functions, names: table.names, named })
    }

    /// The address of the function that has the instruction at `address`.
    pub fn function_at(&self, address: u64) -> Option<u64> {
        Some(self.start + u64::from(self.at(address)?.0))
    }

    /// The name of the function that has the instruction at `address`: `example.com/package.(*Type).Method`.
    pub fn name_at(&self, file: &dyn ReadAt, address: u64) -> Option<String> {
        let from = self.names.0 + u64::from(self.at(address)?.1);
        let rest = usize::try_from(self.names.1.checked_sub(from)?).unwrap_or(usize::MAX);
        let bytes = file.bytes_at(from, rest.min(LONGEST_NAME)).ok()?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    /// The function that has the instruction at `address`.
    fn at(&self, address: u64) -> Option<(u32, u32)> {
        let distance = u32::try_from(address.checked_sub(self.start)?).ok()?;
        let behind = self.functions.partition_point(|(other, _)| *other <= distance);
        self.functions.get(behind.checked_sub(1)?).copied()
    }
}

/// Where the table's parts are in the file.
struct Table {
    /// The number of functions.
    count: u64,
    /// Where the code of Go begins, as far as the file says so.
    start: u64,
    /// From, up to.
    names: (u64, u64),
    functions: u64,
}

impl Table {
    fn find(file: &dyn ReadAt, object: &Object) -> Option<Self> {
        let sections = sections(&Window::new(file), object.machine)?;
        let own = sections.iter().find(|section| section.name.ends_with(b".gopclntab"));
        if let Some(section) = own {
            return Self::at(file, section.offset);
        }
        // Linkers of other languages make one section of all that is relocated.
        let section = sections.iter().find(|section| section.name == b".data.rel.ro")?;
        let mut offset = section.offset;
        let end = section.offset + section.size;
        while offset < end {
            let bytes = file.bytes_at(offset, PIECE + HEADER).ok()?;
            // Behind the mark stand two zeros, the unit of the code and the size of an address.
            for at in memmem::find_iter(&bytes, &[0xff, 0xff, 0xff, 0, 0, 1, 8]).filter_map(|at| at.checked_sub(1)) {
                if let Some(table) = Self::at(file, offset + at as u64).filter(|_| at % 8 == 0) {
                    return Some(table);
                }
            }
            offset += PIECE as u64;
        }
        None
    }

    fn at(file: &dyn ReadAt, offset: u64) -> Option<Self> {
        let header = file.bytes_at(offset, HEADER).ok().filter(|header| header.len() == HEADER)?;
        let mark = u32::from_le_bytes(header[..4].try_into().expect("four bytes"));
        let word = |number: usize| {
            let at = 8 + 8 * number;
            u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"))
        };
        let (count, start, names, names_end, functions) = (word(0), word(2), word(3), word(4), word(7));
        let is_whole = (1..=MOST).contains(&count)
            && names < names_end
            && names_end - names <= MOST_NAMES
            && functions.checked_add(offset).is_some_and(|at| at < file.size());
        (MARKS.contains(&mark) && is_whole).then(|| Self {
            count,
            start,
            names: (offset.saturating_add(names), offset.saturating_add(names_end)),
            functions: offset + functions,
        })
    }

    /// The places of `names` among those of functions, each with the number of the name; `None` if there are none.
    fn numbers(&self, file: &dyn ReadAt, names: &[&str]) -> Option<BTreeMap<u32, usize>> {
        let whole: Vec<Vec<u8>> = names.iter().map(|name| [b"\0", name.as_bytes(), b"\0"].concat()).collect();
        let longest = whole.iter().map(Vec::len).max()?;
        let finders: Vec<_> = whole.iter().map(memmem::Finder::new).collect();
        let mut numbers = BTreeMap::new();
        let mut from = self.names.0;
        while from < self.names.1 {
            let bytes = file.bytes_at(from, PIECE + longest).ok()?;
            for (number, finder) in finders.iter().enumerate() {
                let found = finder.find_iter(&bytes).map(|at| from + at as u64 + 1 - self.names.0);
                numbers.extend(found.filter_map(|at| Some((u32::try_from(at).ok()?, number))));
            }
            from += PIECE as u64;
        }
        (!numbers.is_empty()).then_some(numbers)
    }

    /// All functions: the distance from where the code begins, and the place of the name.
    fn functions(&self, file: &dyn ReadAt) -> Option<Vec<(u32, u32)>> {
        // The second reader follows the first: what is told of a function stands behind the table, in the same order.
        let (mut entries, mut told) = (ForwardReader::new(file), ForwardReader::new(file));
        let number =
            |bytes: &[u8], at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().expect("four bytes")));
        let mut functions = Vec::new();
        for entry in 0..self.count {
            let bytes = entries.from(self.functions + 8 * entry, 8).ok()?;
            let (distance, at) = (number(bytes, 0)?, number(bytes, 4)?);
            let name = number(told.from(self.functions + u64::from(at), 8).ok()?, 4)?;
            functions.push((distance, name));
        }
        functions.is_sorted_by_key(|(distance, _)| *distance).then_some(functions)
    }
}

/// Where the code of Go begins: at `said`, or where the functions of the table begin as Go's do. A program that is linked to
/// run at any address does not say it in its file.
fn start(code: &Code<'_>, functions: &[(u32, u32)], said: u64) -> Option<u64> {
    let near = functions.partition_point(|(distance, _)| u64::from(*distance) < FARTHEST);
    let samples = functions[..near].iter().step_by(near.div_ceil(SAMPLES).max(1));
    let samples: Vec<u64> = samples.map(|(distance, _)| u64::from(*distance)).collect();
    let begins = |bytes: &[u8]| BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning));
    // Small functions do not look at the stack.
    let are_most = |fitting: usize| fitting * 3 > samples.len();
    let is_there = |start: &u64| {
        let at = |distance: &u64| code.bytes(start.checked_add(*distance)?, 5).filter(|bytes| begins(bytes));
        are_most(samples.iter().filter_map(at).count())
    };
    let first = code.start()?;
    if let Some(start) = [said, first].into_iter().filter(|start| *start != 0).find(is_there) {
        return Some(start);
    }
    let bytes = code.bytes(first, 2 * FARTHEST)?;
    let is_at = |start: &u64| {
        let at = |distance: &u64| bytes.get(usize::try_from(start + distance).ok()?..).filter(|bytes| begins(bytes));
        are_most(samples.iter().filter_map(at).count())
    };
    (0..FARTHEST).step_by(16).find(is_at).map(|distance| first + distance)
}
