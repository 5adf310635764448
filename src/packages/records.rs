//! The paragraphs of the packages of a root, found by package, by name and by what is provided.

use super::apk;
use super::control::{Record, records, relations};
use super::facts::{PackageFacts, PackageId};
use super::lists::{ListPlace, Lists};
use std::collections::HashMap;

/// The paragraphs of all packages.
pub struct Records {
    /// By the number of the package.
    records: Vec<Record>,
    /// Looked up only, never walked: their order reaches nothing.
    names: HashMap<String, Vec<PackageId>>,
    providers: HashMap<String, Vec<PackageId>>,
}

impl Records {
    /// What the databases say of the packages that have a list. `apk` are the packages of apk, in the order of theirs.
    pub fn new(lists: &Lists<'_>, apk: Vec<Record>) -> Self {
        let mut found: Vec<Option<Record>> = Vec::new();
        let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut apk = apk.into_iter();
        for (index, list) in lists.packages.iter().enumerate() {
            let name = list.name();
            found.push(if name.is_some() { None } else { apk.next() });
            if let Some((name, _)) = name {
                named.entry(name).or_default().push(index);
            }
        }
        let status_d = lists.packages.iter().filter_map(|list| match &list.place {
            ListPlace::StatusD(name) => Some(lists.databases.read_status_d(name)),
            _ => None,
        });
        let status = std::iter::once(lists.databases.read("/var/lib/dpkg/status"));
        for record in status.chain(status_d).flat_map(|text| records(&text)) {
            for index in named.get(record.name.as_str()).into_iter().flatten() {
                let architecture = lists.packages[*index].name().map_or("", |(_, architecture)| architecture);
                let fits = architecture.is_empty() || architecture == record.architecture;
                // Settings that a removed package left may stand beside the package of another architecture.
                if fits && found[*index].as_ref().is_none_or(|before| !before.installed && record.installed) {
                    found[*index] = Some(record.clone());
                }
            }
        }
        let records = lists.packages.iter().zip(found).map(|(list, found)| {
            let mut record = found.unwrap_or_default();
            if let Some((name, _)) = list.name() {
                record.name = name.to_owned();
            }
            if record.source.is_empty() {
                record.source.clone_from(&record.name);
            }
            record
        });
        Self::indexed(records.collect(), lists)
    }

    fn indexed(records: Vec<Record>, lists: &Lists<'_>) -> Self {
        let (mut names, mut providers) = (HashMap::new(), HashMap::new());
        let add = |names: &mut HashMap<String, Vec<PackageId>>, name: &str, id| {
            names.entry(name.to_owned()).or_default().push(id);
        };
        for ((id, record), list) in lists.ids().zip(&records).zip(&lists.packages).filter(|((_, one), _)| one.installed)
        {
            add(&mut names, &record.name, id);
            for name in groups(&list.place, &record.provides).into_iter().flatten() {
                add(&mut providers, name, id);
            }
        }
        Self { records, names, providers }
    }

    /// What is known of a package.
    pub fn facts(&self, id: PackageId, lists: &Lists<'_>) -> PackageFacts {
        let (record, place) = (&self.records[id.index()], &lists.packages[id.index()].place);
        let resolve = |value: &str| {
            let groups = groups(place, value);
            let mut found: Vec<PackageId> = Vec::new();
            for package in groups.iter().filter_map(|group| group.iter().find_map(|name| self.with_name(name, record)))
            {
                if package != id && !found.contains(&package) {
                    found.push(package);
                }
            }
            found
        };
        let mut depends = Vec::new();
        for package in record.depends.iter().flat_map(|value| resolve(value)) {
            if !depends.contains(&package) {
                depends.push(package);
            }
        }
        PackageFacts {
            name: record.name.clone(),
            version: record.version.clone(),
            source: record.source.clone(),
            depends,
            recommends: resolve(&record.recommends),
            suggests: resolve(&record.suggests),
            essential: record.essential,
            installed: record.installed,
        }
    }

    /// The installed package with this name, of the architecture of the one that asks before others, or the first that
    /// provides the name.
    fn with_name(&self, name: &str, asks: &Record) -> Option<PackageId> {
        let of_name = |names: &HashMap<String, Vec<PackageId>>| {
            let packages = names.get(name)?;
            let same = |id: &&PackageId| self.records[id.index()].architecture == asks.architecture;
            packages.iter().find(same).or(packages.first()).copied()
        };
        of_name(&self.names).or_else(|| of_name(&self.providers))
    }

    /// The source package of a package.
    pub fn source(&self, id: PackageId) -> &str {
        &self.records[id.index()].source
    }

    /// The name of a package.
    pub fn name(&self, id: PackageId) -> &str {
        &self.records[id.index()].name
    }

    /// The version of a package.
    pub fn version(&self, id: PackageId) -> &str {
        &self.records[id.index()].version
    }

    /// Whether more than settings are left of a package.
    pub fn is_installed(&self, id: PackageId) -> bool {
        self.records[id.index()].installed
    }
}

fn groups<'a>(place: &ListPlace, value: &'a str) -> Vec<Vec<&'a str>> {
    match place {
        ListPlace::Apk(_) => apk::relations(value),
        ListPlace::Dpkg(_) | ListPlace::StatusD(_) => relations(value),
    }
}
