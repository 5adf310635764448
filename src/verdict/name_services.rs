//! Whether a static program opens modules of glibc's name services, which no image can bring it.

use crate::elf::{Kind, Libc};
use crate::events::Warning;
use crate::evidence::Finding;
use crate::program::Program;

/// Warns of a static program whose glibc opens name services when it runs.
pub fn name_services(program: &Program, findings: &[Finding]) -> Option<Warning> {
    let shows = |name: &str| findings.iter().any(|finding| finding.rule.name == name);
    let is_static = matches!(program.inspected.kind, Kind::Static | Kind::StaticPie);
    let is_glibc = program.inspected.libc == Some(Libc::Glibc);
    if !is_static || !is_glibc || !shows("nss-modules") || shows("nss-built-in") {
        return None;
    }
    let given = program.given.to_string_lossy();
    Some(Warning {
        code: "static-name-services",
        message: format!("`{given}` will not find hosts or users by name: its glibc opens name services at run time"),
        details: vec![
            "it is static and names `libnss_*` modules, and has none built in (glibc before 2.34)".to_owned(),
            "modules of another glibc would crash it, so none are packed".to_owned(),
        ],
        hint: "link it with glibc 2.34 or newer, or with musl (`musl-gcc -static`)".to_owned(),
    })
}
