//! Corner cases of the loader's search, each built by the real compiler and put to the real loader.
//!
//! A case is a shell line that makes a program `app`, and the answer: the files that come with it, those that are
//! missing, the one that ends the search. Both the loader and `pack` must give it. Numbers are those of the list
//! from which `docs/loader.md` was made.

/// A program with `a` and `b` in its RUNPATH, a library in each, and what is done to them then.
macro_rules! two {
    ($then:literal) => {
        concat!("so a/libx.so; cp -r a b; app $U'$ORIGIN/a:$ORIGIN/b' a/libx.so; ", $then)
    };
}

/// A program that needs version V2 of a library without calling it; the library is then made anew.
macro_rules! versions {
    ($then:literal) => {
        concat!(
            "echo 'V1 { global: x; };' >v1; echo 'V2 { global: x; };' >v2; echo 'int x(void) { return 0; }' >x.c
            so l/libx.so x.c -Wl,--version-script=v2
            echo 'int x(void); int main(int count, char **words) { return count > 9 ? x() : 0; }' >main.c
            app $U'$ORIGIN/l' l/libx.so -Wl,-z,lazy; ",
            $then
        )
    };
}

mod candidates;
mod search;
mod tags;

use crate::support::loader::{Inode, Listed, difference, found, inode};
use crate::support::{Ran, Test, lacks, tool};
use pack::resolve::{Resolution, Trouble};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A program, and what the loader will do with it.
struct Case {
    shows: &'static str,
    /// The shell line, with [`HELPERS`].
    made: &'static str,
    /// LD_LIBRARY_PATH for the loader, `--library-path` for `pack`; `@` stands for the directory of the test.
    library_path: &'static str,
    /// `a/liba.so`: that file is mapped. `!liba.so`: it is missing. `#a/liba.so`: the loader stops there.
    answer: &'static str,
}

const CASE: Case = Case { shows: "", made: "", library_path: "", answer: "" };

/// `so FILE FLAGS` makes a library whose SONAME is its file name, `app FLAGS` the program. `$R` and `$U` begin an RPATH
/// and a RUNPATH. `byte FILE OFFSET OCTAL` changes one byte. `tag FILE OLD NEW` changes the number of a dynamic tag,
/// `untyped FILE TYPE` makes PT_NULL of each program header of a type.
const HELPERS: &str = r#"set -e
R=-Wl,--disable-new-dtags,-rpath,
U=-Wl,--enable-new-dtags,-rpath,
LINK=-Wl,--no-as-needed,--allow-shlib-undefined
CC=gcc
echo 'int main(void) { return 0; }' >main.c
so() { file=$1; shift; mkdir -p "$(dirname "$file")"
    $CC -shared -fPIC -nostdlib $LINK,-soname,"$(basename "$file")" -o "$file" -xc /dev/null -xnone "$@" 2>>log; }
app() { $CC main.c $LINK -o app "$@" 2>>log; }
byte() { printf "\\$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
tag() { python3 -c '
import struct, sys
name, old, new = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3], 0)
data = bytearray(open(name, "rb").read())
start, size, count = *struct.unpack_from("<32xQ", data), *struct.unpack_from("<54xHH", data)
for header in range(start, start + size * count, size):
    kind, offset, length = struct.unpack_from("<I4xQ16xQ", data, header)
    for at in range(offset, offset + length, 16) if kind == 2 else ():
        if struct.unpack_from("<Q", data, at)[0] == old:
            struct.pack_into("<Q", data, at, new)
open(name, "wb").write(data)' "$@"; }
untyped() { python3 -c '
import struct, sys
name, kind = sys.argv[1], int(sys.argv[2])
data = bytearray(open(name, "rb").read())
start, size, count = *struct.unpack_from("<32xQ", data), *struct.unpack_from("<54xHH", data)
for header in range(start, start + size * count, size):
    if struct.unpack_from("<I", data, header)[0] == kind:
        struct.pack_into("<I", data, header, 0)
open(name, "wb").write(data)' "$@"; }
weak() { python3 -c '
import struct, sys
name, version = sys.argv[1], sys.argv[2].encode()
data, hashed = bytearray(open(name, "rb").read()), 0
for byte in version:
    hashed = (hashed << 4) + byte
data[data.index(struct.pack("<IH", hashed, 0)) + 4] = 2
open(name, "wb").write(data)' "$@"; }
"#;

/// What the helpers need.
const TOOLS: [&str; 3] = ["sh", "gcc", "python3"];

impl Case {
    /// Builds it and asks both; what is wrong, in words.
    fn fails(&self) -> Option<String> {
        let t = Test::new();
        let made = t.shell(&format!("{HELPERS}{}", self.made));
        if made.output.status.code() != Some(0) {
            return Some(format!("{}: {made}", self.shows));
        }
        let root = Path::new("/");
        let here = t.path("").canonicalize().expect("it is there");
        let here = here.to_str().expect("it is plain");
        let library_path = self.library_path.replace('@', here);
        // Relative parts must not find anything where the loader happens to be asked.
        let mut loader = tool(t.path("app"));
        loader.env("LD_TRACE_LOADED_OBJECTS", "1").current_dir("/proc");
        if !library_path.is_empty() {
            loader.env("LD_LIBRARY_PATH", &library_path);
        }
        let ran = Ran::of(&mut loader);
        let mut listed = Listed::of(&ran, root);
        listed.started(&Ran::of(loader.env_remove("LD_TRACE_LOADED_OBJECTS")));
        let parts: Vec<PathBuf> =
            library_path.split([':', ';']).filter(|part| !part.is_empty()).map(PathBuf::from).collect();
        let resolution = found(&t.path("app"), root, &parts).expect("it is a dynamic program");
        let wrong = difference(&resolution, &listed)
            .or_else(|| self.is_not(&resolution, &t).map(|wrong| format!("{wrong}\n{ran}")))?;
        Some(format!("{}: {wrong}", self.shows))
    }

    /// How the answer is another than the case says.
    fn is_not(&self, resolution: &Resolution, t: &Test) -> Option<String> {
        let (mut files, mut missing, mut stops): (BTreeSet<Inode>, BTreeSet<_>, BTreeSet<_>) = Default::default();
        for word in self.answer.split(' ').filter(|word| !word.is_empty()) {
            if let Some(name) = word.strip_prefix('!') {
                missing.insert(name.to_owned());
            } else if let Some(name) = word.strip_prefix('#') {
                stops.insert(name.to_owned());
            } else {
                let inode = inode(Path::new("/"), &t.path(word).canonicalize().expect("the case names it"));
                files.extend(inode);
            }
        }
        let here = t.path("").canonicalize().expect("it is there");
        let private = resolution.libraries.iter().filter(|library| library.place.path.starts_with(&here));
        let ours: BTreeSet<_> = private.map(|library| library.walk.stat.identity.inode()).collect();
        let lacking: BTreeSet<_> =
            resolution.missing.iter().map(|missing| String::from_utf8_lossy(&missing.soname).into_owned()).collect();
        let ends: BTreeSet<_> = resolution.troubles.iter().map(|trouble| end(trouble, &here)).collect();
        let is = if stops.is_empty() { ours == files && lacking == missing && ends.is_empty() } else { ends == stops };
        let paths = || resolution.libraries.iter().map(|library| &library.place.path).collect::<Vec<_>>();
        (!is).then(|| format!("expected {}, got {:?}, lacking {lacking:?}, {ends:?}", self.answer, paths()))
    }
}

/// The file, or the name, at which the loader stops.
fn end(trouble: &Trouble, here: &Path) -> String {
    match trouble {
        Trouble::Missing(missing) => String::from_utf8_lossy(&missing.soname).into_owned(),
        Trouble::Candidate { path, .. } => path.strip_prefix(here).unwrap_or(path).display().to_string(),
        Trouble::Relative { soname, .. } | Trouble::Version { soname, .. } => soname.clone(),
        Trouble::Loader { loader, .. } => loader.strip_prefix(here).unwrap_or(loader).display().to_string(),
    }
}

/// Puts every case to both, and tells of all that are wrong.
#[track_caller]
fn agree(cases: &[Case]) {
    if lacks(&TOOLS) {
        return;
    }
    let wrong: Vec<String> = cases.iter().filter_map(Case::fails).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}
