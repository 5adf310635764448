//! The entries of a tar, one after the other: ustar, GNU's long names, PAX (tar(5), pax(1)).
//!
//! Bytes of files are not read, only where they stand. What a header says is held against the size of the tar
//! before it is believed; what stands before an entry, a long name or PAX records, is small.
//!
//! Not read: sparse files, which no engine writes.

use crate::bytes::ReadAt;
use std::io;
use tar::{EntryType, Header};

const BLOCK: u64 = 512;
/// PAX records of one entry; the kernel's largest extended attribute has 64 KiB.
const LARGEST_EXTENSION: u64 = 1 << 20;
/// A path that the kernel takes (PATH_MAX).
const LONGEST_NAME: usize = 4096;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as it is written, any bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: MemberKind,
    /// Where a link points to, as it is written.
    pub link: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// `security.capability`.
    pub capability: Option<Vec<u8>>,
    /// Where its bytes begin.
    pub offset: u64,
    /// How many there are.
    pub size: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// Another name of an entry before it.
    HardLink,
    /// A device or a named pipe, in words.
    Special(&'static str),
}

/// Why a tar cannot be read.
#[derive(Debug)]
pub enum Fault {
    /// The system does not give the bytes.
    Read(io::Error),
    /// The tar is malformed, in words with a verb.
    Form(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// The entries of `file`, in their order.
pub struct Members<'a> {
    file: &'a dyn ReadAt,
    at: u64,
    done: bool,
}

/// What extensions say of the entry behind them.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    capability: Option<Vec<u8>>,
    sparse: bool,
}

/// Whether a tar begins with this block.
pub fn is_header(block: &[u8]) -> bool {
    block.len() >= 512 && sum_is_right(Header::from_byte_slice(&block[..512]))
}

/// The sum of all bytes, the field of the sum taken for blanks; some old writers summed signed bytes.
fn sum_is_right(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let (before, after) = (&bytes[..148], &bytes[156..]);
    let unsigned: u32 = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    let signed: i32 = before.iter().chain(after).map(|byte| i32::from(byte.cast_signed())).sum::<i32>() + 8 * 32;
    header.cksum().is_ok_and(|sum| sum == unsigned || i32::try_from(sum).is_ok_and(|sum| sum == signed))
}

impl<'a> Members<'a> {
    /// Begins at the first byte.
    pub fn new(file: &'a dyn ReadAt) -> Self {
        Self { file, at: 0, done: false }
    }

    fn header(&mut self) -> Result<Option<Header>, Fault> {
        let start = self.at;
        let block = self.file.bytes_at(start, 512)?;
        // Some writers leave out the blocks of zeros at the end.
        if block.is_empty() || block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if block.len() < 512 {
            return Err(Fault::Form(format!("ends in the middle of a header, at byte {start}")));
        }
        let header = Header::from_byte_slice(&block);
        if !sum_is_right(header) {
            return Err(Fault::Form(format!("has no tar header at byte {start}")));
        }
        self.at += BLOCK;
        Ok(Some(header.clone()))
    }

    /// Steps over the bytes of an entry and tells where they begin.
    fn body(&mut self, size: u64) -> Result<u64, Fault> {
        let start = self.at;
        let end = start.checked_add(size).filter(|end| *end <= self.file.size());
        let end = end.ok_or_else(|| Fault::Form(format!("ends before an entry of {size} bytes, at byte {start}")))?;
        self.at = end.div_ceil(BLOCK) * BLOCK;
        Ok(start)
    }

    fn small(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        if size > LARGEST_EXTENSION {
            return Err(Fault::Form(format!("has a header of {size} bytes, at byte {}", self.at)));
        }
        let start = self.body(size)?;
        Ok(self.file.bytes_at(start, usize::try_from(size).expect("it is small"))?)
    }

    fn member(&mut self) -> Result<Option<Member>, Fault> {
        let mut extended = Extended::default();
        loop {
            let at = self.at;
            let Some(header) = self.header()? else { return Ok(None) };
            let number = |field: io::Result<u64>| {
                field.map_err(|_| Fault::Form(format!("has a malformed number in the header at byte {at}")))
            };
            let size = number(header.entry_size())?;
            match header.entry_type() {
                EntryType::GNULongName => extended.name = Some(until_nul(self.small(size)?)),
                EntryType::GNULongLink => extended.link = Some(until_nul(self.small(size)?)),
                EntryType::XHeader => extended.read(&self.small(size)?)?,
                EntryType::XGlobalHeader => drop(self.body(size)?),
                kind => return self.entry(&header, kind, size, extended).map(Some),
            }
        }
    }

    fn entry(&mut self, header: &Header, kind: EntryType, size: u64, more: Extended) -> Result<Member, Fault> {
        let name = more.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = more.link.or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
        let link = link.unwrap_or_default();
        if name.len() > LONGEST_NAME || link.len() > LONGEST_NAME {
            return Err(Fault::Form(format!("has a name of {} bytes", name.len().max(link.len()))));
        }
        if more.sparse || kind == EntryType::GNUSparse {
            return Err(Fault::Form(format!("has a sparse file `{}`", String::from_utf8_lossy(&name))));
        }
        let kind = match kind {
            // Writers before POSIX wrote directories as files with a slash.
            EntryType::Regular | EntryType::Continuous if name.ends_with(b"/") => MemberKind::Directory,
            EntryType::Regular | EntryType::Continuous => MemberKind::File,
            EntryType::Directory => MemberKind::Directory,
            EntryType::Symlink => MemberKind::Link,
            EntryType::Link => MemberKind::HardLink,
            EntryType::Char | EntryType::Block => MemberKind::Special("a device"),
            EntryType::Fifo => MemberKind::Special("a named pipe"),
            _ => MemberKind::Special("of an unknown kind"),
        };
        let size = more.size.unwrap_or(size);
        // Only files and entries of an unknown kind have bytes behind them: some writers give links a size.
        let has_bytes = matches!(kind, MemberKind::File | MemberKind::Special("of an unknown kind"));
        let size = if has_bytes { size } else { 0 };
        let offset = self.body(size)?;
        let small = |number: io::Result<u64>| number.ok().and_then(|number| u32::try_from(number).ok());
        Ok(Member {
            mode: header.mode().unwrap_or(0) & 0o7777,
            uid: more.uid.or(small(header.uid())).unwrap_or(0),
            gid: more.gid.or(small(header.gid())).unwrap_or(0),
            capability: more.capability,
            name,
            kind,
            link,
            offset,
            size,
        })
    }
}

impl Iterator for Members<'_> {
    type Item = Result<Member, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let member = self.member().transpose();
        self.done = !matches!(member, Some(Ok(_)));
        member
    }
}

impl Extended {
    /// PAX records: `LENGTH KEY=VALUE\n`, where a value may hold any bytes, line feeds too.
    fn read(&mut self, mut records: &[u8]) -> Result<(), Fault> {
        let wrong = || Fault::Form("has malformed PAX records".to_owned());
        while !records.is_empty() {
            let blank = records.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let length: usize = text(&records[..blank]).and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
            let record = records.get(blank + 1..length).ok_or_else(wrong)?;
            let record = record.strip_suffix(b"\n").ok_or_else(wrong)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
            self.set(&record[..equals], &record[equals + 1..]).ok_or_else(wrong)?;
            records = &records[length..];
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            b"path" => self.name = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(text(value)?.parse().ok()?),
            b"uid" => self.uid = Some(text(value)?.parse().ok()?),
            b"gid" => self.gid = Some(text(value)?.parse().ok()?),
            b"SCHILY.xattr.security.capability" => self.capability = Some(value.to_vec()),
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
        Some(())
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}
