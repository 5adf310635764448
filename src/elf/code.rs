//! Constant strings that machine code passes to functions: an address and a length, each put into a register before a call.
//!
//! Not a disassembler: the instructions that do this are found by their bytes, in the code just before the call. Bytes that
//! only look like them give a string that nobody would take for what is looked for. Known machines: x86-64.

use super::format::WordFormat;
use super::memory::Memory;
use super::window::Window;
use super::{Machine, Object, sections};
use crate::bytes::ReadAt;
use goblin::elf::header::EM_X86_64;
use goblin::elf::program_header::{PF_X, PT_LOAD};
use goblin::elf::reloc::R_X86_64_RELATIVE;
use memchr::{memchr_iter, memmem};
use object::elf::SHT_RELA;
use std::collections::BTreeMap;
use std::io;

/// Number of bytes of code that are searched at once.
const PIECE: usize = 256 << 10;

/// A call is looked at with as many bytes before it: what it is passed stands there.
const BEFORE: usize = 160;

/// Bytes of a distance from the next instruction.
const DISTANCE: usize = 4;

/// Bytes of `call` with the distance to the function, or to the place of its address.
const CALL: usize = 2 + DISTANCE;

/// Bytes of a relocation with its addend (`Elf64_Rela`).
const RELOCATION: usize = 24;

/// The most bytes of a string that is passed.
const LONGEST: u32 = 64;

/// Registers, by their numbers in instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// `rax`.
    A = 0,
    /// `rcx`.
    C = 1,
    /// `rdx`.
    D = 2,
    /// `rbx`.
    B = 3,
    /// `rsi`.
    Si = 6,
    /// `rdi`.
    Di = 7,
}

/// The code of a program.
pub struct Code<'a> {
    memory: Memory<'a>,
    /// Address, offset in the file and size of each part.
    parts: Vec<(u64, u64, u64)>,
    /// Offset and size of each table of relocations.
    relocations: Vec<(u64, u64)>,
    /// Address, offset and size of each table of addresses (`.got`).
    addresses: Vec<(u64, u64, u64)>,
}

/// A call of a function by its address.
pub struct Call<'c> {
    /// The address of the instruction.
    pub address: u64,
    /// The address of the function.
    pub target: u64,
    /// The bytes of code before the instruction.
    before: &'c [u8],
}

impl<'c> Call<'c> {
    /// The call that is the instruction at `at` of a piece, which begins at `start`.
    fn new(piece: &'c [u8], at: usize, start: u64, target: u64) -> Self {
        Self { address: start + at as u64, target, before: &piece[at.saturating_sub(BEFORE)..at] }
    }

    /// The address and the length of a string that stand in these registers.
    pub fn text(&self, address: Register, length: Register) -> Option<(u64, u64)> {
        Some((self.address_in(address)?, self.length_in(length)?))
    }

    /// The address that `lea REGISTER, [rip + DISTANCE]` leaves in a register.
    fn address_in(&self, register: Register) -> Option<u64> {
        let bytes = [0x48, 0x8d, 0x05 | (register as u8) << 3];
        let at = memmem::rfind(self.before, &bytes)?;
        let distance = self.before.get(at + 3..at + 7)?.try_into().ok().map(i32::from_le_bytes)?;
        let next = self.address - (self.before.len() - at - 7) as u64;
        Some(next.wrapping_add_signed(distance.into()))
    }

    /// The length that `mov REGISTER, NUMBER`, or `push NUMBER; pop REGISTER`, leaves in a register.
    fn length_in(&self, register: Register) -> Option<u64> {
        let (mov, pop) = (0xb8 | register as u8, 0x58 | register as u8);
        let number = |at: usize| {
            let rest = &self.before[at..];
            let wide = rest.get(1..5).filter(|_| rest[0] == mov)?.try_into().ok().map(u32::from_le_bytes)?;
            Some(wide).filter(|number| (1..=LONGEST).contains(number))
        };
        let pushed = |at: usize| {
            let rest = &self.before[at..];
            let number = (rest[0] == 0x6a && rest.get(2) == Some(&pop)).then(|| u32::from(rest[1]))?;
            Some(number).filter(|number| (1..=LONGEST).contains(number))
        };
        (0..self.before.len()).rev().find_map(|at| number(at).or_else(|| pushed(at))).map(u64::from)
    }
}

/// The address that the distance at `at` of a piece leads to, from the instruction behind; the piece begins at `start`.
fn distant(piece: &[u8], at: usize, start: u64) -> Option<u64> {
    let distance = i32::from_le_bytes(piece.get(at..at + DISTANCE)?.try_into().expect("four bytes"));
    Some((start + (at + DISTANCE) as u64).wrapping_add_signed(distance.into()))
}

/// The bits 16 to 31.
fn upper_half(distance: u64) -> u16 {
    u16::try_from(distance >> 16 & 0xffff).expect("16 bits")
}

/// Whether a distance has 32 bits, its sign with them.
fn is_near(distance: u64) -> bool {
    i32::try_from(distance.cast_signed()).is_ok()
}

impl<'a> Code<'a> {
    /// The code of the program in `file`; `None` for a machine whose instructions are not known.
    pub fn new(file: &'a dyn ReadAt, object: &Object) -> Option<Self> {
        let Machine { machine, is_64, .. } = object.machine;
        if machine != EM_X86_64 || !is_64 {
            return None;
        }
        let memory = Memory::new(file, WordFormat::new(object.machine), &object.segments);
        let by_sections = sections(&Window::new(file), object.machine).unwrap_or_default();
        let code =
            by_sections.iter().filter(|section| section.is_code() && section.is_in_file() && section.is_loaded());
        let mut parts: Vec<_> = code.map(|section| (section.address, section.offset, section.size)).collect();
        if parts.is_empty() {
            let code = object.segments.iter().filter(|segment| segment.kind == PT_LOAD && segment.flags & PF_X != 0);
            parts = code.map(|segment| (segment.address, segment.offset, segment.file_size)).collect();
        }
        let tables = by_sections.iter().filter(|section| section.is_in_file() && section.is_loaded());
        let (relocations, addresses): (Vec<_>, Vec<_>) = tables
            .filter(|section| section.kind == SHT_RELA.0 || section.name.starts_with(b".got"))
            .partition(|section| section.kind == SHT_RELA.0);
        let relocations = relocations.iter().map(|section| (section.offset, section.size)).collect();
        let addresses = addresses.iter().map(|section| (section.address, section.offset, section.size)).collect();
        Some(Self { memory, parts, relocations, addresses })
    }

    /// The address of the first byte of the largest part.
    pub(super) fn start(&self) -> Option<u64> {
        self.parts.iter().max_by_key(|(_, _, size)| *size).map(|(address, ..)| *address)
    }

    /// The address that the byte at `offset` of the file is loaded to; `None` if it is not loaded.
    pub fn address(&self, offset: u64) -> Option<u64> {
        self.memory.address(offset)
    }

    /// The `length` bytes at `address`; `None` if they are not in the file.
    pub fn bytes(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        let offset = self.memory.range(address, length, "a string").ok()?;
        let length = usize::try_from(length).ok()?;
        self.memory.file.bytes_at(offset, length).ok().filter(|bytes| bytes.len() == length)
    }

    /// Calls `found` for each call of a function whose address `is_wanted`.
    pub fn calls(&self, is_wanted: &dyn Fn(u64) -> bool, found: &mut dyn FnMut(&Call<'_>)) -> io::Result<()> {
        self.pieces(&mut |address, piece, begin| {
            for at in memchr_iter(0xe8, &piece[begin..]).map(|at| begin + at) {
                let Some(target) = distant(piece, at + 1, address) else { break };
                if is_wanted(target) {
                    found(&Call::new(piece, at, address, target));
                }
            }
        })
    }

    /// Calls `found` for each call of a function through one of `slots`, which [`Code::slots`] gives.
    pub fn calls_through(&self, slots: &BTreeMap<u64, u64>, found: &mut dyn FnMut(&Call<'_>)) -> io::Result<()> {
        if slots.is_empty() {
            return Ok(());
        }
        self.pieces(&mut |address, piece, begin| {
            for at in memmem::find_iter(&piece[begin..], &[0xff, 0x15]).map(|at| begin + at) {
                let target = distant(piece, at + 2, address).and_then(|slot| slots.get(&slot));
                if let Some(target) = target {
                    found(&Call::new(piece, at, address, *target));
                }
            }
        })
    }

    /// The places that hold the address of a function that `is_wanted` once the program is loaded, each with that address:
    /// calls go through them where the linker did not know how far the function is.
    pub fn slots(&self, is_wanted: &dyn Fn(u64) -> bool) -> io::Result<BTreeMap<u64, u64>> {
        let mut slots = BTreeMap::new();
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        for (offset, size) in &self.relocations {
            self.tables(*offset, *size, RELOCATION, &mut |_, entry| {
                let (place, kind, address) = (word(&entry[..8]), word(&entry[8..16]), word(&entry[16..]));
                if kind == u64::from(R_X86_64_RELATIVE) && is_wanted(address) {
                    slots.insert(place, address);
                }
            })?;
        }
        for (start, offset, size) in &self.addresses {
            self.tables(*offset, *size, 8, &mut |at, entry| {
                if is_wanted(word(entry)) {
                    slots.insert(start + at, word(entry));
                }
            })?;
        }
        Ok(slots)
    }

    /// Calls `shown` for each entry of a table: with the distance from its first byte, and its bytes.
    fn tables(&self, offset: u64, size: u64, entry: usize, shown: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        let piece = PIECE / entry * entry;
        let mut from = 0;
        while from < size {
            let rest = usize::try_from(size - from).unwrap_or(usize::MAX);
            let bytes = self.memory.file.bytes_at(offset.saturating_add(from), rest.min(piece))?;
            for (number, bytes) in bytes.chunks_exact(entry).enumerate() {
                shown(from + (number * entry) as u64, bytes);
            }
            from += piece as u64;
        }
        Ok(())
    }

    /// The addresses of the parts of instructions that are the distance from the next instruction to `target`.
    pub fn references(&self, target: u64) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        self.pieces(&mut |address, piece, begin| {
            let distance = |at: usize| target.wrapping_sub(address + (at + DISTANCE) as u64);
            // The upper half of the distance is the same in 64 KiB of code, so that few places are looked at.
            let (first, last) = (upper_half(distance(begin)), upper_half(distance(piece.len())));
            let mut upper = last;
            loop {
                for behind in memmem::find_iter(&piece[begin..], &upper.to_le_bytes()).map(|at| begin + at) {
                    let Some(at) = behind.checked_sub(2).filter(|at| *at >= begin) else { continue };
                    let wide = u64::from(u16::from_le_bytes([piece[at], piece[at + 1]])) | u64::from(upper) << 16;
                    if distance(at) & 0xffff_ffff == wide && is_near(distance(at)) {
                        found.push(address + at as u64);
                    }
                }
                if upper == first {
                    break;
                }
                upper = upper.wrapping_add(1);
            }
        })?;
        Ok(found)
    }

    /// Calls `shown` for each piece of the code: with the address of its first byte, its bytes, and the number of them that
    /// were in the piece before.
    fn pieces(&self, shown: &mut dyn FnMut(u64, &[u8], usize)) -> io::Result<()> {
        let mut buffer = vec![0; BEFORE + PIECE + CALL];
        for (address, offset, size) in &self.parts {
            let mut from = 0;
            while from < *size {
                let begin = usize::try_from(from).unwrap_or(usize::MAX).min(BEFORE);
                let rest = usize::try_from(size - from).unwrap_or(usize::MAX);
                let wanted = begin + rest.min(PIECE + CALL - 1);
                let skip = from - begin as u64;
                let read = self.memory.file.read_at(&mut buffer[..wanted], offset + skip)?;
                shown(address + skip, &buffer[..read], begin);
                if read < wanted {
                    break;
                }
                from += PIECE as u64;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_hold_what_the_last_instructions_before_a_call_put_there() {
        use Register::{A, B, C, D, Di, Si};
        // At 0x1000: lea rax, [rip+0x10]; mov ebx, 3; the same for other registers, and by the stack.
        for (shows, before, registers, expected) in [
            ("Go", &b"\x48\x8d\x05\x10\0\0\0\xbb\x03\0\0\0"[..], (A, B), Some((0x1017, 3))),
            ("the last of two", b"\xbb\x07\0\0\0\x48\x8d\x05\x10\0\0\0\xbb\x03\0\0\0", (A, B), Some((0x101c, 3))),
            ("behind an interface", b"\x48\x8d\x0d\x10\0\0\0\xbf\x04\0\0\0", (C, Di), Some((0x1017, 4))),
            ("Rust", b"\x48\x8d\x35\xf0\xff\xff\xff\xba\x03\0\0\0", (Si, D), Some((0xff7, 3))),
            ("by the stack", b"\x48\x8d\x35\x10\0\0\0\x6a\x05\x5a", (Si, D), Some((0x1017, 5))),
            ("other registers", b"\x48\x8d\x05\x10\0\0\0\xbb\x03\0\0\0", (Si, D), None),
            ("a length that is too large", b"\x48\x8d\x05\x10\0\0\0\xbb\x03\x01\0\0", (A, B), None),
            ("cut off", b"\x48\x8d\x05\x10\0", (A, B), None),
            ("nothing", b"", (A, B), None),
        ] {
            let call = Call { address: 0x1000 + before.len() as u64, target: 0, before };
            assert_eq!(call.text(registers.0, registers.1), expected, "{shows}");
        }
    }

    #[test]
    fn any_bytes_are_no_instruction_or_one() {
        let bytes = b"\x48\x8d\x05\xff\xff\xff\x7f\xbb\xff\x6a\x05\x5b\x48\x8d\x05";
        for from in 0..bytes.len() {
            let call = Call { address: 0, target: 0, before: &bytes[from..] };
            let _ = call.text(Register::A, Register::B);
        }
    }
}
