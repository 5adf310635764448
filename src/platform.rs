//! What a program runs on: operating system, architecture and variant, in the words of Go and of the image-spec.

use std::fmt;

/// `linux/ARCHITECTURE[/VARIANT]`, as in an image's configuration and index
/// (image-spec, config.md: `GOOS`, `GOARCH`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// Go's word for the architecture: `amd64`, `386`, `arm64`, `arm`, `riscv64`, `ppc64le`, …
    pub architecture: String,
    /// `v5`, `v6` or `v7` for `arm`, and what `--platform` adds; `None` elsewhere.
    pub variant: Option<String>,
}

impl Platform {
    /// A platform of Linux, which is the only operating system here.
    pub fn linux(architecture: &str, variant: Option<&str>) -> Self {
        Self { architecture: architecture.to_owned(), variant: variant.map(str::to_owned) }
    }

    /// Reads `linux/ARCH[/VARIANT]`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (os, architecture, variant) = (parts.next()?, parts.next()?, parts.next());
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let whole = os == "linux" && parts.next().is_none() && plain(architecture);
        (whole && variant.is_none_or(plain)).then(|| Self::linux(architecture, variant))
    }

    /// Whether this machine runs it, as far as this program can tell by its own.
    pub fn runs_here(&self) -> bool {
        let own = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "powerpc64" => "ppc64",
            "loongarch64" => "loong64",
            other => other,
        };
        Self::linux(own, None).runs(self)
    }

    /// Whether a machine of platform `self` runs a program made for `program`: the same, 386 on
    /// amd64, or a lower arm variant.
    pub fn runs(&self, program: &Self) -> bool {
        if self.architecture != program.architecture {
            return self.architecture == "amd64" && program.architecture == "386";
        }
        match (self.architecture.as_str(), &self.variant, &program.variant) {
            ("arm", Some(own), Some(needed)) => own >= needed,
            // Without a variant an image of arm is taken for v7, one of arm64 for v8.
            ("arm", None, Some(needed)) => needed.as_str() <= "v7",
            _ => true,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linux/{}", self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_read_and_written_the_same() {
        for text in ["linux/amd64", "linux/arm/v7", "linux/arm64", "linux/ppc64le", "linux/amd64/v3"] {
            assert_eq!(Platform::parse(text).map(|p| p.to_string()).as_deref(), Some(text));
        }
        for text in ["", "linux", "linux/", "amd64", "windows/amd64", "linux/arm/v7/x", "linux/arm/", "linux/AMD64"] {
            assert_eq!(Platform::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_machine_runs_its_own_programs_and_those_of_its_lesser_kin() {
        for (machine, program, runs) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/amd64", "linux/386", true),
            ("linux/386", "linux/amd64", false),
            ("linux/arm/v7", "linux/arm/v5", true),
            ("linux/arm/v5", "linux/arm/v7", false),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm64", "linux/amd64", false),
        ] {
            let (own, other) = (Platform::parse(machine).unwrap(), Platform::parse(program).unwrap());
            assert_eq!(own.runs(&other), runs, "{machine} runs {program}");
        }
    }
}
