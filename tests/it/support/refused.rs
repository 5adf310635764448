//! A file that `pack` refuses: made, packed and inspected, and the whole of what is said held.

use super::{Ran, Test, lacks};
use serde_json::{Value, json};

/// A file that is not packed.
pub struct Case {
    /// The file, made by the shell line.
    pub file: &'static str,
    /// The commands that the line needs.
    pub needs: &'static [&'static str],
    /// The shell line.
    pub made: &'static str,
    /// What `inspect --json` says of it, among other things.
    pub facts: Value,
    /// What `pack` says on standard error, all of it.
    pub says: &'static str,
}

impl Case {
    /// A file whose first bytes, as `printf` takes them, say what it is.
    pub fn bytes(file: &'static str, made: &'static str, kind: &str, format: &str, says: &'static str) -> Self {
        let facts = json!({ "kind": kind, "file_format": format, "platform": null, "linkage": null, "libc": null,
            "loader": null, "libraries": [], "toolchain": { "name": null } });
        Self { file, needs: &[], made, facts, says }
    }

    /// What is no regular file: nothing is known of it.
    pub fn no_file(file: &'static str, made: &'static str, says: &'static str) -> Self {
        let facts = json!({ "kind": null, "file_format": null, "platform": null, "linkage": null, "libc": null });
        Self { file, needs: &[], made, facts, says }
    }

    /// Makes the file in a directory of its own, packs and inspects it. Neither writes anything.
    pub fn is_refused(&self) {
        if lacks(self.needs) {
            return;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {}", self.made)).succeeds();
        self.is_refused_in(&t);
    }

    /// The same, with the file already made.
    pub fn is_refused_in(&self, t: &Test) {
        let before = t.names();

        let packed = t.pack(&[self.file, "-o", "image.tar"]).exits(1);
        let inspected = t.pack(&["inspect", self.file, "--json"]).exits(1);

        // Newer releases of Go write down that they made it so, and the way out then names it.
        let text = packed.stderr().replace(" -buildmode=exe", "");
        assert_eq!(text, self.says, "{}", self.file);
        assert_eq!(packed.stdout(), "", "{}", self.file);
        assert_eq!(t.names(), before, "{}", self.file);
        told(&inspected, &self.facts);
        let message = self.says.lines().next().and_then(|line| line.strip_prefix("error: "));
        let errors = &inspected.json()["errors"];
        assert_eq!(errors[0]["message"].as_str(), message, "{inspected}");
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{inspected}");
    }
}

/// Expects these facts among those that `inspect --json` prints.
#[track_caller]
pub fn told(inspected: &Ran, facts: &Value) {
    let all = inspected.json();
    for (name, fact) in facts.as_object().expect("facts have names") {
        match fact.as_object() {
            Some(fields) => fields.iter().for_each(|(field, fact)| assert_eq!(&all[name][field], fact, "{inspected}")),
            None => assert_eq!(&all[name], fact, "{name}: {inspected}"),
        }
    }
}
