//! What stands in every image: `/etc/passwd`, `/etc/group`, home directories and `/tmp`.

use super::error::Error;
use super::users::{self, Users};
use super::{Cause, Entry, ImagePart, Node, Reason, Rootfs};
use crate::accounts::Runner;
use crate::content::Content;
use crate::evidence::accounts::Account;
use crate::file::FileKind;
use crate::files::{Files, walk};
use crate::paths::ImagePath;

/// Puts the files of users and groups, their homes and `/tmp` into the tree, and gives who runs the program.
///
/// `given` is the value of `--user`; `named` are the users that the program names. A file of users or groups that the
/// user added stays as it is.
pub fn put_users(rootfs: &mut Rootfs, given: Option<&str>, named: &[Account]) -> Result<Runner, Error> {
    let [passwd, group] = ["/etc/passwd", "/etc/group"].map(ImagePath::known);
    let (added_passwd, added_group) = (added_text(rootfs, &passwd), added_text(rootfs, &group));
    let mut users = users::find(given, added_passwd.as_deref(), added_group.as_deref())?;
    users.add(named);
    let Users { runner, home, .. } = users;
    if added_passwd.is_none() {
        put(rootfs, &passwd, names_file(&users.passwd))?;
        put(rootfs, &ImagePath::known("/root"), directory(0o700, 0, "home of root"))?;
        put(rootfs, &ImagePath::known("/home/nonroot"), directory(0o775, users::NONROOT.1, "home of nonroot"))?;
    }
    if added_group.is_none() {
        put(rootfs, &group, names_file(&users.group))?;
    }
    if let Some(home) = home {
        put(rootfs, &ImagePath::known(home), directory(0o775, runner.uid, "home of the user who runs the program"))?;
    }
    put(rootfs, &ImagePath::known("/tmp"), directory(0o1777, 0, "for temporary files"))?;
    Ok(runner)
}

/// The text of the file that the user added at `path`, its first MiB; `None` where no file was added there.
fn added_text(rootfs: &Rootfs, path: &ImagePath) -> Option<String> {
    let end = walk(rootfs, path.as_path()).ok().filter(|end| end.stat.kind == FileKind::File)?;
    // The program there is a conflict, not a list of users.
    rootfs.entries().get(&end.real).filter(|entry| !entry.is_program())?;
    let bytes = rootfs.open(&end.real).ok()?.bytes_at(0, 1 << 20).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn names_file(text: &str) -> Entry {
    let node = Node::File(Content::Bytes(text.as_bytes().into()));
    Entry::new(node, 0o644, ImagePart::System, Reason::new(Cause::Users, "names the users"))
}

fn directory(mode: u32, uid: u32, reason: &str) -> Entry {
    Entry { uid, ..Entry::new(Node::Directory, mode, ImagePart::System, Reason::new(Cause::Always, reason)) }
}

/// Puts something that stands in every image; what the user added at the path takes its place.
fn put(rootfs: &mut Rootfs, path: &ImagePath, entry: Entry) -> Result<(), Error> {
    let wanted = format!("the {} that every image has there", entry.kind());
    let hint = "leave that path to pack, or add a directory where pack makes one";
    rootfs.insert(path, entry).map(drop).map_err(|conflict| Error::Taken { wanted, conflict, hint })
}
