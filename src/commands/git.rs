//! What a git work tree says of its commit and its origin, read as files: gitrepository-layout(5), git-config(1).

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A file of git that is longer is not read further.
const LONGEST: u64 = 4 << 20;

/// The work tree that holds a file.
#[derive(Debug)]
pub struct WorkTree {
    /// What belongs to this work tree alone: its HEAD.
    own: PathBuf,
    /// What belongs to all work trees of the repository: branches, tags, the configuration.
    common: PathBuf,
}

impl WorkTree {
    /// The nearest work tree above `path`; `None` where there is none.
    pub fn around(path: &Path) -> Option<Self> {
        let own = path.ancestors().skip(1).find_map(|directory| {
            let git = directory.join(".git");
            if git.join("HEAD").is_file() {
                return Some(git);
            }
            // A further work tree, or a submodule: the file tells where its directory is.
            let elsewhere = read(&git)?.lines().next()?.strip_prefix("gitdir: ").map(str::to_owned)?;
            Some(directory.join(elsewhere)).filter(|git| git.join("HEAD").is_file())
        })?;
        let common = read(&own.join("commondir")).map(|common| own.join(common.trim()));
        Some(Self { common: common.unwrap_or_else(|| own.clone()), own })
    }

    /// The commit that is checked out.
    pub fn commit(&self) -> Option<String> {
        let head = read(&self.own.join("HEAD"))?;
        let Some(branch) = head.trim().strip_prefix("ref: ") else {
            return Some(head.trim().to_owned()).filter(|id| is_id(id));
        };
        let loose = [&self.own, &self.common].into_iter().find_map(|git| read(&git.join(branch)));
        let loose = loose.map(|id| id.trim().to_owned());
        loose
            .or_else(|| self.packed().into_iter().find(|(name, _)| name == branch).map(|(_, id)| id))
            .filter(|id| is_id(id))
    }

    /// The tags of `commit`, sorted; annotated ones where they are packed.
    pub fn tags(&self, commit: &str) -> Vec<String> {
        let loose = std::fs::read_dir(self.common.join("refs/tags")).into_iter().flatten().flatten();
        let loose = loose.filter(|tag| read(&tag.path()).is_some_and(|id| id.trim() == commit));
        let loose = loose.filter_map(|tag| tag.file_name().into_string().ok());
        let packed = self.packed().into_iter().filter(|(_, id)| id == commit);
        let packed = packed.filter_map(|(name, _)| name.strip_prefix("refs/tags/").map(str::to_owned));
        let mut tags: Vec<String> = loose.chain(packed).collect();
        tags.sort();
        tags.dedup();
        tags
    }

    /// Where the repository was cloned from, as a page: without user, password and `.git`.
    pub fn origin(&self) -> Option<String> {
        let config = read(&self.common.join("config"))?;
        let lines = config.lines().map(str::trim).skip_while(|line| *line != "[remote \"origin\"]").skip(1);
        let mut lines = lines.take_while(|line| !line.starts_with('['));
        let url = lines.find_map(|line| line.strip_prefix("url")?.trim_start().strip_prefix('=').map(str::trim))?;
        page(url)
    }

    /// `packed-refs`: names and commits; of an annotated tag, the commit that it names.
    fn packed(&self) -> Vec<(String, String)> {
        let mut refs: Vec<(String, String)> = Vec::new();
        for line in read(&self.common.join("packed-refs")).unwrap_or_default().lines() {
            match (line.strip_prefix('^'), line.split_once(' '), refs.last_mut()) {
                (Some(commit), _, Some((_, id))) => commit.clone_into(id),
                (None, Some((id, name)), _) if id != "#" => refs.push((name.to_owned(), id.to_owned())),
                _ => {}
            }
        }
        refs
    }
}

/// The page of a repository whose address is `url`: `git@host:me/x.git` and `https://user:token@host/me/x` are
/// `https://host/me/x`. `None` where the address is no one of the web, such as a directory.
fn page(url: &str) -> Option<String> {
    let rest = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        // `user@host:path`, as scp has it.
        None => {
            url.split_once(':').filter(|(host, _)| host.contains('@')).map(|(host, path)| format!("{host}/{path}"))?
        }
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = if url.starts_with("http") { host } else { host.split(':').next().unwrap_or(host) };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("https://{host}/{path}"))
}

fn is_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A small text file; `None` where it is not there or is something else.
fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|metadata| metadata.is_file()))?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_an_address_has_no_user_and_no_password() {
        for (url, expected) in [
            ("git@github.com:me/x.git", Some("https://github.com/me/x")),
            ("https://github.com/me/x", Some("https://github.com/me/x")),
            ("https://me:secret@git.example:8443/a/b.git", Some("https://git.example:8443/a/b")),
            ("ssh://git@git.example:22/a/b.git", Some("https://git.example/a/b")),
            ("/srv/git/x.git", None),
            ("../x", None),
            ("file:///srv/x", None),
            ("", None),
        ] {
            assert_eq!(page(url).as_deref(), expected, "{url}");
        }
    }
}
