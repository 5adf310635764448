//! What nobody opens in Perl's directories when a program runs: headers, which build modules, and manuals.

use std::path::Path;

/// Whether the file at `relative` below the tree `tree` of modules of Perl is for builders or readers. One manual is read
/// by a module, for the explanations of warnings.
pub fn is_unused(tree: &Path, relative: &Path) -> bool {
    let is_perl = |name: &str| name == "perl" || name == "perl5";
    let is_within = tree.iter().filter_map(|name| name.to_str()).any(is_perl);
    let ending = relative.extension().and_then(|ending| ending.to_str());
    is_within && matches!(ending, Some("h" | "pod")) && !relative.ends_with("perldiag.pod")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_manuals_of_perl_are_not_opened_by_programs() {
        for (tree, relative, unused) in [
            ("/usr/lib/x86_64-linux-gnu/perl/5.36", "CORE/perl.h", true),
            ("/usr/share/perl5", "Image/ExifTool/TagNames.pod", true),
            ("/usr/share/perl/5.36", "pod/perldiag.pod", false),
            ("/usr/lib/x86_64-linux-gnu/perl/5.36", "sys/ioctl.ph", false),
            ("/usr/share/perl5", "Pod/Usage.pm", false),
            ("/usr/lib/gcc/x86_64-linux-gnu/12", "include/stddef.h", false),
        ] {
            assert_eq!(is_unused(Path::new(tree), Path::new(relative)), unused, "{tree}/{relative}");
        }
    }
}
