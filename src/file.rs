//! One file of the host: what stat(2) tells of it, its bytes, and its extended attributes.

use crate::bytes::ReadAt;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::Path;

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

/// Which file this is: equal for two names of one file, and for nothing else in one run.
///
/// Two of the kinds hold addresses in memory. Those differ from run to run, so that the order of ids must not reach
/// any result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileId {
    /// A file of the host.
    Host {
        /// Device number.
        device: u64,
        /// Inode number.
        inode: u64,
    },
    /// A file in a layer of an image.
    Layer {
        /// Number of the layer, the lowest being 0.
        layer: usize,
        /// Where the file's bytes begin in the layer.
        offset: u64,
    },
    /// Bytes that pack made, by their address.
    Made(usize),
    /// A directory or link of a tree in memory, by the address of its path; 0 for the root.
    Node(usize),
}

/// Which file this is, and in which state: equal as long as nobody wrote to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// Which file.
    pub file: FileId,
    /// Bytes.
    pub size: u64,
    /// Last change of the contents, in nanoseconds since the epoch.
    pub mtime: i128,
    /// Last change of the contents or the inode, in nanoseconds since the epoch.
    pub ctime: i128,
}

impl FileKind {
    /// What the host's `stat`, or a directory, calls it.
    pub fn new(kind: std::fs::FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_symlink() {
            Self::Link
        } else if kind.is_fifo() {
            Self::Fifo
        } else if kind.is_socket() {
            Self::Socket
        } else {
            Self::Device
        }
    }
}

impl Identity {
    /// The identity of a file that nobody can write to while pack runs.
    pub fn constant(file: FileId, size: u64) -> Self {
        Self { file, size, mtime: 0, ctime: 0 }
    }

    /// Whether the file is one of the host, whose times tell its state.
    pub fn is_on_host(&self) -> bool {
        matches!(self.file, FileId::Host { .. })
    }

    /// Which file, in whatever state.
    pub fn inode(&self) -> FileId {
        self.file
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
    pub fn new(metadata: &std::fs::Metadata) -> Self {
        let kind = FileKind::new(metadata.file_type());
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            kind,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            links: metadata.nlink(),
            identity: Identity {
                file: FileId::Host { device: metadata.dev(), inode: metadata.ino() },
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
        regular(&Stat::new(&std::fs::metadata(path)?))?;
        Self::open_again(path)
    }

    /// Opens a file where a regular one was seen at `path` before.
    pub fn open_again(path: &Path) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Self::new(File::from(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Takes a file that is open already and must be a regular one.
    pub fn new(file: File) -> io::Result<Self> {
        let stat = Stat::new(&file.metadata()?);
        regular(&stat)?;
        Ok(Self { file, stat })
    }

    /// What `fstat` says now.
    pub fn stat_now(&self) -> io::Result<Stat> {
        Ok(Stat::new(&self.file.metadata()?))
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
