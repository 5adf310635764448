//! Fonts: those that text is drawn with, and not all that the machine has.

use crate::support::image::Image;
use crate::support::{Ran, Test, lacks, root, tool};
use serde_json::json;

#[test]
fn text_is_drawn_as_it_is_here_with_the_fonts_that_come_in() {
    if lacks(&["rsvg-convert", "fc-list"]) {
        return;
    }
    let t = Test::new();
    let text = |y: u32, family: &str| format!("<text x='5' y='{y}' font-size='20' {family}>Hello world</text>");
    let families =
        ["", "font-family='sans-serif'", "font-family='serif'", "font-family='monospace' font-weight='bold'"];
    let lines: String = (1..).zip(families).map(|(line, family)| text(30 * line, family)).collect();
    t.write("a.svg", format!("<svg xmlns='http://www.w3.org/2000/svg' width='300' height='150'>{lines}</svg>"));
    let here = Ran::of(tool("rsvg-convert").arg(t.path("a.svg"))).succeeds();

    t.pack(&["rsvg-convert", "--add", "a.svg", "-o", "image.tar", "--", "/a.svg"]).succeeds();
    let image = Image::open(&t.path("image.tar"));
    image.unpack(&t);
    let (config, files) = (image.config()["config"].clone(), image.files());

    let fonts = files.iter().filter(|file| file.starts_with("/usr/share/fonts/") && !file.ends_with('/'));
    let fonts: Vec<_> = fonts.collect();
    let is_font =
        |file: &&&String| [".ttf", ".otf", ".ttc", ".pfb", ".t1", ".afm"].iter().any(|end| file.ends_with(end));
    assert_eq!(fonts.iter().filter(is_font).count(), fonts.len(), "{fonts:?}");
    let all = Ran::of(tool("fc-list").args([":", "file"])).succeeds().stdout();
    assert!(fonts.len() <= all.lines().count(), "{fonts:?}");
    let Some(ran) = root::run(&t.path("root"), &json!({ "config": config }), None) else { return };
    assert_eq!(ran.succeeds().output.stdout, here.output.stdout);
}
