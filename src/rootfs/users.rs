//! The files of the image that name users and groups, and who runs the program, as numbers.
//!
//! Numbers, because Kubernetes cannot tell whether a name is root. A file that the user adds at one of the
//! two paths takes the place of ours, and names are then looked up in it.

use crate::accounts::{self, AccountLine, Runner, parse_id};
use crate::events::Diagnostic;
use crate::evidence::accounts::Account;

/// The two files, as they go into the image, and who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    /// The text of `/etc/passwd` (passwd(5)).
    pub passwd: String,
    /// The text of `/etc/group` (group(5)).
    pub group: String,
    /// Who runs the program.
    pub runner: Runner,
    /// The home directory of the user that was made for a number; `None` where no user was made.
    pub home: Option<&'static str>,
}

/// Why a user is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A name that the file of users, or of groups, does not have.
    #[error("there is no {kind} `{name}` in the image")]
    Unknown {
        /// `user` or `group`.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The names that the file has, [`MAX_NAMES`] at most.
        known: Vec<String>,
    },
    /// Neither a name nor a number.
    #[error("`{given}` is not a user")]
    Malformed {
        /// The whole value that was given.
        given: String,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        "no-such-user"
    }

    fn hint(&self) -> String {
        match self {
            Self::Unknown { known, .. } => format!(
                "the image knows {}; a number needs no name, and `--add FILE:/etc/passwd` brings users of your own",
                known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
            Self::Malformed { .. } => "write `--user NAME`, `--user UID` or `--user UID:GID`".to_owned(),
        }
    }

    fn is_usage_error(&self) -> bool {
        true
    }
}

/// The user of an image where none is asked for, and its number.
pub const NONROOT: (&str, u32) = ("nonroot", 65532);

const PASSWD: &str = "root:x:0:0:root:/root:/sbin/nologin\n\
                      nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
                      nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n";

/// Finds who `given` is: `NAME|UID[:NAME|GID]`. `passwd` and `group` are the files that the user adds.
///
/// A number that our own files do not know gets a line in them, so that a program that asks for its name
/// or home finds them.
pub fn find(given: Option<&str>, passwd: Option<&str>, group: Option<&str>) -> Result<Users, Error> {
    let mut passwd_text = passwd.unwrap_or(PASSWD).to_owned();
    let mut group_text = group.unwrap_or(GROUP).to_owned();
    let value = given.unwrap_or(NONROOT.0);
    let (user, group_name) = split(value)?;
    let known = accounts::find(&passwd_text, user);
    let uid = match (known, parse_id(user)) {
        (Some(line), _) => line.id.ok_or_else(|| malformed(value))?,
        (None, Some(uid)) => uid,
        (None, None) if given.is_none() => NONROOT.1,
        (None, None) => return Err(unknown("user", user, &passwd_text)),
    };
    let own_group = known.and_then(|line| line.gid).unwrap_or(uid);
    let gid = match group_name {
        None => own_group,
        Some(name) => match (accounts::find(&group_text, name), parse_id(name)) {
            (Some(line), _) => line.id.unwrap_or(own_group),
            (None, Some(gid)) => gid,
            (None, None) => return Err(unknown("group", name, &group_text)),
        },
    };
    let home = (known.is_none() && passwd.is_none()).then_some("/home/user");
    if let Some(home) = home {
        passwd_text = format!("{passwd_text}user:x:{uid}:{gid}::{home}:/sbin/nologin\n");
    }
    if group.is_none() && !accounts::lines(&group_text).any(|line| line.id == Some(gid)) {
        group_text = format!("{group_text}user:x:{gid}:\n");
    }
    Ok(Users { passwd: passwd_text, group: group_text, runner: Runner { uid, gid }, home })
}

/// The user of `USER[:GROUP]`, and the group where one is given; neither is empty.
fn split(given: &str) -> Result<(&str, Option<&str>), Error> {
    let (user, group) = given.split_once(':').map_or((given, None), |(user, group)| (user, Some(group)));
    if user.is_empty() || group.is_some_and(|group| group.is_empty() || group.contains(':')) {
        return Err(malformed(given));
    }
    Ok((user, group))
}

impl Users {
    /// Adds the users that the program names, and their groups, where the files have none of that name.
    pub fn add(&mut self, named: &[Account]) {
        let has = |text: &str, name: &str| accounts::lines(text).any(|line| line.name == name);
        for Account { name, uid, gid, group } in named {
            if !has(&self.passwd, name) {
                self.passwd = format!("{}{name}:x:{uid}:{gid}::/nonexistent:/sbin/nologin\n", self.passwd);
            }
            if !has(&self.group, group) {
                self.group = format!("{}{group}:x:{gid}:\n", self.group);
            }
        }
    }
}

fn malformed(given: &str) -> Error {
    Error::Malformed { given: given.to_owned() }
}

/// How many names an error tells: as many as are worth reading.
const MAX_NAMES: usize = 12;

fn unknown(kind: &'static str, name: &str, text: &str) -> Error {
    let known = accounts::lines(text).map(|AccountLine { name, .. }| name);
    let known = known.filter(|name| !name.is_empty() && name.len() < 64).take(MAX_NAMES);
    Error::Unknown { kind, name: name.to_owned(), known: known.map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_of_the_files_or_a_number() {
        for (given, expected) in [
            (None, (65532, 65532, None)),
            (Some("nonroot"), (65532, 65532, None)),
            (Some("root"), (0, 0, None)),
            (Some("0"), (0, 0, None)),
            (Some("nobody"), (65534, 65534, None)),
            (Some("65534"), (65534, 65534, None)),
            (Some("1000"), (1000, 1000, Some("/home/user"))),
            (Some("1000:2000"), (1000, 2000, Some("/home/user"))),
            (Some("nonroot:root"), (65532, 0, None)),
            (Some("65532:100"), (65532, 100, None)),
        ] {
            let Users { runner, home, .. } = find(given, None, None).unwrap();
            assert_eq!((runner.uid, runner.gid, home), expected, "{given:?}");
        }
    }

    #[test]
    fn a_number_that_the_files_do_not_have_gets_its_lines() {
        let users = find(Some("1000:2000"), None, None).unwrap();
        assert!(users.passwd.ends_with("nonroot:/sbin/nologin\nuser:x:1000:2000::/home/user:/sbin/nologin\n"));
        assert!(users.group.ends_with("nonroot:x:65532:\nuser:x:2000:\n"));
    }

    #[test]
    fn users_that_the_program_names_are_added_once() {
        let named = |name: &str| Account { name: name.to_owned(), uid: 105, gid: 110, group: "tcpdump".to_owned() };
        let mut users = find(None, None, None).unwrap();
        users.add(&[named("tcpdump"), named("tcpdump"), named("nobody")]);
        assert!(users.passwd.ends_with("nonroot:/sbin/nologin\ntcpdump:x:105:110::/nonexistent:/sbin/nologin\n"));
        assert!(users.group.ends_with("nonroot:x:65532:\ntcpdump:x:110:\n"));
    }

    #[test]
    fn a_value_that_is_not_a_user_is_refused() {
        for given in ["", ":", "a:", ":b", "1:2:3", "alice", "4294967295", "-1", "root:wheel", "1 "] {
            assert!(find(Some(given), None, None).is_err(), "{given}");
        }
        let error = find(Some("alice"), None, None).unwrap_err();
        assert_eq!(error.to_string(), "there is no user `alice` in the image");
    }

    #[test]
    fn names_are_looked_up_in_the_users_own_files() {
        let users = find(Some("alice:staff"), Some("alice:x:7:8::/:\n"), Some("staff:x:9:\n")).unwrap();
        assert_eq!((users.runner, users.home), (Runner { uid: 7, gid: 9 }, None));
        assert_eq!(users.passwd, "alice:x:7:8::/:\n");
    }
}
