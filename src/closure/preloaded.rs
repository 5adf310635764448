//! Libraries that the image's environment names for the loader: LD_PRELOAD and LD_AUDIT (ld.so(8)).

/// A library that a variable names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preloaded<'a> {
    /// The variable.
    pub variable: &'static str,
    /// The library: a path of the image, or a name that the loader searches for.
    pub name: &'a str,
}

/// The variables, and what their names stand between.
const VARIABLES: [(&str, &[char]); 2] = [("LD_PRELOAD", &[' ', ':']), ("LD_AUDIT", &[':'])];

/// The libraries that the variables of `env` name. The last of several values of one variable counts. Names with a `$`,
/// which the loader replaces when it runs, and paths from the working directory do not count.
pub fn preloaded(env: &[(String, String)]) -> Vec<Preloaded<'_>> {
    let mut all = Vec::new();
    for (variable, separators) in VARIABLES {
        let value = env.iter().rev().find(|(key, _)| key == variable).map_or("", |(_, value)| value);
        let names = value.split(separators).filter(|name| !name.is_empty() && !name.contains('$'));
        let names = names.filter(|name| name.starts_with('/') || !name.contains('/'));
        all.extend(names.map(|name| Preloaded { variable, name }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_is_told_libraries_by_name_or_by_path() {
        for (variable, value, names) in [
            ("LD_PRELOAD", "/lib/a.so libb.so.1:libc.so", vec!["/lib/a.so", "libb.so.1", "libc.so"]),
            ("LD_AUDIT", "liba.so:/b c.so", vec!["liba.so", "/b c.so"]),
            ("LD_PRELOAD", "", vec![]),
            ("LD_PRELOAD", "./a.so /usr/$LIB/b.so", vec![]),
            ("PRELOAD", "/lib/a.so", vec![]),
        ] {
            let env = [(variable.to_owned(), "/x".to_owned()), (variable.to_owned(), value.to_owned())];
            let found: Vec<&str> = preloaded(&env).iter().map(|preloaded| preloaded.name).collect();
            assert_eq!(found, names, "{variable}={value}");
        }
    }
}
