//! The words of a shell script that stand where a command stands (POSIX, Shell Command Language), and its absolute paths.
//!
//! Not a parser: what a script makes when it runs (`$EDITOR`, `eval`) is skipped, and so are quotes and documents. A
//! variable has the last text that stands before in the script as its value. A script that is written wrongly gives some
//! words or none.

use crate::elf::script;
use std::collections::{BTreeMap, BTreeSet};

/// The most bytes of a script that are looked at.
pub const LARGEST: usize = 256 << 10;

/// Nested commands are not followed deeper than this.
const DEEPEST: usize = 32;

/// Words behind which a command stands.
const BEFORE_COMMANDS: [&str; 12] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec", "command"];

/// Other words of the language, and commands that shells have built in.
const BUILT_IN: [&str; 75] = [
    ".",
    ":",
    "[",
    "[[",
    "]]",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "compgen",
    "complete",
    "continue",
    "declare",
    "dirs",
    "disown",
    "done",
    "echo",
    "enable",
    "esac",
    "eval",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "setopt",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
    "}",
    "((",
    "))",
    "coproc",
    "print",
    "whence",
];

/// Shells, by the last name of their paths.
pub const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"];

/// What a shell script names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ShellScript {
    /// Commands, without those that the script defines and those that shells have built in.
    pub commands: BTreeSet<String>,
    /// Words, and values of variables, that are absolute paths.
    pub paths: BTreeSet<String>,
}

/// Whether the words of a script's first line name a shell.
pub fn is_shell(words: &[String]) -> bool {
    let first = words.first().map(String::as_str);
    let interpreter = script::program_behind_env(words).or(first).unwrap_or_default();
    SHELLS.contains(&interpreter.rsplit('/').next().unwrap_or(interpreter))
}

/// What `script` names.
pub fn read(script: &[u8]) -> ShellScript {
    let Scanner { found, defined, paths, .. } = Scanner::of_script(script);
    ShellScript { commands: found.into_iter().filter(|word| is_program(word, &defined)).collect(), paths }
}

/// What a script becomes in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ScriptEnd {
    /// The programs that take its place (`exec`), and its last command.
    pub programs: BTreeSet<String>,
    /// The last command; `None` if that is no program by name.
    pub last: Option<String>,
    /// Whether its arguments are the command that takes its place (`exec "$@"`).
    pub runs_arguments: bool,
}

/// What `script` becomes in the end.
pub fn end(script: &[u8]) -> ScriptEnd {
    let Scanner { executed, last, defined, runs_arguments, .. } = Scanner::of_script(script);
    let last = last.filter(|word| is_program(word, &defined));
    let programs = executed.into_iter().filter(|word| is_program(word, &defined)).chain(last.clone());
    ScriptEnd { programs: programs.collect(), last, runs_arguments }
}

fn is_program(word: &str, defined: &BTreeSet<String>) -> bool {
    !defined.contains(word) && !BUILT_IN.contains(&word)
}

#[derive(Default)]
struct Scanner<'s> {
    text: &'s [u8],
    at: usize,
    found: BTreeSet<String>,
    /// Commands behind `exec`.
    executed: BTreeSet<String>,
    /// The last command that is not in brackets; `None` if it is made when the script runs.
    last: Option<String>,
    runs_arguments: bool,
    /// Functions of the script.
    defined: BTreeSet<String>,
    /// Values of variables, as far as they are texts.
    variables: BTreeMap<String, String>,
    paths: BTreeSet<String>,
    depth: usize,
}

/// The state of a list of commands.
#[derive(Default)]
struct List {
    /// Whether the next word is an argument.
    in_arguments: bool,
    /// Whether the next command takes the place of the script.
    is_exec: bool,
    /// Whether what runs depends on another command of the line.
    is_conditional: bool,
    /// The number of `case` whose end has not come.
    cases: usize,
    /// The words that end the documents of this line (`<<EOF`).
    documents: Vec<String>,
}

impl<'s> Scanner<'s> {
    /// A scanner that has read all of `text`.
    fn of_script(text: &'s [u8]) -> Self {
        let mut scanner = Self { text, ..Self::default() };
        scanner.list(None);
        scanner
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    /// Reads commands up to the byte `until`, or to the end.
    fn list(&mut self, until: Option<u8>) {
        self.depth += 1;
        let mut list = List::default();
        while let Some(byte) = self.peek().filter(|_| self.depth < DEEPEST) {
            if Some(byte) == until && !(byte == b')' && list.cases > 0) {
                break;
            }
            match byte {
                b'\n' => {
                    self.at += 1;
                    (list.in_arguments, list.is_exec, list.is_conditional) = (false, false, false);
                    for end in std::mem::take(&mut list.documents) {
                        self.skip_document(&end);
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.skip_to(b'\n'),
                b';' if self.rest().starts_with(b";;") => {
                    self.at += 2;
                    self.pattern(&mut list);
                }
                b';' | b'|' | b'&' | b')' => {
                    let is_double = self.rest().starts_with(b"&&") || self.rest().starts_with(b"||");
                    list.is_conditional = is_double || list.is_conditional && byte != b';';
                    self.at += 1;
                    (list.in_arguments, list.is_exec) = (false, false);
                }
                b'(' | b'`' => {
                    self.nested(if byte == b'(' { b')' } else { b'`' });
                    list.in_arguments = true;
                }
                b'<' | b'>' => self.redirection(&mut list),
                _ => self.command_word(&mut list),
            }
        }
        self.depth -= 1;
    }

    /// Reads the commands in a pair of brackets, of which the first one is at hand.
    fn nested(&mut self, until: u8) {
        self.at += 1;
        self.list(Some(until));
        self.at += 1;
    }

    fn command_word(&mut self, list: &mut List) {
        let from = self.at;
        let word = self.word();
        // The number of a descriptor belongs to the redirection behind it (`2>&1`).
        let is_number = word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        if is_number && self.at > from && matches!(self.peek(), Some(b'<' | b'>')) {
            return;
        }
        let is_exec = std::mem::take(&mut list.is_exec) && !list.in_arguments;
        // A byte that begins no word.
        self.at = self.at.max(from + 1);
        if let Some((name, value)) = word.as_deref().and_then(assignment) {
            self.paths.extend(value.starts_with('/').then(|| value.to_owned()));
            self.variables.insert(name.to_owned(), value.to_owned());
        }
        self.paths.extend(word.clone().filter(|word| word.starts_with('/')));
        let Some(word) = word.filter(|_| !list.in_arguments) else {
            let text = &self.text[from..self.at.min(self.text.len())];
            self.runs_arguments |= is_exec && matches!(text, b"\"$@\"" | b"$@");
            if !list.in_arguments && self.depth == 1 {
                self.last = None;
            }
            list.in_arguments = true;
            return;
        };
        if self.rest().starts_with(b"()") {
            self.at += 2;
            self.defined.insert(word);
        } else if word == "case" {
            list.cases += 1;
            while let Some(next) = self.argument() {
                if next == "in" {
                    break;
                }
            }
            self.pattern(list);
        } else if word == "function" {
            let name = self.argument();
            self.defined.extend(name);
        } else if word == "esac" {
            list.cases = list.cases.saturating_sub(1);
            list.in_arguments = true;
        } else if !BEFORE_COMMANDS.contains(&word.as_str()) && assignment(&word).is_none() {
            if self.depth == 1 {
                self.last = Some(word.clone()).filter(|_| !list.is_conditional);
            }
            if is_exec {
                self.executed.insert(word.clone());
            }
            self.found.insert(word);
            list.in_arguments = true;
        } else {
            list.is_exec = word == "exec";
        }
    }

    /// The next word of the line; `None` at the end of the line.
    fn argument(&mut self) -> Option<String> {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.peek().filter(|byte| !b"\n;|&()<>".contains(byte))?;
        Some(self.word().unwrap_or_default())
    }

    /// Skips a pattern of `case`, up to the bracket behind it.
    fn pattern(&mut self, list: &mut List) {
        list.in_arguments = false;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.at += 1;
        }
        if !self.rest().starts_with(b"esac") && list.cases > 0 {
            self.skip_to(b')');
            self.at += 1;
        }
    }

    /// Skips a redirection and its file; keeps the word that ends a document.
    fn redirection(&mut self, list: &mut List) {
        let is_document = self.rest().starts_with(b"<<") && !self.rest().starts_with(b"<<<");
        while matches!(self.peek(), Some(b'<' | b'>' | b'&' | b'-' | b'|')) {
            self.at += 1;
        }
        if self.peek() == Some(b'(') {
            return self.nested(b')');
        }
        let word = self.argument();
        list.documents.extend(word.filter(|_| is_document));
    }

    fn skip_document(&mut self, end: &str) {
        while self.at < self.text.len() {
            let from = self.at;
            self.skip_to(b'\n');
            let line = &self.text[from..self.at.min(self.text.len())];
            self.at += 1;
            if line.trim_ascii_start() == end.as_bytes() {
                break;
            }
        }
    }

    fn skip_to(&mut self, byte: u8) {
        let rest = self.rest();
        self.at += rest.iter().position(|other| *other == byte).unwrap_or(rest.len());
    }

    /// Reads a word; `None` if a part of it is made when the script runs.
    fn word(&mut self) -> Option<String> {
        let mut word = Some(Vec::new());
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>' => break,
                b'\'' => {
                    let from = (self.at + 1).min(self.text.len());
                    self.at = from;
                    self.skip_to(b'\'');
                    word = word.map(|word| [&word, &self.text[from..self.at.min(self.text.len())]].concat());
                    self.at += 1;
                }
                b'"' => word = self.quoted(word),
                b'\\' => {
                    if let Some(word) = &mut word {
                        word.extend(self.text.get(self.at + 1));
                    }
                    self.at += 2;
                }
                _ => self.letter(byte, &mut word),
            }
        }
        String::from_utf8(word?).ok()
    }

    /// Reads the rest of `word` between double quotes.
    fn quoted(&mut self, mut word: Option<Vec<u8>>) -> Option<Vec<u8>> {
        self.at += 1;
        while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
            match byte {
                b'\\' => self.at += 2,
                _ => self.letter(byte, &mut word),
            }
        }
        self.at += 1;
        word
    }

    /// Reads `byte`, which quotes do not change: the beginning of what is made when the script runs, or a letter of `word`.
    fn letter(&mut self, byte: u8, word: &mut Option<Vec<u8>>) {
        if matches!(byte, b'$' | b'`') {
            match (self.expansion(), &mut *word) {
                (Some(value), Some(word)) => word.extend(value.into_bytes()),
                _ => *word = None,
            }
        } else {
            if let Some(word) = word {
                word.push(byte);
            }
            self.at += 1;
        }
    }

    /// Reads `$NAME`, `${…}`, `$((…))`, and the commands of `$(…)` and between backquotes. Returns the value if it is known.
    fn expansion(&mut self) -> Option<String> {
        let rest = self.rest();
        if rest.starts_with(b"`") {
            self.nested(b'`');
        } else if rest.starts_with(b"$((") {
            let end = rest.windows(2).position(|two| two == b"))").unwrap_or(rest.len());
            self.at += end + 2;
        } else if rest.starts_with(b"$(") {
            self.at += 1;
            self.nested(b')');
        } else if rest.starts_with(b"${") {
            let from = self.at + 2;
            self.skip_to(b'}');
            let inner = self.text.get(from..self.at.min(self.text.len())).unwrap_or_default();
            self.at += 1;
            return self.value(std::str::from_utf8(inner).ok()?);
        } else {
            let name = rest[1..].iter().take_while(|byte| is_of_name(**byte)).count();
            let name = String::from_utf8_lossy(&rest[1..=name]).into_owned();
            self.at += 1 + name.len();
            return self.value(&name);
        }
        None
    }

    /// The value of `NAME`, or of `NAME:-DEFAULT` and the like; `None` if it is not known.
    fn value(&self, text: &str) -> Option<String> {
        let end = text.bytes().position(|byte| !is_of_name(byte)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let default = rest.strip_prefix(['-', '=']).filter(|default| !default.contains(['$', '`', '"', '{']));
        let known = self.variables.get(name).filter(|value| (rest.is_empty() || default.is_some()) && fits(value));
        known.cloned().or_else(|| default.map(str::to_owned))
    }
}

/// Whether a value is short enough: one that holds others may grow without bound.
fn fits(value: &str) -> bool {
    const LONGEST: usize = 4096;
    value.len() <= LONGEST
}

/// Whether a byte may be part of the name of a variable.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The name and the value, if a word gives a variable a value.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| is_of_name(byte) || b"+[]".contains(&byte));
    is_name.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_at_the_beginning_of_a_list() {
        for (script, expected) in [
            ("#!/bin/sh\nls -l\n", "ls"),
            ("a | b && c; d & e", "a b c d e"),
            ("A=1 B=2 run it", "run"),
            ("if grep -q x y; then cut z; else sort; fi", "cut grep sort"),
            ("for x in date cat; do head $x; done", "head"),
            ("while ! curl -f x; do sleep 1; done", "curl sleep"),
            ("x=$(jq . f) y=`sed 1`", "jq sed"),
            ("echo \"it is $(date +%s) now: curl\" 'curl'", "date"),
            ("case $1 in start|stop) run ;; curl) cut ;; esac; tail", "cut run tail"),
            ("f() { awk 1; }\nf\nfunction g { tr a b; }\ng", "awk tr"),
            ("cat <<EOF >out\ncurl wget\nEOF\nwc", "cat wc"),
            ("exec gosu me \"$@\"", "gosu"),
            ("$EDITOR x; ${PAGER} y", ""),
            ("(cd /x && tar c .) | gzip >a.gz 2>&1", "gzip tar"),
            ("echo $((1+2)) # curl\n/usr/bin/id", "/usr/bin/id"),
            ("ROOT=/usr/lib/x\nBIN=\"$ROOT/bin\"\nexec \"$BIN/run\" ${1+\"$@\"}", "/usr/lib/x/bin/run"),
            ("d=${D:-/usr/bin}; ${d}/a; $d/b; $e/c", "/usr/bin/a /usr/bin/b"),
            ("[ -f x ] && mv \\\n a b", "mv"),
            ("echo \"unfinished", ""),
            ("$(((((", ""),
            ("`", ""),
        ] {
            let found = read(script.as_bytes()).commands.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn a_script_becomes_what_it_executes_and_its_last_command() {
        for (script, programs, last, runs_arguments) in [
            ("#!/bin/sh\nset -e\nmkdir -p /x\nexec nginx -g 'daemon off;'\n", "nginx", Some("nginx"), false),
            ("prepare\nnginx -g x", "nginx", Some("nginx"), false),
            ("if a; then exec b; fi\nexec \"$@\"", "b", None, true),
            ("exec $PROGRAM", "", None, false),
            ("[ -x y ] && y", "", None, false),
            ("[ -x y ] || exec y; z", "y z", Some("z"), false),
            ("main() { exec run; }\nmain", "run", None, false),
            ("if x; then exec a\nelse exec b\nfi", "a b", None, false),
            ("exec >log 2>&1\nserve", "serve", Some("serve"), false),
            ("echo \"$(date)\"", "", None, false),
            ("", "", None, false),
        ] {
            let end = end(script.as_bytes());
            let found = end.programs.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(
                (found.as_str(), end.last.as_deref(), end.runs_arguments),
                (programs, last, runs_arguments),
                "{script}"
            );
        }
    }

    #[test]
    fn words_and_values_may_be_paths() {
        for (script, expected) in [
            ("ROOT=/usr/lib/x\nexport HOME_OF=$ROOT/home", "/usr/lib/x /usr/lib/x/home"),
            ("exec java -jar /usr/share/java/x.jar", "/usr/share/java/x.jar"),
            ("# see /usr/share/doc\necho \"in /usr/share\"", ""),
        ] {
            let found = read(script.as_bytes()).paths.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn a_shell_is_named_by_its_path_or_looked_up() {
        for (line, expected) in [
            ("/bin/sh -e", true),
            ("/usr/bin/env bash", true),
            ("/usr/bin/env -S dash -x", true),
            ("/usr/bin/python3", false),
            ("", false),
        ] {
            assert_eq!(is_shell(&script::words(line.as_bytes())), expected, "{line}");
        }
    }

    #[test]
    fn a_value_does_not_grow_without_bound() {
        let script = format!("a=xxxxxxxx\n{}", "a=$a$a$a$a\n".repeat(40));
        assert!(read(script.as_bytes()).commands.is_empty());
    }

    #[test]
    fn any_bytes_end() {
        let script = b"case if ( ` $ { ' \" << ;; | ) esac \\ $( ${ $((";
        for from in 0..script.len() {
            for to in from..script.len() {
                read(&script[from..to]);
            }
        }
        read(&b"(".repeat(100_000));
        read(&b"$(".repeat(100_000));
    }
}
