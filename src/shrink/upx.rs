//! UPX, with a conscience: only for programs that it does well, and only where what people download gets smaller.
//!
//! A layer is compressed anyway, so a packed program saves little there, and starts slower each time; which
//! programs UPX breaks was found by experiment, with UPX 4.2.2 and 4.2.4.

use super::carried::carries;
use super::error::Error;
use super::tree::program;
use crate::bytes::ReadAt;
use crate::compress::{Compression, Encoder};
use crate::content::{Content, Temporary};
use crate::elf::{Kind, Tables};
use crate::events::Warning;
use crate::file::{HostFile, Stat, is_signed};
use crate::options::{Options, UpxLevel};
use crate::platform::Platform;
use crate::program::Program;
use crate::rootfs::Rootfs;
use crate::tools::{self, Upx};
use std::ffi::OsStr;
use std::io;
use std::sync::Arc;

/// The program as layers carry it, compressed: with UPX and without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Bytes as UPX packs it.
    pub with: u64,
    /// Bytes as it is otherwise.
    pub without: u64,
}

impl Compared {
    /// Whether the packed program goes in.
    pub fn is_used(self) -> bool {
        self.with <= self.without
    }
}

/// Why UPX must not pack `program`, or cannot.
pub fn refusal(program: &Program, search: Option<&OsStr>) -> Option<Error> {
    let given = program.given.to_string_lossy().into_owned();
    if let Some((why, hint)) = why_not(program) {
        return Some(Error::Refused { given, why, hint });
    }
    Upx::find(search).is_none().then_some(Error::NoUpx { given })
}

/// A reason, and a way out.
fn why_not(program: &Program) -> Option<(String, &'static str)> {
    const WITHOUT: &str = "leave `--upx` out";
    let inspected = &program.inspected;
    let is_go = inspected.toolchain.go.is_some();
    let because = |why: &str, hint| Some((why.to_owned(), hint));
    if inspected.upx {
        return because("it is packed by UPX already", WITHOUT);
    }
    match inspected.kind {
        Kind::Static => {}
        Kind::Dynamic if is_go && inspected.object.as_ref().is_some_and(|object| object.needed.is_empty()) => {
            let why = "it is a Go program at any address, which crashes at times when UPX has packed it";
            return because(why, "build it with `-buildmode=exe`, or leave `--upx` out");
        }
        Kind::Dynamic => {
            let why = "it is a dynamic program, and a packed one no longer shows what it needs";
            return because(why, "link it with `-static`, or leave `--upx` out; `--strip` makes it smaller too");
        }
        _ => {
            let why = "it is a static program at any address (static-pie), which may crash when UPX has packed it";
            return because(why, "link it with `-static -no-pie`, or leave `--upx` out");
        }
    }
    let platform = inspected.platform.as_ref();
    if !platform.is_some_and(is_done_well) {
        let name = platform.map_or_else(|| "its machine".to_owned(), |platform| format!("`{platform}`"));
        return Some((format!("UPX does not do well with programs for {name}"), WITHOUT));
    }
    if program.stat.mode & 0o6000 != 0 {
        return because("it runs with the rights of its owner (setuid or setgid)", WITHOUT);
    }
    if program.capability.is_some() {
        return because("it has file capabilities", WITHOUT);
    }
    if program.content.host_path().is_some_and(is_signed) {
        return because("it is signed (`security.ima`)", WITHOUT);
    }
    let file = &*program.file;
    let carried = Tables::read(file).ok().and_then(|tables| carries(file, &tables).ok().flatten())?;
    Some((format!("{carried}, which it might not find again"), WITHOUT))
}

fn is_done_well(platform: &Platform) -> bool {
    match platform.architecture.as_str() {
        "amd64" | "386" | "arm64" => true,
        "arm" => platform.variant.as_deref() == Some("v7"),
        _ => false,
    }
}

/// Lets UPX pack the program in the tree, and keeps the result where it is worth it.
pub fn upx(
    rootfs: &mut Rootfs,
    given: &str,
    platform: &Platform,
    level: UpxLevel,
    options: &Options,
) -> Result<(Option<Compared>, Vec<Warning>), Error> {
    let Some(tool) = Upx::find(options.search.programs.as_deref()) else {
        return Err(Error::NoUpx { given: given.to_owned() });
    };
    let Some((content, path, identity)) = program(rootfs) else { return Ok((None, Vec::new())) };
    let unreadable = |source| Error::Unreadable { path: path.clone(), source };
    let before = content.open().map_err(unreadable)?;
    let without = compressed(&*before, options.compression).map_err(unreadable)?;
    let made = match tool.pack(flag(level).as_deref(), |to| before.copy_to(to)) {
        Ok(made) => HostFile::new(made).map_err(unreadable)?,
        // Where UPX finds that it would only grow, it says so in this way.
        Err(tools::Error::Failed { said, .. }) if said.starts_with("NotCompressible") => {
            return Ok((None, vec![not_smaller(given, format!("`upx` says: {said}"))]));
        }
        Err(source) => return Err(Error::Tool { given: given.to_owned(), source }),
    };
    let now = std::fs::metadata(&path).map_err(unreadable)?;
    if Stat::new(&now).identity != identity {
        return Err(Error::Changed { given: given.to_owned() });
    }
    let compared = Compared { with: compressed(&made, options.compression).map_err(unreadable)?, without };
    if compared.is_used() {
        rootfs.replace(&identity, &Content::Temporary(Temporary { file: Arc::new(made), identity }));
    }
    Ok((Some(compared), warnings(compared, given, platform)))
}

fn flag(level: UpxLevel) -> Option<String> {
    match level {
        UpxLevel::Usual => None,
        UpxLevel::Number(number) => Some(format!("-{number}")),
        UpxLevel::Best => Some("--best".to_owned()),
    }
}

/// How many bytes a file has as layers carry it.
fn compressed(file: &dyn ReadAt, compression: Compression) -> io::Result<u64> {
    let Some(mut encoder) = Encoder::new(compression) else { return Ok(file.size()) };
    let part = compression.part_size(file.size());
    let (mut out, mut sum, mut offset) = (Vec::new(), 0, 0);
    while offset < file.size() {
        let uncompressed = file.bytes_at(offset, part)?;
        if uncompressed.is_empty() {
            break;
        }
        sum += encoder.part(&uncompressed, &mut out)? as u64;
        offset += uncompressed.len() as u64;
    }
    Ok(sum)
}

fn warnings(compared: Compared, given: &str, platform: &Platform) -> Vec<Warning> {
    let Compared { with, without } = compared;
    let fragile = (compared.is_used() && platform.architecture == "arm64").then(|| fragile(given));
    let detail = format!("compressed it would have {with} bytes, and has {without} without UPX");
    let not_smaller = (with >= without).then(|| not_smaller(given, detail));
    fragile.into_iter().chain(not_smaller).collect()
}

fn not_smaller(given: &str, detail: String) -> Warning {
    Warning {
        code: "upx-not-smaller",
        message: format!("UPX does not make `{given}` smaller in a compressed layer"),
        details: vec![detail],
        hint: "leave `--upx` out: the program starts faster without".to_owned(),
    }
}

fn fragile(given: &str) -> Warning {
    Warning {
        code: "upx-arm64",
        message: format!("`{given}` may crash: on arm64 what UPX packs does not run everywhere"),
        details: vec!["seen with large environments and under emulation".to_owned()],
        hint: "try the image where it will run, or leave `--upx` out".to_owned(),
    }
}
