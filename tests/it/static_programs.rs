//! Static programs of every compiler, run from their image with nothing beside it.

use crate::support::Test;
use crate::support::engine::engine;
use crate::support::image::Image;
use crate::support::programs::{HELLOS, Recipe};
use crate::support::root;
use serde_json::json;

/// Packs a recipe's program as `hello:NAME` into `hello.tar`.
fn packed(t: &Test, recipe: &Recipe) -> Option<()> {
    let (program, tag) = (recipe.program()?, format!("hello:{}", recipe.name));
    t.pack(&[program.as_os_str(), "-t".as_ref(), tag.as_ref(), "-o".as_ref(), "hello.tar".as_ref()]).succeeds();
    Some(())
}

#[test]
fn each_runs_with_its_image_as_the_root() {
    for recipe in &HELLOS {
        let t = Test::new();
        let Some(()) = packed(&t, recipe) else { continue };
        let image = Image::open(&t.path("hello.tar"));

        let Some(ran) = root::run(&image.unpack(&t), &image.config(), recipe.emulator) else { continue };

        assert_eq!(ran.succeeds().stdout(), recipe.prints, "{}", recipe.name);
    }
}

#[test]
fn each_runs_in_docker() {
    let Some(docker) = engine() else { return };
    for recipe in HELLOS.iter().filter(|recipe| recipe.emulator.is_none()) {
        let t = Test::new();
        let Some(()) = packed(&t, recipe) else { continue };
        docker.docker(&["load", "-i", &t.path("hello.tar").display().to_string()]).succeeds();

        let ran = docker.docker(&["run", "--rm", "--network=none", &format!("hello:{}", recipe.name)]);

        assert_eq!(ran.succeeds().stdout(), recipe.prints, "{}", recipe.name);
    }
}

#[test]
fn containerd_runs_one_too() {
    let (t, Some(engine)) = (Test::new(), engine()) else { return };
    let Some(()) = packed(&t, &HELLOS[0]) else { return };
    let archive = t.path("hello.tar").display().to_string();
    engine.ctr(&["images", "import", "--snapshotter", "native", &archive]).succeeds();

    let name = format!("docker.io/library/hello:{}", HELLOS[0].name);
    let ran = engine.ctr(&["run", "--rm", "--snapshotter", "native", &name, "hello"]).succeeds();

    assert_eq!(ran.stdout(), HELLOS[0].prints);
}

#[test]
fn the_image_is_for_the_machine_that_the_header_names() {
    for recipe in &HELLOS {
        let t = Test::new();
        let Some(()) = packed(&t, recipe) else { continue };

        let image = Image::open(&t.path("hello.tar"));

        let (os, architecture) = recipe.platform.split_once('/').expect("a platform has two parts");
        let config = image.config();
        assert_eq!((config["os"].as_str(), config["architecture"].as_str()), (Some(os), Some(architecture)));
        let platform = &image.json("index.json")["manifests"][0]["platform"];
        assert_eq!(platform["os"], os, "{}", recipe.name);
        assert_eq!(platform["architecture"], architecture, "{}", recipe.name);
    }
}

#[test]
fn a_plain_program_is_packed_without_a_warning() {
    for recipe in &HELLOS {
        let (t, Some(program)) = (Test::new(), recipe.program()) else { continue };

        let told = t.pack(&[program.as_os_str(), "--json".as_ref()]).succeeds().json();

        assert_eq!((&told["warnings"], &told["errors"]), (&json!([]), &json!([])), "{}", recipe.name);
    }
}
