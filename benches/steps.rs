//! Each step alone, on a program of this machine and its libraries: `cargo bench`.
//!
//! Not the whole: that is `benches/peers.py`, beside other tools. What is packed is the first of `curl`, `git`
//! and `sh` that is here, so figures of two machines do not compare.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pack::options::{Config, Contents, Division, Search};
use pack::testing::blob::{BlobStore, Descriptor, Digest};
use pack::testing::cache::{CacheDirectory, LayerCache};
use pack::testing::closure::{self, Closure};
use pack::testing::compress::{Compression, Encoder};
use pack::testing::evidence::{self, ObjectRole, SeenObject};
use pack::testing::file::HostFile;
use pack::testing::files::HostRoots;
use pack::testing::layer::{self, How};
use pack::testing::packages::{PackageDatabase, PackageId};
use pack::testing::program::{self, Program};
use pack::testing::rootfs::{self, Rootfs};
use pack::testing::shrink;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

fn main() {
    divan::main();
}

/// Takes everything and keeps nothing.
struct Nowhere;

impl BlobStore for Nowhere {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        black_box(bytes);
        Ok(())
    }

    fn finish(&mut self, _: &Descriptor) -> io::Result<()> {
        Ok(())
    }
}

fn opened() -> Program {
    let search = Search { programs: std::env::var_os("PATH"), ..Search::default() };
    let mut names = ["curl", "git", "sh"].iter().map(OsStr::new);
    let opened = names.find_map(|name| program::open(name, &search, None).ok()).map(|(program, _)| program);
    opened.expect("there is a shell")
}

fn search(without_evidence: bool) -> Search {
    Search { without_evidence, ..Search::default() }
}

fn host() -> HostRoots {
    HostRoots::new(Path::new("/"))
}

fn closed() -> Closure {
    let host = host();
    let packages = PackageDatabase::open(host.roots().sysroot, None);
    let closed =
        closure::close(opened(), &Contents::default(), &Config::default(), &search(false), host.roots(), &packages);
    closed.expect("it can be packed")
}

fn tree() -> Rootfs {
    let (closure, sysroot) = (closed(), host());
    let (contents, config) = (Contents::default(), Config::default());
    let name = closure.program.name().to_owned();
    let assembled = rootfs::assemble(&closure, &name, &contents, &config, sysroot.roots(), None);
    assembled.expect("it can be packed").rootfs
}

/// The uncompressed tar of the tree, for what takes bytes.
fn tar() -> Vec<u8> {
    let mut bytes = Vec::new();
    layer::write_tar(&tree(), &mut bytes).expect("a Vec takes all bytes");
    bytes
}

#[divan::bench]
fn inspect() -> Program {
    opened()
}

#[divan::bench]
fn resolve(bencher: Bencher<'_, '_>) {
    let (program, sysroot) = (opened(), host());
    bencher.bench_local(|| closure::needs(&program, &search(true), sysroot.roots()).expect("it can be packed"));
}

#[divan::bench]
fn resolve_and_look_for_evidence(bencher: Bencher<'_, '_>) {
    let (program, sysroot) = (opened(), host());
    bencher.bench_local(|| closure::needs(&program, &search(false), sysroot.roots()).expect("it can be packed"));
}

/// What evidence asks the package database for each program: the owners of its libraries, their sources and files, and
/// whether others share the directories of those.
fn ask_packages(closure: &Closure, cache: Option<&CacheDirectory>) -> usize {
    let sysroot = host();
    let database = PackageDatabase::open(sysroot.roots().sysroot, cache);
    let libraries = closure.resolution.libraries.iter().map(|library| &library.walk.real);
    let owners: BTreeSet<_> = libraries.filter_map(|library| database.owner(library)).collect();
    let facts = owners.iter().map(|id| database.package(*id).depends.len() + database.of_source(*id).len());
    let files = |id: PackageId| database.files(id).into_iter().take(12).map(move |file| (file, id));
    let files = owners.iter().take(12).flat_map(|id| files(*id));
    facts.sum::<usize>() + files.filter(|(file, id)| database.other_sources_below(file, *id)).count()
}

#[divan::bench]
fn packages_without_a_cache(bencher: Bencher<'_, '_>) {
    let closure = closed();
    bencher.bench_local(|| ask_packages(&closure, None));
}

#[divan::bench]
fn packages_from_the_cache(bencher: Bencher<'_, '_>) {
    let directory = tempfile::tempdir().expect("the temporary directory is writable");
    let cache = CacheDirectory::open(&directory.path().join("pack")).expect("it is ours");
    let closure = closed();
    ask_packages(&closure, Some(&cache));
    bencher.bench_local(|| ask_packages(&closure, Some(&cache)));
}

/// The constants of the program alone.
#[divan::bench]
fn evidence_scan(bencher: Bencher<'_, '_>) {
    let program = opened();
    let object = program.inspected.object.as_ref().expect("it is a program");
    let place = &program.real;
    let (role, called) = (ObjectRole::Program { go: false }, SeenObject::new("program", 0));
    bencher.bench_local(|| {
        evidence::look(&*program.file, object, called.clone(), role, place.clone()).expect("it is read")
    });
}

/// A static C program with debugging information; what `cc` is not there to make is pack's own benchmark.
#[divan::bench]
fn strip(bencher: Bencher<'_, '_>) {
    let directory = tempfile::tempdir().expect("there is room for a program");
    let made = directory.path().join("hello");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/hello/hello.c");
    let cc = Command::new("cc").args(["-g", "-static", "-o"]).arg(&made).arg(source).status();
    let own = std::env::current_exe().expect("this is a program");
    let path = if cc.is_ok_and(|status| status.success()) { made } else { own };
    let file = HostFile::open(&path).expect("it can be read");
    let bytes = BytesCount::new(file.stat.identity.size);
    bencher.counter(bytes).bench_local(|| shrink::strip::strip(&file).expect("it can be read"));
}

#[divan::bench]
fn assemble(bencher: Bencher<'_, '_>) {
    let (closure, sysroot) = (closed(), host());
    let (contents, config) = (Contents::default(), Config::default());
    let name = closure.program.name().to_owned();
    bencher.bench_local(|| rootfs::assemble(&closure, &name, &contents, &config, sysroot.roots(), None).is_ok());
}

#[divan::bench]
fn tar_encoding(bencher: Bencher<'_, '_>) {
    let tree = tree();
    let bytes = BytesCount::new(tree.size());
    bencher.counter(bytes).bench(|| layer::write_tar(&tree, &mut io::sink()).expect("it takes everything"));
}

#[divan::bench]
fn hash(bencher: Bencher<'_, '_>) {
    let tar = tar();
    bencher.counter(BytesCount::new(tar.len())).bench(|| Digest::of(&tar));
}

const ENCODERS: [Compression; 7] = [
    Compression::Gzip { level: 1 },
    Compression::Gzip { level: 4 },
    Compression::Gzip { level: 6 },
    Compression::Gzip { level: 12 },
    Compression::Zstd { level: 3 },
    Compression::Zstd { level: 9 },
    Compression::Zstd { level: 19 },
];

#[divan::bench(args = ENCODERS, sample_count = 5)]
fn compress_one_mebibyte(bencher: Bencher<'_, '_>, compression: Compression) {
    let mut part = tar();
    part.truncate(1024 * 1024);
    let mut encoder = Encoder::new(compression).expect("something is compressed");
    let mut out = Vec::new();
    let bytes = BytesCount::new(part.len());
    bencher.counter(bytes).bench_local(|| encoder.part(&part, &mut out).expect("a part is compressed"));
}

const WHOLE: [Compression; 3] = [Compression::None, Compression::Gzip { level: 4 }, Compression::Zstd { level: 3 }];

fn how(compression: Compression, threads: usize, cache: Option<&LayerCache>) -> How<'_> {
    let threads = NonZeroUsize::new(threads).expect("there is one");
    How { division: Division::Split, compression, threads, cache }
}

#[divan::bench(args = WHOLE, consts = [1, 2, 16], sample_count = 10)]
fn layers<const THREADS: usize>(bencher: Bencher<'_, '_>, compression: Compression) {
    let tree = tree();
    let bytes = BytesCount::new(tree.size());
    let how = how(compression, THREADS, None);
    bencher.counter(bytes).bench(|| layer::encode(&[&tree], &how, &mut Nowhere).expect("it takes everything"));
}

#[divan::bench]
fn layers_from_the_cache(bencher: Bencher<'_, '_>) {
    let (tree, directory) = (tree(), tempfile::tempdir().expect("the temporary directory is writable"));
    let cache = LayerCache::open(&directory.path().join("pack")).expect("it is ours");
    let how = how(Compression::default(), 2, Some(&cache));
    let encode = || layer::encode(&[&tree], &how, &mut Nowhere).expect("it takes everything");
    encode();
    bencher.counter(BytesCount::new(tree.size())).bench(encode);
}
