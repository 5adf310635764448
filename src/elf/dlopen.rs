//! What an object tells of libraries that it opens at run time: `.note.dlopen` (UAPI.12, ELF dlopen metadata).

use super::{Error, Object, notes};
use crate::bytes::ReadAt;
use serde_json::Value;

/// The kind of these notes, by the owner `FDO`.
const NT_FDO_DLOPEN: u32 = 0x407c_0c0a;

/// How much it matters that the library is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// The object does not work without it.
    Required,
    /// Most users want what it does.
    Recommended,
    /// Some do.
    Suggested,
}

/// One library that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DlopenNote {
    /// Its soname, and others that do as well, the best first; never empty.
    pub sonames: Vec<String>,
    /// How much it matters.
    pub priority: Priority,
    /// What it is for: a word, and a sentence.
    pub feature: Option<String>,
}

/// The libraries that the notes of `object` tell of. Other notes, and damaged ones, are skipped, as the specification
/// asks.
pub fn dlopen_notes(file: &dyn ReadAt, object: &Object) -> Result<Vec<DlopenNote>, Error> {
    let ours = notes(file, object)?.into_iter().filter(|note| note.owner == "FDO" && note.kind == NT_FDO_DLOPEN);
    let texts = ours.map(|note| String::from_utf8_lossy(&note.description).trim_end_matches('\0').to_owned());
    Ok(texts.flat_map(|text| entries(&text)).collect())
}

fn entries(text: &str) -> Vec<DlopenNote> {
    let Ok(Value::Array(entries)) = serde_json::from_str(text) else { return Vec::new() };
    let entry = |entry: &Value| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let sonames = entry.get("soname")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        let sonames: Vec<String> = sonames.filter(|soname| !soname.is_empty() && !soname.contains('\0')).collect();
        let priority = match text("priority").as_deref() {
            Some("required") => Priority::Required,
            Some("suggested") => Priority::Suggested,
            _ => Priority::Recommended,
        };
        (!sonames.is_empty()).then(|| DlopenNote { sonames, priority, feature: text("feature") })
    };
    entries.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_names_a_priority_and_perhaps_a_feature() {
        let text = r#"[{"soname":["liba.so.2","liba.so.1"],"priority":"required","feature":"a","more":1},
            {"soname":["libb.so"]},{"soname":[]},{"soname":"libc.so"},7,{"soname":["libs.so"],"priority":"suggested"}]"#;
        let note = |sonames: &[&str], priority, feature: Option<&str>| DlopenNote {
            sonames: sonames.iter().map(|name| (*name).to_owned()).collect(),
            priority,
            feature: feature.map(str::to_owned),
        };
        assert_eq!(
            entries(text),
            [
                note(&["liba.so.2", "liba.so.1"], Priority::Required, Some("a")),
                note(&["libb.so"], Priority::Recommended, None),
                note(&["libs.so"], Priority::Suggested, None),
            ]
        );
        for damaged in ["", "{}", "[", "null", "[[]]"] {
            assert_eq!(entries(damaged), [], "{damaged}");
        }
    }
}
