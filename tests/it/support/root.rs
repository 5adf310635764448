//! Runs a program with a directory as its root and nothing else: what an image's files are worth without an
//! engine.

use super::{Ran, lacks, tool};
use serde_json::Value;
use std::path::Path;

/// Runs the entrypoint and the default arguments that `config` names in `root`, with /proc as engines mount
/// it. A program of another machine is run by `emulator`, which is put beside it for that. `None` where no tool
/// for it is here: the test is skipped.
pub fn run(root: &Path, config: &Value, emulator: Option<&str>) -> Option<Ran> {
    if lacks(&["bwrap"]) || emulator.is_some_and(|emulator| lacks(&[emulator])) {
        return None;
    }
    let mut bwrap = tool("bwrap");
    bwrap.args(["--unshare-all", "--die-with-parent", "--clearenv", "--bind"]).arg(root).args(["/", "--proc", "/proc"]);
    if let Some(emulator) = emulator {
        bwrap.arg("--ro-bind").arg(which::which(emulator).expect("it is not lacking")).arg("/.emulator");
    }
    for variable in strings(&config["config"]["Env"]) {
        let (name, value) = variable.split_once('=').expect("an environment variable has a value");
        bwrap.args(["--setenv", name, value]);
    }
    bwrap.arg("--").args(emulator.map(|_| "/.emulator"));
    bwrap.args(strings(&config["config"]["Entrypoint"])).args(strings(&config["config"]["Cmd"]));
    Some(Ran::of(&mut bwrap))
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|value| value.as_str().expect("it is a string").to_owned()).collect()
}
