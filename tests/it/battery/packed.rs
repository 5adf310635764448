//! What of the battery shows only in an image, or in what is told: files for newer processors, one file under several
//! names, names that are no text, rights of another (cases 27, 28, 49, 51, 56).

use super::HELPERS;
use crate::support::{Ran, Test, lacks, skip, tool};

/// Makes a program, packs it as a directory `image` and has the loader list there what it maps.
fn packed(made: &str) -> Option<(Test, Ran, Ran)> {
    if lacks(&["gcc", "bwrap"]) {
        return None;
    }
    let t = Test::new();
    t.shell(&format!("{HELPERS}{made}")).succeeds();
    let packed = t.pack(&["app", "--format", "rootfs", "-o", "image"]).succeeds();
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path("image")).args(["/", "--proc", "/proc", "--clearenv", "--chdir", "/proc"]);
    let listed = Ran::of(bwrap.args(["--setenv", "LD_TRACE_LOADED_OBJECTS", "1", "/opt/app/app"])).succeeds();
    Some((t, packed, listed))
}

#[test]
fn files_for_newer_processors_come_along_with_the_plain_one() {
    let made = "so l/libx.so; so l/glibc-hwcaps/x86-64-v2/libx.so; so l/glibc-hwcaps/x86-64-v4/libx.so
        app $U'$ORIGIN/l' l/libx.so";
    let Some((t, packed, _)) = packed(made) else { return };
    for file in ["l/libx.so", "l/glibc-hwcaps/x86-64-v2/libx.so", "l/glibc-hwcaps/x86-64-v4/libx.so"] {
        assert!(t.path("image/opt/app").join(file).is_file(), "{file}: {packed}");
    }
    assert_eq!(packed.stderr().lines().filter(|line| line.starts_with("warning")).count(), 0, "{packed}");
}

#[test]
fn a_library_for_newer_processors_alone_goes_in_and_is_told() {
    let made = "so l/glibc-hwcaps/x86-64-v2/libx.so; app $U'$ORIGIN/l' l/glibc-hwcaps/x86-64-v2/libx.so";
    let Some((t, packed, listed)) = packed(made) else { return };
    assert!(listed.stdout().contains("/opt/app/l/glibc-hwcaps/x86-64-v2/libx.so (0x"), "{listed}");
    let here = t.path("").canonicalize().expect("it is there");
    let told = format!(
        "warning: `libx.so` is there for newer processors only: `{}/l/glibc-hwcaps/x86-64-v2/libx.so`\n",
        here.display()
    );
    assert!(packed.stderr().starts_with(&told), "{packed}");
}

#[test]
fn one_file_under_three_names_stays_one() {
    let made = "for n in 1 2 3; do so l/libx$n.so; done; app $U'$ORIGIN/l' l/libx1.so l/libx2.so l/libx3.so
        ln -f l/libx1.so l/libx2.so; ln -sf libx1.so l/libx3.so";
    let Some((t, _, listed)) = packed(made) else { return };
    assert_eq!(listed.stdout().matches("/opt/app/l/libx").count(), 1, "{listed}");
    let same = t.shell("cd image/opt/app/l; stat -Lc %i libx1.so libx2.so libx3.so | sort -u; readlink libx3.so");
    assert_eq!(same.stdout().lines().skip(1).collect::<Vec<_>>(), ["libx1.so"], "{same}");
}

#[test]
fn names_that_are_no_text_are_kept_byte_for_byte() {
    let made = r#"d=$(printf 'd\377'); so "$d/lib$d.so"; app "$U\$ORIGIN/$d" "$d/lib$d.so""#;
    let Some((t, packed, listed)) = packed(made) else { return };
    t.shell(r#"d=$(printf 'd\377'); cmp "$d/lib$d.so" "image/opt/app/$d/lib$d.so""#).succeeds();
    let line = b"libd\xff.so => /opt/app/d\xff/libd\xff.so (0x";
    assert!(listed.output.stdout.windows(line.len()).any(|part| part == line), "{listed}");
    assert!(packed.stderr().is_empty() || !packed.stderr().contains("warning"), "{packed}");
}

#[test]
fn a_program_with_the_rights_of_another_does_not_find_by_origin_and_is_told_so() {
    if lacks(&["gcc", "setpriv"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!("{HELPERS} so l/libx.so; app $U'$ORIGIN/l' l/libx.so; chmod 4755 app; chmod 755 . l")).succeeds();
    let told = t.pack(&["app", "--dry-run"]).exits(1);
    let wanted = "error: cannot find `libx.so`, needed by `app`\n";
    assert!(told.stderr().starts_with(wanted), "{told}");
    let hint = "hint: the program runs with elevated privileges, and the loader then ignores `$ORIGIN`: link it with absolute \
        directories, or take the privileges away (`chmod ug-s`, `setcap -r`)\n";
    assert!(told.stderr().contains(hint), "{told}");
    if !rustix::process::geteuid().is_root() {
        return skip("only root can be another");
    }
    let refused = Ran::of(tool("setpriv").args(["--reuid", "65534", "--clear-groups"]).arg(t.path("app"))).exits(127);
    assert!(refused.stderr().contains("libx.so: cannot open shared object file"), "{refused}");
    Ran::of(&mut tool(t.path("app"))).succeeds();
}
