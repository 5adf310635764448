//! From flags to plain options. All values are read, so that everything that was asked wrongly is told together.

use super::date::created;
use super::flags::{
    CompressWord, DlopenWord, FormatWord, InspectFlags, LabelsWord, LayerFlags, LayersWord, PackFlags, SearchFlags,
    StripWord,
};
use super::signal::signal;
use super::values::{
    add, all, argument, certs, choice, image_path, key_value, level, misuse, one, platform, port, provided, soname,
    sysroot, uncompressed, upx_level,
};
use pack::error::Error;
use pack::facts::{Compression, Reference};
use pack::options::{Config, Contents, Destination, Division, DlopenPolicy, Format, Inspect, Options, Search, Strip};
use std::path::{Path, PathBuf};

impl InspectFlags {
    /// What is asked for, or all that is wrong with it.
    pub fn options(self) -> Result<Inspect, Error> {
        let mut wrong = Error::default();
        let asked = Inspect {
            platform: one(self.platform.as_ref(), &mut wrong, platform),
            search: Search { without_evidence: self.no_evidence, ..self.search.options(&mut wrong) },
            file: self.file,
            explain: self.explain,
        };
        wrong.or(asked)
    }
}

impl SearchFlags {
    fn options(&self, wrong: &mut Error) -> Search {
        Search {
            programs: std::env::var_os("PATH"),
            environment: std::env::var_os("LD_LIBRARY_PATH").filter(|list| !list.is_empty()),
            sysroots: all(&self.sysroot, wrong, sysroot),
            library_path: self.library_path.clone(),
            provided: all(&self.provided, wrong, provided),
            without_evidence: false,
        }
    }
}

impl PackFlags {
    /// What is asked for, or all that is wrong with it.
    pub fn options(self) -> Result<Options, Error> {
        let mut wrong = Error::default();
        wrong.take(self.stdout_is_free());
        let options = Options {
            tags: all(&self.tag, &mut wrong, |tag| Reference::parse(tag)),
            format: match self.format {
                FormatWord::Archive => Format::Archive,
                FormatWord::Rootfs => Format::Rootfs,
            },
            contents: self.contents(&mut wrong),
            search: self.search.options(&mut wrong),
            config: self.config(&mut wrong),
            destination: match self.output {
                None => Destination::Here,
                Some(path) if path == Path::new("-") => Destination::Stdout,
                Some(path) => Destination::Path(path),
            },
            strip: self.strip.map(|word| match word {
                StripWord::Program => Strip::Program,
                StripWord::All => Strip::All,
            }),
            upx: one(self.upx.as_deref(), &mut wrong, upx_level),
            compression: wrong.take(self.layers.compression()).unwrap_or_default(),
            cache: if self.layers.no_cache { None } else { cache() },
            division: match self.layers.layers {
                LayersWord::Split => Division::Split,
                LayersWord::One => Division::One,
            },
            platform: one(self.platform.as_ref(), &mut wrong, platform),
            created: created(self.created.as_deref(), &mut wrong),
            dry_run: self.dry_run,
            explain: self.explain,
            strict: self.strict,
            programs: self.programs,
        };
        wrong.or(options)
    }

    /// What is told on standard output, and an image, cannot both go there.
    fn stdout_is_free(&self) -> Result<(), Error> {
        let told = [(self.style.json, "--json"), (self.explain, "--explain")].into_iter().find(|(is_told, _)| *is_told);
        match (self.output.as_deref().filter(|path| is_stdout(path)), told) {
            (Some(output), Some((_, flag))) => Err(misuse(
                format!("`{flag}` and `--output {}` both want standard output", output.display()),
                &format!("write the image to a file, or leave `{flag}` out"),
            )),
            _ => Ok(()),
        }
    }

    fn contents(&self, wrong: &mut Error) -> Contents {
        // Programs of this machine are none of another root.
        let path = std::env::var_os("PATH").filter(|_| self.search.sysroot.is_empty());
        Contents {
            path: one(self.path.as_deref(), wrong, |path| image_path("--path", path)),
            add: all(&self.add, wrong, |value| add(value, path.as_deref())),
            directories: all(&self.dir, wrong, |path| image_path("--dir", path)),
            volumes: all(&self.volume, wrong, |path| image_path("--volume", path)),
            certs: self.certs.iter().rev().find_map(|word| certs(word)).unwrap_or_default(),
            certificates: self.certs.iter().filter(|word| certs(word).is_none()).cloned().collect(),
            zones: choice(self.zones.as_deref()),
            converters: choice(self.gconv.as_deref()),
            locales: choice(self.locale.as_deref()),
            libraries: all(&self.lib, wrong, soname),
            dlopen: match self.dlopen {
                DlopenWord::None => DlopenPolicy::None,
                DlopenWord::Required => DlopenPolicy::Required,
                DlopenWord::Recommended => DlopenPolicy::Recommended,
                DlopenWord::All => DlopenPolicy::All,
            },
        }
    }

    fn config(&self, wrong: &mut Error) -> Config {
        let value = "give its value too: what is set where pack runs stays there";
        Config {
            arguments: all(&self.arguments, wrong, argument),
            user: self.user.clone(),
            env: all(&self.env, wrong, |pair| key_value("--env", pair, value)),
            workdir: one(self.workdir.as_deref(), wrong, |path| image_path("--workdir", path)),
            ports: all(&self.expose, wrong, |text| port(text)),
            labels: all(&self.label, wrong, |pair| key_value("--label", pair, "write `--label KEY=VALUE`")),
            shown_labels: matches!(self.labels, LabelsWord::Auto),
            annotations: all(&self.annotation, wrong, |pair| {
                key_value("--annotation", pair, "write `--annotation KEY=VALUE`")
            }),
            stop_signal: one(self.stop_signal.as_ref(), wrong, signal),
        }
    }
}

impl LayerFlags {
    fn compression(&self) -> Result<Compression, Error> {
        let given = self.level.as_deref();
        match self.compress {
            CompressWord::None => uncompressed(given),
            CompressWord::Gzip => level("gzip", given, Compression::GZIP_DEFAULT, Compression::GZIP_MAX)
                .map(|level| Compression::Gzip { level }),
            CompressWord::Zstd => level("zstd", given, Compression::ZSTD_DEFAULT, Compression::ZSTD_MAX)
                .map(|level| Compression::Zstd { level }),
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// Where users' caches are (XDG base directory specification: a path that is not absolute does not count).
fn cache() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("pack"))
}
