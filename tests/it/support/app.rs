//! A static program `app` in a directory of its own, packed without a word, and what its image holds.

use super::image::Image;
use super::programs::HELLOS;
use super::{Ran, Test};
use serde_json::Value;

/// A test with a static program `app` in its directory.
pub fn with_app() -> Option<Test> {
    let t = Test::new();
    std::fs::copy(HELLOS[0].program()?, t.path("app")).expect("a program is copied");
    t.shell("chmod 755 app").succeeds();
    Some(t)
}

/// Packs with these flags, parted by blanks, without a word; gives the image.
#[track_caller]
pub fn packed(t: &Test, flags: &str) -> Image {
    let ran = t.shell(&format!("umask 077; exec $pack {flags} -q -o image.tar")).succeeds();
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("", ""), "{flags}: a plain image needs no word");
    Image::open(&t.path("image.tar"))
}

/// The lines of a listing that do not stand in every image.
pub fn more(image: &Image) -> Vec<String> {
    let listing = image.listing();
    listing.into_iter().filter(|line| !ALWAYS.contains(&line.as_str())).collect()
}

/// What stands in every image beside the program.
pub const ALWAYS: [&str; 7] = [
    "drwxr-xr-x 0/0 /etc/",
    "-rw-r--r-- 0/0 /etc/group",
    "-rw-r--r-- 0/0 /etc/passwd",
    "drwxr-xr-x 0/0 /home/",
    "drwxrwxr-x 65532/0 /home/nonroot/",
    "drwx------ 0/0 /root/",
    "drwxrwxrwt 0/0 /tmp/",
];

/// A test with two static programs: `plain`, and `app`, whose C source declares `strings`.
pub fn with_strings(strings: &[&str]) -> Option<Test> {
    let t = Test::new();
    std::fs::copy(HELLOS[0].program()?, t.path("plain")).expect("a program is copied");
    // Volatile, because a compiler leaves out what nobody looks at. Rust writes a list of strings as C does.
    let list = format!("{strings:?}").replace(['[', ']'], "");
    let source = format!("char *volatile strings[] = {{ \"\", {list} }};\nint main(void) {{ return !strings[0]; }}\n");
    t.write("app.c", source);
    t.shell("gcc -static app.c -o app").succeeds();
    Some(t)
}

/// Packs with these flags, without a word, and unpacks to `root`; gives the configuration and the paths.
#[track_caller]
pub fn unpacked(t: &Test, flags: &str) -> (Value, Vec<String>) {
    let ran = t.shell(&format!("rm -rf root; exec $pack {flags} -q -o image.tar")).succeeds();
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("", ""), "{flags}: nothing is to be said");
    let image = Image::open(&t.path("image.tar"));
    image.unpack(t);
    (image.config()["config"].clone(), image.files())
}

/// The reasons of a file, in words, as `--json` has them; `None` where the image does not hold it.
pub fn reason(told: &Ran, path: &str) -> Option<String> {
    let told = told.json();
    let files = told["images"][0]["files"].as_array().expect("files are a list");
    let file = files.iter().find(|file| file["path"] == path)?;
    Some(file["reasons"][0]["text"].as_str().expect("a reason has words").to_owned())
}
