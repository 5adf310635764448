//! Programs of Debian that nobody here wrote, from their images and here: exit code, both streams, and what they
//! write. `testdata/debian/programs.txt` has a line for each.

use crate::support::samples::{Samples, installed};
use crate::support::{Ran, Test, lacks, repository, skip};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

/// One line of the table.
struct Line {
    program: String,
    command: String,
    flags: String,
}

/// The lines whose programs are installed, and whose samples are there.
fn lines(samples: &Samples) -> Vec<Line> {
    let table = repository().join("testdata/debian/programs.txt");
    let text = std::fs::read_to_string(table).expect("the table is there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = |line: &str| {
        let (command, flags) = line.split_once(" | ").unwrap_or((line, ""));
        let name = command.split(' ').next().expect("a line begins with a program");
        let program = installed(name)?.to_str().expect("a plain path").to_owned();
        Some(Line { program, command: command.to_owned(), flags: flags.to_owned() })
    };
    let lines = lines.filter(|text| !samples.lack(text)).map(|text| line(text).ok_or(text));
    lines.filter_map(|line| line.map_err(|text| skip(&format!("not installed: {text}"))).ok()).collect()
}

/// As whom the program runs: root, or nobody, who is a user here and in every image.
#[derive(Clone, Copy, PartialEq)]
enum User {
    Root,
    Nonroot,
}

/// The shell words that make what follows run as that user; `root` is the root file system, if it is another.
fn becoming(user: User, root: Option<&Path>) -> String {
    let root = root.map_or(String::new(), |root| format!("-R {} -w \"$PWD\"", root.display()));
    match user {
        User::Root if root.is_empty() => String::new(),
        User::Root => format!("unshare {root}"),
        User::Nonroot => format!("setpriv --clear-groups unshare {root} -G 65534 -S 65534"),
    }
}

/// Runs the line in the directory of samples, here or with `root` as the root file system.
fn run(t: &Test, line: &Line, user: User, root: Option<&Path>, out: &str) -> Output {
    let arguments = line.command.split_once(' ').map_or("", |(_, arguments)| arguments);
    let arguments = arguments.replace("OUT", out);
    let mount = root.map_or(String::new(), |root| {
        let root = root.display();
        format!(
            "mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev; mount -t tmpfs -o mode=1777 tmp {root}/tmp; \
             mkdir -p \"{root}$PWD\"; mount --bind . \"{root}$PWD\"; for file in hosts resolv.conf; do \
             touch {root}/etc/$file; mount --bind /etc/$file {root}/etc/$file; done;"
        )
    });
    let script = format!("{mount} exec {} {} {arguments}", becoming(user, root), line.program);
    let mut command = Command::new("unshare");
    command.args(["-m", "--propagation", "private", "sh", "-c", &script]).current_dir(t.path("samples"));
    command.env_clear().envs([
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", if user == User::Root { "/root" } else { "/nonexistent" }),
        ("TERM", "xterm"),
    ]);
    for word in line.flags.split_whitespace().filter(|word| word.contains('=')) {
        let (key, value) = word.split_once('=').expect("it has one");
        command.env(key, value);
    }
    Ran::of(&mut command).output
}

/// The text without the time that curl's library took.
fn timeless(text: &str) -> String {
    match text.split_once(" after ").and_then(|(before, rest)| Some((before, rest.split_once(" ms: ")?))) {
        Some((before, (number, rest))) if number.parse::<u32>().is_ok() => format!("{before} after N ms: {rest}"),
        _ => text.to_owned(),
    }
}

/// What differs between here and there, in words.
fn differences(t: &Test, line: &Line, user: User, root: &Path, number: usize) -> Option<String> {
    let names = [format!("out-{number}-here"), format!("out-{number}-away")];
    let [here, there] = [None, Some(root)].map(|root| {
        let name = &names[usize::from(root.is_some())];
        let output = run(t, line, user, root, name);
        let same = |bytes: &[u8]| timeless(&String::from_utf8_lossy(bytes).replace(name.as_str(), "OUT"));
        let written = std::fs::read(t.path("samples").join(name)).map(|bytes| same(&bytes)).unwrap_or_default();
        (output.status.code(), same(&output.stdout), same(&output.stderr), written)
    });
    (here != there).then(|| format!("{}\n  here  {here:.600?}\n  there {there:.600?}", line.command))
}

#[test]
fn programs_of_debian_do_from_their_images_what_they_do_here() {
    if lacks(&["unshare", "setpriv", "mount"]) {
        return;
    }
    if !rustix::process::getuid().is_root() {
        skip("only root mounts what a container has");
        return;
    }
    let t = Test::new();
    let samples = Samples::make(&t);
    let mut programs: BTreeMap<(String, String), Vec<(usize, Line)>> = BTreeMap::new();
    for (number, line) in lines(&samples).into_iter().enumerate() {
        programs.entry((line.program.clone(), line.flags.clone())).or_default().push((number, line));
    }
    let count = programs.values().map(Vec::len).sum::<usize>();
    // Root alone where time is short: what a user may not read would show with the other.
    let users: &[User] =
        if std::env::var_os("PACK_TEST_FULL").is_some() { &[User::Root, User::Nonroot] } else { &[User::Nonroot] };
    let (todo, wrong) = (Mutex::new(programs), Mutex::new(Vec::new()));
    let next = || todo.lock().expect("nobody panics with it").pop_first();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(((program, flags), lines)) = next() {
                    let name = format!("root{}", lines[0].0);
                    let flags = format!("--format rootfs -o {name} -q --user nobody {flags}");
                    let packed = t.shell(&format!("mkdir {name} && chmod 755 {name} && $pack {program} {flags}"));
                    if !packed.output.status.success() {
                        wrong.lock().expect("nobody panics with it").push(packed.to_string());
                        continue;
                    }
                    t.shell(&format!("mkdir -p {name}/proc {name}/dev")).succeeds();
                    for (number, line) in lines {
                        for user in users {
                            let found = differences(&t, &line, *user, &t.path(&name), number);
                            wrong.lock().expect("nobody panics with it").extend(found);
                        }
                    }
                    t.shell(&format!("rm -rf {name}")).succeeds();
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics with it");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
