//! Libraries that belong to a driver: the machine that runs the image has them, for its own kernel, and its container
//! runtime mounts them.

use crate::events::Warning;
use crate::files::{Place, Walk};

/// The beginnings of the sonames that NVIDIA's container toolkit mounts into containers (libnvidia-container,
/// `nvc_info.c`).
const DRIVERS: [&str; 13] = [
    "libcuda.so",
    "libcudadebugger.so",
    "libnvcuvid.so",
    "libnvoptix.so",
    "libnvidia-",
    "libnvscibuf.so",
    "libnvscisync.so",
    "libvdpau_nvidia.so",
    "libEGL_nvidia.so",
    "libGLX_nvidia.so",
    "libGLESv1_CM_nvidia.so",
    "libGLESv2_nvidia.so",
    "libOpenCL_nvidia.so",
];

/// Whether a soname is that of a driver's library, which the runtime of containers brings.
pub fn is_driver(soname: &[u8]) -> bool {
    DRIVERS.iter().any(|driver| soname.starts_with(driver.as_bytes()))
}

/// A warning of a library in a directory `stubs`: such a file is there to link programs with, and does nothing.
pub fn stub_warning(name: &[u8], place: &Place, walk: &Walk) -> Option<Warning> {
    let is_stub = |path: &std::path::Path| path.parent().is_some_and(|directory| directory.ends_with("stubs"));
    let found = place.directory().join(name).path;
    if !is_stub(&found) && !is_stub(walk.real.as_path()) {
        return None;
    }
    let soname = String::from_utf8_lossy(name);
    let soname = soname.rsplit('/').next().unwrap_or_default();
    Some(Warning {
        code: "stub-library",
        message: format!("`{soname}` is a stub, which serves to link programs and does nothing: `{}`", found.display()),
        details: Vec::new(),
        hint: format!("`--provided {soname}` leaves it out, for the machine that runs the image to bring the real one"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_known_by_its_soname() {
        for (soname, driver) in [
            ("libcuda.so.1", true),
            ("libnvidia-ml.so.1", true),
            ("libGLX_nvidia.so.0", true),
            ("libcudart.so.12", false),
            ("libGLX.so.0", false),
            ("libOpenCL.so.1", false),
        ] {
            assert_eq!(is_driver(soname.as_bytes()), driver, "{soname}");
        }
    }
}
