//! What the user who runs the program may read: every file that is packed for it.

use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks, skip, tool};

const LIBRARY: &str = "echo '#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }' >greet.c
    echo 'void greet(void); int main(void) { greet(); return 0; }' >main.c; umask 022;";

#[test]
fn a_library_below_the_home_of_root_is_read_by_others_too() {
    if lacks(&["gcc", "chroot", "patchelf"]) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return skip("only root can run a program as another user");
    }
    let t = Test::new();
    t.shell(&format!(
        "{LIBRARY} mkdir -p root/root/lib; gcc -shared -fPIC greet.c -o root/root/lib/libgreet.so
        gcc main.c -o app root/root/lib/libgreet.so -Wl,-rpath,/root/lib -Wl,-soname,x
        loader=$(ldd app | sed -n 's/^[[:blank:]]*\\(\\/[^ ]*ld-[^ ]*\\) .*/\\1/p')
        libc=$(ldd app | sed -n 's/.*libc.so.6 => \\([^ ]*\\).*/\\1/p')
        for file in $loader $libc; do mkdir -p root$(dirname $file); cp -L $file root$file; done
        chmod 755 root$loader; patchelf --replace-needed root/root/lib/libgreet.so libgreet.so app"
    ))
    .succeeds();

    let packed = t.pack(&["app", "--sysroot", "root", "--format", "rootfs", "-o", "out"]).succeeds();

    assert!(!packed.stderr().contains("warning"), "{packed}");
    let mut chroot = tool("chroot");
    chroot.arg("--userspec=65532:65532").arg(t.path("out")).arg("/app");
    let ran = Ran::of(&mut chroot);
    assert_eq!(ran.stdout(), "hello\n", "{ran}");
}

#[test]
fn a_home_that_holds_nothing_stays_closed() {
    let t = Test::new();
    let Some(program) = HELLOS[0].program() else { return };
    let told = t.pack(&[program.to_str().expect("a plain path"), "--json", "--dry-run"]).succeeds().json();
    let files = told["images"][0]["files"].as_array().expect("files are listed");
    let home = files.iter().find(|file| file["path"] == "/root").expect("root has a home");
    assert_eq!(home["mode"], "0700");
}

#[test]
fn a_library_in_a_closed_directory_is_an_error_that_names_the_directory() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!(
        "{LIBRARY} mkdir lib; gcc -shared -fPIC -Wl,-soname,libgreet.so greet.c -o lib/libgreet.so; chmod 700 lib
        gcc main.c -o app -Llib -lgreet '-Wl,-rpath,$ORIGIN/lib'"
    ))
    .succeeds();
    let flags = ["app", "--path", "/srv/app", "--add", "lib:/srv/lib", "--format", "rootfs", "-o", "out"];

    let refused = t.pack(&flags).exits(1);
    t.pack(&[&flags[..], &["--user", "0"]].concat()).succeeds();

    assert_eq!(
        refused.stderr().split("\n\n").next(),
        Some(
            "error: user 65532 may not read `/srv/lib/libgreet.so`, and may not enter `/srv/lib` above it\n  \
             `/srv/lib` has mode 0700\n  \
             `--add lib`"
        ),
        "{refused}"
    );
    assert!(refused.stderr().contains("or run as root: `--user 0`"), "{refused}");
}

#[test]
fn an_image_whose_user_may_not_enter_a_librarys_directory_will_not_start() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!(
        "{LIBRARY} mkdir lib; gcc -shared -fPIC -Wl,-soname,libgreet.so greet.c -o lib/libgreet.so; chmod 700 lib
        gcc main.c -o app -Llib -lgreet '-Wl,-rpath,$ORIGIN/lib'
        $pack app --path /srv/app --add lib:/srv/lib --user 0 -q -o image.tar
        mkdir image; tar -C image -xf image.tar; cd image
        sed -i 's/\"User\":\"0:0\"/\"User\":\"7:7\"/' $(grep -l '\"User\":\"0:0\"' blobs/sha256/*)"
    ))
    .succeeds();
    // A configuration with another user is another blob, which the index has to name.
    t.shell(
        "cd image; set -e
        name() { echo blobs/sha256/$(sha256sum $1 | cut -d' ' -f1); }
        config=$(grep -l '\"User\":\"7:7\"' blobs/sha256/*); new=$(name $config); mv $config $new
        manifest=$(grep -l $(basename $config) blobs/sha256/*)
        sed -i s/$(basename $config)/$(basename $new)/g $manifest manifest.json
        next=$(name $manifest); mv $manifest $next; sed -i s/$(basename $manifest)/$(basename $next)/g index.json",
    )
    .succeeds();

    let told = t.pack(&["inspect", "image"]).exits(1);

    assert!(told.stdout().contains("user 7 may not read `/srv/lib/libgreet.so`: `/srv/lib` has mode 0700"), "{told}");
}
