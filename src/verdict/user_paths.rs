//! The paths in what the user says: in the values of variables, and in arguments.

use crate::options::Config;

/// A path that the user mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<'a> {
    /// What mentions the path.
    pub source: Source<'a>,
    /// The path: one of the image, or one from the working directory.
    pub path: &'a str,
}

/// What mentions a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The variable of this name.
    Variable(&'a str),
    /// This argument.
    Argument(&'a str),
}

/// Variables that name places to write in, or directories in which programs are looked up.
const PLACES: [&str; 12] = [
    "HOME",
    "OLDPWD",
    "PATH",
    "PWD",
    "TEMP",
    "TMP",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];

/// Every path that variables and arguments mention, in their order. `is_there` tells whether a path exists: a text that
/// is a path as a whole is not split.
pub fn all<'a>(config: &'a Config, is_there: &dyn Fn(&str) -> bool) -> Vec<Mention<'a>> {
    let is_last = |at: usize, key: &str| !config.env[at + 1..].iter().any(|(other, _)| other == key);
    let variables = config.env.iter().enumerate().filter(|(at, (key, _))| is_last(*at, key));
    let variables = variables.filter(|(_, (key, _))| !PLACES.contains(&key.as_str()));
    let variables = variables.flat_map(|(_, (key, value))| {
        let paths = paths(value, is_there).into_iter().filter(|path| path.starts_with('/'));
        paths.map(|path| Mention { source: Source::Variable(key), path })
    });
    let arguments = config.arguments.iter().flat_map(|argument| {
        paths(argument, is_there).into_iter().map(|path| Mention { source: Source::Argument(argument), path })
    });
    variables.chain(arguments).collect()
}

/// The paths in one text.
fn paths<'a>(text: &'a str, is_there: &dyn Fn(&str) -> bool) -> Vec<&'a str> {
    if text.starts_with('/') && is_there(text) {
        return vec![text];
    }
    let absolute = text.split(|c: char| c.is_whitespace() || ":;,=\"'()<>|&".contains(c)).filter_map(absolute);
    let absolute: Vec<&str> = absolute.collect();
    if absolute.is_empty() { relative(text).into_iter().collect() } else { absolute }
}

/// The absolute path that a piece of a text is, or that stands behind the letter of an option (`-I/DIR`) or behind `@`.
fn absolute(piece: &str) -> Option<&str> {
    let option = piece.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    let path = option.map_or(piece, |rest| &rest[1..]);
    let path = path.strip_prefix('@').unwrap_or(path);
    // What stands behind the colon of a URL begins with two slashes, of `file:///PATH` with three.
    let is_path = path.len() > 1 && path.starts_with('/') && (!path.starts_with("//") || path.starts_with("///"));
    is_path.then_some(path)
}

/// The relative path that an argument is, or that stands behind its `=`: a name with a slash or a dot in it.
fn relative(argument: &str) -> Option<&str> {
    let value = argument.split_once('=').filter(|_| argument.starts_with('-')).map_or(argument, |(_, value)| value);
    let is_name = !value.is_empty() && !value.starts_with(['-', '/']) && value.contains(['/', '.']);
    let is_plain = !value.contains("://") && !value.split('/').any(|name| name == "..") && value != ".";
    (is_name && is_plain && !value.contains(char::is_whitespace)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_alone_in_lists_and_behind_the_names_of_settings() {
        for (text, expected) in [
            ("/etc/a.conf", vec!["/etc/a.conf"]),
            ("/a:/b/c", vec!["/a", "/b/c"]),
            ("/here/a:b", vec!["/here/a:b"]),
            ("-javaagent:/opt/agent.jar=x -Dconf=/etc/x", vec!["/opt/agent.jar", "/etc/x"]),
            ("--config=/etc/x", vec!["/etc/x"]),
            ("-I/usr/include/x", vec!["/usr/include/x"]),
            ("@/etc/list", vec!["/etc/list"]),
            ("file:///etc/x", vec!["///etc/x"]),
            ("https://host/path", vec![]),
            ("postgres://u:p@host:5432/db", vec![]),
            ("exec('/opt/x')", vec!["/opt/x"]),
            ("app.py", vec!["app.py"]),
            ("--config=conf/app.toml", vec!["conf/app.toml"]),
            ("./x", vec!["./x"]),
            ("../x", vec![]),
            ("serve", vec![]),
            ("-v", vec![]),
            ("/", vec![]),
        ] {
            assert_eq!(paths(text, &|path| path == "/here/a:b"), expected, "{text}");
        }
    }

    #[test]
    fn the_last_value_of_a_variable_counts_and_places_to_write_in_do_not() {
        let env = [("A", "/one"), ("HOME", "/home/me"), ("A", "/two"), ("B", "x.txt")];
        let env = env.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let config = Config { env, arguments: vec!["/three".to_owned()], ..Config::default() };

        let found: Vec<&str> = all(&config, &|_| false).iter().map(|mention| mention.path).collect();

        assert_eq!(found, ["/two", "/three"]);
    }
}
