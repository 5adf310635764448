//! Which files of a crate name each other, read off their sources: `use crate::room::file`, `super::x`, `pack::x` of
//! the binary, and the children that a `mod.rs` names in its own code.
//!
//! What comes through a `mod.rs` counts as that file. `mod x;` and `pub use x::Y;` of a child are how a room shows
//! itself, and count only where the code beside them uses `Y`.
//!
//! Not seen: names that come through a glob, and what macros make.

use super::source::{block, code};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

/// For each file, the files that it names, each with the path that names it.
pub type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// A module's path, from the crate's root.
type Module = Vec<String>;

/// What the files of a crate import. `sources` are their paths below `src` and their texts.
pub fn imports(sources: &[(String, String)]) -> Imports {
    let library = sources.iter().filter(|(path, _)| path != "main.rs");
    let files: BTreeMap<Module, &str> = library.map(|(path, _)| (module(path), path.as_str())).collect();
    sources.iter().map(|(path, source)| (path.clone(), File::new(path, source).imports(&files))).collect()
}

/// The module that a file is.
fn module(path: &str) -> Module {
    let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    module
}

/// A file, and what is in it.
struct File<'a> {
    path: &'a str,
    module: Module,
    code: String,
    /// The modules that it declares as files.
    children: BTreeSet<String>,
    /// The modules that it holds, and where.
    inline: Vec<(String, Range<usize>)>,
    /// Where it imports; `true` where it hands on what it imports.
    uses: Vec<(Range<usize>, bool)>,
}

impl<'a> File<'a> {
    fn new(path: &'a str, source: &str) -> Self {
        let code = code(source);
        let (mut children, mut inline, mut uses) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (at, word) in words(&code) {
            let end = at + word.len();
            let name = words(&code[end..]).next().map_or("", |(_, name)| name);
            let after = code[end..].trim_start().strip_prefix(name).unwrap_or_default().trim_start();
            match word {
                "mod" if after.starts_with(';') => drop(children.insert(name.to_owned())),
                "mod" if after.starts_with('{') => inline.push((name.to_owned(), block(&code, end, ['{', '}']))),
                "use" => {
                    let hands_on = code[..at].trim_end().ends_with("pub") || code[..at].trim_end().ends_with(')');
                    uses.push((at..code[at..].find(';').map_or(code.len(), |length| at + length), hands_on));
                }
                _ => {}
            }
        }
        Self { path, module: module(path), code, children, inline, uses }
    }

    fn imports(&self, files: &BTreeMap<Module, &str>) -> BTreeMap<String, String> {
        let mut imports = BTreeMap::new();
        for (at, path) in words(&self.code).flat_map(|(at, head)| self.paths(at, head)) {
            let target = self.target(at, &path, files);
            let shows = self.uses.iter().any(|(range, hands_on)| *hands_on && range.contains(&at));
            let file = files[&target];
            let is_child = target.len() > self.module.len() && target.starts_with(&self.module);
            if file != self.path && !(shows && is_child && !self.uses_name(path.last().expect("it has a head"))) {
                imports.entry(file.to_owned()).or_insert_with(|| path.join("::"));
            }
        }
        imports
    }

    /// The paths that begin at a word, if it is the head of one that leads to another file.
    fn paths(&self, at: usize, head: &str) -> Vec<(usize, Vec<String>)> {
        let is_head = ["crate", "pack", "self", "super"].contains(&head) || self.children.contains(head);
        let goes_on = self.code[at + head.len()..].trim_start().starts_with("::");
        if !is_head || !goes_on || self.is_part(at) {
            return Vec::new();
        }
        expanded(&self.code[at..], Vec::new()).into_iter().map(|path| (at, path)).collect()
    }

    /// Whether the word at `at` belongs to what stands before it.
    fn is_part(&self, at: usize) -> bool {
        let before = self.code[..at].trim_end();
        ["::", ".", "$"].iter().any(|end| before.ends_with(end))
    }

    /// Whether the code beside the imports uses a name by itself.
    fn uses_name(&self, name: &str) -> bool {
        let imports = |at| self.uses.iter().any(|(range, _)| range.contains(&at));
        let declares = |at| self.code[..at].trim_end().ends_with("mod");
        words(&self.code).any(|(at, word)| word == name && !imports(at) && !declares(at) && !self.is_part(at))
    }

    /// The module of a file that a path leads to, from where it stands.
    fn target(&self, at: usize, path: &[String], files: &BTreeMap<Module, &str>) -> Module {
        let around = self.inline.iter().filter(|(_, range)| range.contains(&at)).map(|(name, _)| name.clone());
        let mut module: Module = self.module.iter().cloned().chain(around).collect();
        for (number, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => module.clear(),
                // The crate's own name, where no module is called so.
                "pack" if number == 0 && !self.children.contains(name) => module.clear(),
                "self" => {}
                "super" => drop(module.pop()),
                _ => {
                    module.push(name.clone());
                    if !files.contains_key(&module) {
                        module.pop();
                        break;
                    }
                }
            }
        }
        while !files.contains_key(&module) {
            module.pop().expect("the crate has a root");
        }
        module
    }
}

/// The paths in `a::{b, c::d}`, from the start of `text`.
fn expanded(text: &str, mut before: Vec<String>) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if text.starts_with('{') {
        let group = block(text, 0, ['{', '}']);
        let parts = parts(&text[1..group.end - 1]);
        return parts.into_iter().flat_map(|part| expanded(part, before.clone())).collect();
    }
    let Some((0, name)) = words(text).next() else { return vec![before] };
    before.push(name.to_owned());
    match text[name.len()..].trim_start().strip_prefix("::") {
        Some(rest) => expanded(rest, before),
        None => vec![before],
    }
}

/// What commas part in a list, braces in it left whole.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut starts) = (0, vec![0]);
    for (at, character) in list.char_indices() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        if character == ',' && depth == 0 {
            starts.push(at + 1);
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([list.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| list[*start..end].trim());
    parts.filter(|part| !part.is_empty()).collect()
}

/// The words of code, and where they stand.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let parts = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    parts.filter(|word| !word.is_empty()).map(|word| (word.as_ptr() as usize - code.as_ptr() as usize, word))
}

/// For each import that is part of a circle, the shortest circle that it is part of, as a line.
pub fn circles(imports: &Imports) -> Vec<String> {
    let mut circles = BTreeSet::new();
    for (from, targets) in imports {
        for to in targets.keys() {
            let Some(mut way) = way(imports, to, from) else { continue };
            let first = way.iter().enumerate().min_by_key(|(_, file)| *file).map_or(0, |(at, _)| at);
            way.rotate_left(first);
            let steps = way.iter().zip(way.iter().cycle().skip(1));
            let steps = steps.map(|(file, next)| format!("{file} names `{}`", imports[*file][*next]));
            circles.insert((way.len(), steps.collect::<Vec<_>>().join(", ")));
        }
    }
    circles.into_iter().map(|(_, line)| line).collect()
}

/// The files on the shortest way from one to another, both with it.
fn way<'a>(imports: &'a Imports, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let last = *way.last().expect("a way has a start");
        if last == to {
            return Some(way);
        }
        let next = imports[last].keys().filter(|next| seen.insert(next)).collect::<Vec<_>>();
        ways.extend(next.into_iter().map(|next| way.iter().copied().chain([next.as_str()]).collect()));
    }
    None
}
