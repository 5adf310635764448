//! Users of the machine that a program names: a server gives up root for one of its own (`www-data`, `tcpdump`)
//! and does not start where there is none of that name.
//!
//! Only users that packages make for their programs: names of people, and those that every system has, are words
//! of other things too.

use super::intake::{Intake, inside};
use super::ledger::Ledger;
use super::rules::Distance;
use super::scan;
use super::seen::Seen;
use crate::accounts::{self, AccountLine};
use std::collections::BTreeSet;

/// Functions that look a user up by name.
const LOOKS_UP: [&str; 4] = ["getpwnam", "getpwnam_r", "initgroups", "pam_start"];

/// Numbers that packages give to their users (Debian Policy 9.2.2), and the one of web servers.
fn is_of_package(uid: u32) -> bool {
    (100..=999).contains(&uid) || uid == 33
}

/// A user that the program names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user's name.
    pub name: String,
    /// The user.
    pub uid: u32,
    /// The user's group.
    pub gid: u32,
    /// Its name.
    pub group: String,
}

/// The users that the program, the first of `objects`, and the libraries that one source made with it have as strings of
/// their own, if one of these objects looks users up.
pub fn named_by(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, objects: &[Seen]) -> Vec<Account> {
    let is_near = |seen: &&Seen| seen.is_packed() || !seen.is_program && ledger.distance(seen) == Distance::Program;
    let looks_up = |seen: &Seen| LOOKS_UP.iter().any(|name| seen.elf.has_import(name));
    let near: Vec<&Seen> = objects.iter().filter(is_near).collect();
    if !near.iter().any(|seen| looks_up(seen)) || !near.iter().any(|seen| seen.is_packed()) {
        return Vec::new();
    }
    let text = |path| intake.read(&inside(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (passwd, groups) = (text("/etc/passwd").unwrap_or_default(), text("/etc/group").unwrap_or_default());
    let accounts: Vec<Account> = accounts::lines(&passwd).filter_map(|line| account(line, &groups)).collect();
    let known: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    // The name may be the end of a path that linkers store only once: `/var/lib/NAME`.
    let names = |seen: &&Seen| scan::whole_strings(&*intake.open(&seen.place)?, &seen.constants, &known, b"/").ok();
    let named: BTreeSet<&str> = near.iter().filter_map(names).flatten().collect();
    accounts.iter().filter(|account| named.contains(account.name.as_str())).cloned().collect()
}

/// The account of a line of `/etc/passwd`, where the user is of a package; `groups` is the text of `/etc/group`.
fn account(line: AccountLine<'_>, groups: &str) -> Option<Account> {
    let AccountLine { name, id: Some(uid), gid: Some(gid) } = line else { return None };
    let group = accounts::lines(groups).find(|line| line.id == Some(gid)).map_or(name, |line| line.name);
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    let is_wanted = is_of_package(uid) && plain(name) && plain(group);
    is_wanted.then(|| Account { name: name.to_owned(), uid, gid, group: group.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_a_package_is_none_of_every_system_and_no_person() {
        let groups = "www-data:x:33:\ntcpdump:x:110:\n";
        let parsed = |text| account(accounts::lines(text).next()?, groups);
        for (line, expected) in [
            ("www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin", Some(("www-data", 33, "www-data"))),
            ("tcpdump:x:105:110::/nonexistent:/usr/sbin/nologin", Some(("tcpdump", 110, "tcpdump"))),
            ("redis:x:107:999::/var/lib/redis:/usr/sbin/nologin", Some(("redis", 999, "redis"))),
            ("mail:x:8:8:mail:/var/mail:/usr/sbin/nologin", None),
            ("alice:x:1000:1000::/home/alice:/bin/bash", None),
            ("root:x:0:0:root:/root:/bin/bash", None),
            ("", None),
            ("a:b", None),
        ] {
            let expected = expected.map(|(name, gid, group)| (name.to_owned(), gid, group.to_owned()));
            let found = parsed(line).map(|account| (account.name, account.gid, account.group));
            assert_eq!(found, expected, "{line}");
        }
    }
}
