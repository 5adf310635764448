//! Which machine a file is for.

/// Which machine a file is for: what a loader compares before it takes a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Machine {
    /// 64-bit (`ELFCLASS64`) or 32-bit.
    pub is_64: bool,
    /// Big-endian (`ELFDATA2MSB`) or little-endian.
    pub big_endian: bool,
    /// `e_machine`.
    pub machine: u16,
    /// `e_flags`: ABI variants of arm, mips, ppc64 and riscv.
    pub flags: u32,
}

impl Machine {
    /// Whether word size and byte order are the same.
    pub fn has_form_of(self, other: Self) -> bool {
        self.is_64 == other.is_64 && self.big_endian == other.big_endian
    }
}
