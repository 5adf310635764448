//! An archive that `pack` wrote, seen through GNU tar and Python: neither is our code.

use super::{Ran, Test, tool};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An unpacked archive: an OCI layout with a `manifest.json` beside it.
pub struct Image {
    layout: TempDir,
}

impl Image {
    /// Unpacks the archive.
    pub fn open(archive: &Path) -> Self {
        let layout = tempfile::tempdir().expect("the temporary directory is writable");
        Ran::of(tool("tar").arg("-xf").arg(archive).arg("-C").arg(layout.path())).succeeds();
        Self { layout }
    }

    /// The directory of the layout.
    pub fn layout(&self) -> &Path {
        self.layout.path()
    }

    /// Moves the layout to `directory`, which is not there yet.
    pub fn keep(self, directory: &Path) -> &Path {
        std::fs::rename(self.layout.keep(), directory).expect("both are in the temporary directory");
        directory
    }

    /// What `index.json`, `manifest.json` or a blob says.
    pub fn json(&self, name: &str) -> serde_json::Value {
        let bytes = std::fs::read(self.layout.path().join(name)).expect("the archive holds it");
        serde_json::from_slice(&bytes).expect("it is JSON")
    }

    /// The path in the layout of the blob that a descriptor names.
    pub fn blob(descriptor: &serde_json::Value) -> String {
        let digest = descriptor["digest"].as_str().expect("a descriptor has a digest");
        format!("blobs/{}", digest.replace(':', "/"))
    }

    /// The manifest of the image.
    pub fn manifest(&self) -> serde_json::Value {
        self.json(&Self::blob(&self.json("index.json")["manifests"][0]))
    }

    /// The configuration of the image.
    pub fn config(&self) -> serde_json::Value {
        self.json(&Self::blob(&self.manifest()["config"]))
    }

    /// The layers' files, from the lowest.
    fn layers(&self) -> Vec<PathBuf> {
        let manifest = self.manifest();
        let layers = manifest["layers"].as_array().expect("a manifest has layers");
        layers.iter().map(|layer| self.layout.path().join(Self::blob(layer))).collect()
    }

    /// The paths that `tar` lists, over all layers, sorted; a directory's ends in a slash.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        for layer in self.layers() {
            let listed = Ran::of(tool("tar").arg("-tf").arg(layer)).succeeds().stdout();
            files.extend(listed.lines().map(|line| format!("/{line}")));
        }
        files.sort();
        files
    }

    /// What `tar` says of each entry, over all layers, sorted by path: `-rw-r--r-- 0/0 /etc/passwd`, with where
    /// a link leads behind it.
    pub fn listing(&self) -> Vec<String> {
        let mut listing: Vec<(String, String)> = Vec::new();
        for layer in self.layers() {
            let told = Ran::of(tool("tar").args(["--numeric-owner", "-tvf"]).arg(layer)).succeeds().stdout();
            for line in told.lines() {
                // mode, owner, size, date, time, path
                let words: Vec<&str> = line.split_whitespace().collect();
                listing.push((words[5].to_owned(), format!("{} {} /{}", words[0], words[1], words[5..].join(" "))));
            }
        }
        listing.sort();
        listing.into_iter().map(|(_, line)| line).collect()
    }

    /// Unpacks the layers over each other to `root` in the test's directory.
    pub fn unpack(&self, t: &Test) -> PathBuf {
        let root = t.path("root");
        std::fs::create_dir(&root).expect("a test unpacks one image");
        for layer in self.layers() {
            Ran::of(tool("tar").arg("-xpf").arg(layer).arg("-C").arg(&root)).succeeds();
        }
        root
    }
}
