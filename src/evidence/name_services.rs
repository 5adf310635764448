//! `/etc/nsswitch.conf` (nsswitch.conf(5)), which glibc and Go read: a file of our own.
//!
//! The host's may name services (sss, systemd, ldap) that an image does not have, and the order of `files` and `dns`
//! was wrong by default up to glibc 2.35.

use super::found::Evidence;
use super::intake::inside;
use super::item::{Item, ItemKind};
use super::rules::{Brings, Rule};

/// The text of the file.
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
                        networks: files\nprotocols: files\nservices: files\n";

/// Adds the file if an object shows that it looks up hosts or users.
pub fn bring(evidence: &mut Evidence) {
    let shown = |rule: &Rule| rule.brings.contains(&Brings::NameServices);
    let Some(finding) = evidence.findings.iter().find(|finding| shown(finding.rule)) else { return };
    evidence.brought.push(Item {
        place: inside("/etc/nsswitch.conf"),
        kind: ItemKind::from_bytes(NSSWITCH.as_bytes()),
        mode: 0o644,
        rule: finding.rule.name,
        what: finding.rule.what,
        because: finding.because(),
        object: Some(finding.object.id),
    });
}
