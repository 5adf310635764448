//! The only reader of what goes into an image.
//!
//! [`Files`] is what a root file system can be asked, whatever stands behind it: a directory of the
//! host ([`Sysroot`]), the image that is being made, or a map in a test. [`walk`] follows links in it
//! as the kernel would after `chroot` (path_resolution(7)): absolute ones start again at the root, and
//! `..` stops there. So nothing outside the root is ever opened on the way.

use crate::paths::ImagePath;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many links one path may lead through, as many as the kernel follows (path_resolution(7)).
pub const MAX_LINKS: usize = 40;

/// What kind of file stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A named pipe. Opening one may hang.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
}

/// Which file this is, and in which state: equal as long as nobody wrote to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Identity {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of the contents, in nanoseconds since the epoch.
    pub mtime: i128,
    /// Last change of the contents or the inode, in nanoseconds since the epoch.
    pub ctime: i128,
}

impl Identity {
    /// Of something that is no file of the host, told apart by a number: on a device of its own.
    pub fn made(number: u64, size: u64) -> Self {
        Self { device: u64::MAX, inode: number, size, mtime: 0, ctime: 0 }
    }

    /// Whether it is a file of the host's, and so tells the file's state.
    pub fn is_of_host(&self) -> bool {
        self.device != u64::MAX
    }

    /// The device and the inode: equal for two names of one file.
    pub fn inode(&self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

/// What `lstat` tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What stands there.
    pub kind: FileKind,
    /// The permission bits, setuid, setgid and sticky included: `mode & 0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// How many names the file has.
    pub links: u64,
    /// Which file, in which state.
    pub identity: Identity,
}

impl Stat {
    /// Reads what the host's `stat` gave.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        let kind = metadata.file_type();
        let kind = if kind.is_file() {
            FileKind::File
        } else if kind.is_dir() {
            FileKind::Directory
        } else if kind.is_symlink() {
            FileKind::Link
        } else if kind.is_fifo() {
            FileKind::Fifo
        } else if kind.is_socket() {
            FileKind::Socket
        } else {
            FileKind::Device
        };
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            kind,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            links: metadata.nlink(),
            identity: Identity {
                device: metadata.dev(),
                inode: metadata.ino(),
                size: metadata.size(),
                mtime: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
                ctime: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            },
        }
    }

    /// Whether somebody who is neither the owner nor in the group may read the file.
    pub fn is_public(&self) -> bool {
        self.mode & 0o004 != 0
    }
}

/// Bytes that can be read from any place. Reads past the end give fewer bytes, never an error.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `buffer` from `offset` on, as far as there are bytes, and tells how many were read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The `length` bytes at `offset`, fewer where the file ends before.
    fn bytes_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let there = self.size().saturating_sub(offset);
        let length = usize::try_from(there).unwrap_or(usize::MAX).min(length);
        let mut buffer = vec![0; length];
        let read = self.read_at(&mut buffer, offset)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    /// Writes all bytes to `out`, one piece in memory at a time.
    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut buffer = vec![0; 256 << 10];
        let mut offset = 0;
        loop {
            let read = self.read_at(&mut buffer, offset)?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(&buffer[..read])?;
            offset += read as u64;
        }
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let length = buffer.len().min(self.len() - start);
        buffer[..length].copy_from_slice(&self[start..start + length]);
        Ok(length)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

/// Reads from the first byte to the last.
pub struct Reader<F> {
    file: F,
    at: u64,
}

impl<F: ReadAt> Reader<F> {
    /// A reader at the first byte.
    pub fn new(file: F) -> Self {
        Self { file, at: 0 }
    }
}

impl<F: ReadAt> io::Read for Reader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

/// An open regular file of the host.
#[derive(Debug)]
pub struct HostFile {
    file: File,
    /// What `fstat` said when it was opened.
    pub stat: Stat,
}

impl HostFile {
    /// Opens a regular file. Whatever else stands there is not opened: a fifo does not hang, a
    /// device does nothing.
    pub fn open(path: &Path) -> io::Result<Self> {
        // A device may act when it is opened, so the path is looked at before; the open file is
        // looked at again, because the path may have changed in between.
        regular(&Stat::of(&std::fs::metadata(path)?))?;
        Self::open_again(path)
    }

    /// The same where a regular file was seen at `path` before.
    pub fn open_again(path: &Path) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Self::of(File::from(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// A file that is open already; it must be a regular one.
    pub fn of(file: File) -> io::Result<Self> {
        let stat = Stat::of(&file.metadata()?);
        regular(&stat)?;
        Ok(Self { file, stat })
    }

    /// What `fstat` says now.
    pub fn stat_now(&self) -> io::Result<Stat> {
        Ok(Stat::of(&self.file.metadata()?))
    }
}

fn regular(stat: &Stat) -> io::Result<()> {
    match stat.kind {
        FileKind::File => Ok(()),
        FileKind::Directory => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    }
}

impl ReadAt for HostFile {
    fn size(&self) -> u64 {
        self.stat.identity.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        // The kernel takes no offset that has a sign, and no file has bytes there.
        let reachable = i64::try_from(offset.saturating_add(buffer.len() as u64)).is_ok();
        while reachable && read < buffer.len() {
            match self.file.read_at(&mut buffer[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

/// The `security.capability` of a file of the host, as the file system gives it (capabilities(7)); `None`
/// where there is none or the file system has no such thing.
pub fn capability(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // The largest revision has 24 bytes.
    let mut value = [0; 64];
    match rustix::fs::lgetxattr(path, "security.capability", &mut value[..]) {
        Ok(length) => Ok(Some(value[..length].to_vec())),
        Err(rustix::io::Errno::NODATA | rustix::io::Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the kernel's own measurements vouch for a file of the host (`security.ima`, evmctl(1)).
pub fn is_signed(path: &Path) -> bool {
    // A signature may be longer than any buffer, and only that it is there counts.
    let found = rustix::fs::lgetxattr(path, "security.ima", &mut [0_u8; 64][..]);
    found.is_ok() || found == Err(rustix::io::Errno::RANGE)
}

/// A root file system that can be asked what is in it.
///
/// Paths are taken as they are: no link on the way is followed, [`walk`] does that. A path
/// with a link among its directories is an error or another file, never one outside the root.
pub trait Files {
    /// What stands at `path`; of a link, the link itself.
    fn stat(&self, path: &ImagePath) -> io::Result<Stat>;

    /// Where the link at `path` points to, as it is written there.
    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf>;

    /// Opens the regular file at `path`.
    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>>;

    /// The names in the directory at `path`, sorted by bytes.
    fn list(&self, path: &ImagePath) -> io::Result<Vec<OsString>>;
}

/// A directory of the host that is taken for the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sysroot {
    root: PathBuf,
}

impl Sysroot {
    /// Takes `root` for `/`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where `path` is on the host.
    pub fn host_path(&self, path: &ImagePath) -> PathBuf {
        path.below(&self.root)
    }

    /// Where a path of the host is in the root; `None`: outside.
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.root).ok().map(|inside| Path::new("/").join(inside))
    }

    /// The directory that is taken for `/`.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Files for Sysroot {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        Ok(Stat::of(&std::fs::symlink_metadata(self.host_path(path))?))
    }

    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf> {
        std::fs::read_link(self.host_path(path))
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(HostFile::open(&self.host_path(path))?))
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<OsString>> {
        let names = std::fs::read_dir(self.host_path(path))?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        Ok(names)
    }
}

/// Where a path led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The file at the end; neither it nor any of its directories is a link.
    pub real: ImagePath,
    /// What stands there.
    pub stat: Stat,
    /// Every link on the way and what is written in it, in the order in which they were met.
    pub links: Vec<(ImagePath, PathBuf)>,
    /// Every directory on the way but `/`, also those that a `..` left again: the kernel wants each.
    pub directories: Vec<ImagePath>,
}

/// Follows `path` from the root of `files` as the kernel does (path_resolution(7)): links are
/// followed, absolute ones from the root; `..` above the root stays there; a name below
/// something that is no directory is an error, and so is the [`MAX_LINKS`] and first link.
///
/// `path` is absolute, and may have `.`, `..` and doubled slashes.
///
/// # Errors
/// As the kernel's: `NotFound`, `NotADirectory`, `FilesystemLoop` (as `ELOOP`), `PermissionDenied`.
pub fn walk(files: &dyn Files, path: &Path) -> io::Result<Walk> {
    let real = ImagePath::root();
    let stat = files.stat(&real)?;
    walk_on(files, Walk { real, stat, links: Vec::new(), directories: Vec::new() }, path)
}

/// Goes on from where `walk` has led, along a relative path.
pub fn walk_on(files: &dyn Files, mut walk: Walk, path: &Path) -> io::Result<Walk> {
    let mut todo: VecDeque<OsString> = names(path).collect();
    while let Some(name) = todo.pop_front() {
        if walk.stat.kind != FileKind::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if name == "." {
            continue;
        }
        if name == ".." {
            walk.real = walk.real.parent().unwrap_or_else(ImagePath::root);
            walk.stat = files.stat(&walk.real)?;
            continue;
        }
        let next = walk.real.join(&name).ok_or(io::ErrorKind::NotFound)?;
        let stat = files.stat(&next)?;
        match stat.kind {
            FileKind::Link => {
                if walk.links.len() == MAX_LINKS {
                    return Err(rustix::io::Errno::LOOP.into());
                }
                let target = files.read_link(&next)?;
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    todo.push_front(name);
                }
                if target.is_absolute() {
                    walk.real = ImagePath::root();
                    walk.stat = files.stat(&walk.real)?;
                }
                walk.links.push((next, target));
            }
            kind => {
                if kind == FileKind::Directory && !walk.directories.contains(&next) {
                    walk.directories.push(next.clone());
                }
                walk.real = next;
                walk.stat = stat;
            }
        }
    }
    Ok(walk)
}

/// The names in a path. A slash at its end asks for a directory, as `.` does.
fn names(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    let bytes = path.as_os_str().as_bytes();
    let end = (bytes.len() > 1 && bytes.ends_with(b"/")).then(|| OsString::from("."));
    let parts = bytes.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
    parts.map(|name| OsStr::from_bytes(name).to_owned()).chain(end)
}
