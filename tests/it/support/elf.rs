//! ELF files that no compiler here makes, written field by field as elf(5) has them.

/// A file of one loaded segment, which holds the whole of it.
#[derive(Clone, Copy)]
pub struct Elf<'a> {
    /// `e_type`.
    pub kind: u16,
    /// `e_machine`.
    pub machine: u16,
    /// 64-bit words.
    pub is_64: bool,
    /// Big-endian.
    pub is_big: bool,
    /// `e_flags`.
    pub flags: u32,
    /// What stands behind the program header.
    pub body: &'a [u8],
}

impl Elf<'_> {
    /// A static program for x86-64.
    pub const PROGRAM: Self = Self { kind: 2, machine: 62, is_64: true, is_big: false, flags: 0, body: &[0; 16] };

    /// The bytes of the file.
    pub fn bytes(self) -> Vec<u8> {
        let (header, entry, base): (u64, u64, u64) = if self.is_64 { (64, 56, 0x40_0000) } else { (52, 32, 0x1_0000) };
        let size = header + entry + self.body.len() as u64;
        let mut bytes = b"\x7fELF".to_vec();
        bytes.extend([if self.is_64 { 2 } else { 1 }, if self.is_big { 2 } else { 1 }, 1]);
        bytes.resize(16, 0);
        self.put(&mut bytes, 2, self.kind.into());
        self.put(&mut bytes, 2, self.machine.into());
        self.put(&mut bytes, 4, 1);
        for word in [base + header + entry, header, 0] {
            self.word(&mut bytes, word);
        }
        self.put(&mut bytes, 4, self.flags.into());
        for half in [header, entry, 1, 0, 0, 0] {
            self.put(&mut bytes, 2, half);
        }
        self.segment(&mut bytes, base, size);
        bytes.extend(self.body);
        bytes
    }

    fn segment(self, bytes: &mut Vec<u8>, base: u64, size: u64) {
        const LOAD: u64 = 1;
        const READ_AND_RUN: u64 = 5;
        self.put(bytes, 4, LOAD);
        if self.is_64 {
            self.put(bytes, 4, READ_AND_RUN);
        }
        for word in [0, base, base, size, size] {
            self.word(bytes, word);
        }
        if !self.is_64 {
            self.put(bytes, 4, READ_AND_RUN);
        }
        self.word(bytes, 0x1000);
    }

    fn word(self, bytes: &mut Vec<u8>, value: u64) {
        self.put(bytes, if self.is_64 { 8 } else { 4 }, value);
    }

    fn put(self, bytes: &mut Vec<u8>, length: usize, value: u64) {
        if self.is_big {
            bytes.extend(&value.to_be_bytes()[8 - length..]);
        } else {
            bytes.extend(&value.to_le_bytes()[..length]);
        }
    }
}
