//! Users and groups: the files that name them, and who runs the program, as numbers.
//!
//! Numbers, because Kubernetes cannot tell whether a name is root. A file that the user adds at one of the
//! two paths takes the place of ours, and names are then looked up in it.

use crate::events::Diagnostic;
use crate::evidence;

/// Who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The home directory, where the account is one that we made.
    pub home: Option<String>,
}

/// The two files, as they go into the image, and who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    /// `/etc/passwd` (passwd(5)).
    pub passwd: String,
    /// `/etc/group` (group(5)).
    pub group: String,
    /// Who runs the program.
    pub account: Account,
}

/// A user that cannot be meant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A name that neither file has.
    #[error("there is no {kind} `{name}` in the image")]
    Unknown {
        /// `user` or `group`.
        kind: &'static str,
        /// As it was given.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// No name and no number.
    #[error("`{given}` is no user")]
    Malformed {
        /// As it was given.
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

/// The user of an image where none is asked for.
pub const NONROOT: &str = "nonroot";

const PASSWD: &str = "root:x:0:0:root:/root:/sbin/nologin\n\
                      nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
                      nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n";

/// One that a kernel knows; the largest number means "none" (chown(2)).
fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number != u32::MAX)
}

/// Finds who `given` is: `NAME|UID[:NAME|GID]`. `passwd` and `group` are the files that the user adds.
///
/// A number that our own files do not know gets a line in them, so that a program that asks for its name
/// or home finds them.
pub fn find(given: Option<&str>, passwd: Option<&str>, group: Option<&str>) -> Result<Users, Error> {
    let asked = given;
    let given = given.unwrap_or(NONROOT);
    let (user, of_group) = match given.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (given, None),
    };
    if user.is_empty() || of_group.is_some_and(|group| group.is_empty() || group.contains(':')) {
        return Err(Error::Malformed { given: given.to_owned() });
    }
    let mut users = Users {
        passwd: passwd.unwrap_or(PASSWD).to_owned(),
        group: group.unwrap_or(GROUP).to_owned(),
        account: Account { uid: 0, gid: 0, home: None },
    };
    let known = lines(&users.passwd).find(|fields| matches(fields, user));
    let uid = match (&known, number(user)) {
        (Some(fields), _) => fields.get(2).and_then(|uid| number(uid)),
        (None, Some(uid)) => Some(uid),
        (None, None) if given == NONROOT && passwd.is_some() && asked.is_none() => Some(65532),
        (None, None) => return Err(unknown("user", user, &users.passwd)),
    };
    let uid = uid.ok_or_else(|| Error::Malformed { given: given.to_owned() })?;
    let own_group = known.as_ref().and_then(|fields| fields.get(3)).and_then(|gid| number(gid)).unwrap_or(uid);
    let gid = match of_group {
        None => own_group,
        Some(name) => match (lines(&users.group).find(|fields| matches(fields, name)), number(name)) {
            (Some(fields), _) => fields.get(2).and_then(|gid| number(gid)).unwrap_or(own_group),
            (None, Some(gid)) => gid,
            (None, None) => return Err(unknown("group", name, &users.group)),
        },
    };
    let unnamed = known.is_none() && passwd.is_none();
    users.account = Account { uid, gid, home: unnamed.then(|| "/home/user".to_owned()) };
    if unnamed {
        users.passwd = format!("{}user:x:{uid}:{gid}::/home/user:/sbin/nologin\n", users.passwd);
    }
    if group.is_none() && !lines(&users.group).any(|fields| fields.get(2) == Some(&gid.to_string().as_str())) {
        users.group = format!("{}user:x:{gid}:\n", users.group);
    }
    Ok(users)
}

impl Users {
    /// Adds the users that the program names, where there is none of that name.
    pub fn add(&mut self, named: &[evidence::accounts::Account]) {
        for evidence::accounts::Account { name, uid, gid, group } in named {
            let has = |text: &str, name: &str| lines(text).any(|fields| fields.first() == Some(&name));
            if !has(&self.passwd, name) {
                self.passwd = format!("{}{name}:x:{uid}:{gid}::/nonexistent:/sbin/nologin\n", self.passwd);
            }
            if !has(&self.group, group) {
                self.group = format!("{}{group}:x:{gid}:\n", self.group);
            }
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| line.split(':').collect())
}

/// Whether the line names `wanted`, or has its number. Docker looks for a name first, and so do we: no
/// sane file has a number for a name.
fn matches(fields: &[&str], wanted: &str) -> bool {
    fields.first() == Some(&wanted)
        || (number(wanted).is_some() && fields.get(2).map(|f| number(f)) == Some(number(wanted)))
}

/// As many names are worth reading.
const MOST_NAMES: usize = 12;

fn unknown(kind: &'static str, name: &str, text: &str) -> Error {
    let known = lines(text).filter_map(|fields| fields.first().map(|name| (*name).to_owned()));
    let known = known.filter(|name| !name.is_empty() && name.len() < 64).take(MOST_NAMES).collect();
    Error::Unknown { kind, name: name.to_owned(), known }
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
            let account = find(given, None, None).unwrap().account;
            let home = account.home.as_deref();
            assert_eq!((account.uid, account.gid, home), expected, "{given:?}");
        }
    }

    #[test]
    fn a_number_of_ones_own_gets_its_lines() {
        let users = find(Some("1000:2000"), None, None).unwrap();
        assert!(users.passwd.ends_with("nonroot:/sbin/nologin\nuser:x:1000:2000::/home/user:/sbin/nologin\n"));
        assert!(users.group.ends_with("nonroot:x:65532:\nuser:x:2000:\n"));
    }

    #[test]
    fn users_that_the_program_names_are_added_once() {
        let named = |name: &str| evidence::accounts::Account {
            name: name.to_owned(),
            uid: 105,
            gid: 110,
            group: "tcpdump".to_owned(),
        };
        let mut users = find(None, None, None).unwrap();
        users.add(&[named("tcpdump"), named("tcpdump"), named("nobody")]);
        assert!(users.passwd.ends_with("nonroot:/sbin/nologin\ntcpdump:x:105:110::/nonexistent:/sbin/nologin\n"));
        assert!(users.group.ends_with("nonroot:x:65532:\ntcpdump:x:110:\n"));
    }

    #[test]
    fn what_is_no_user_is_refused() {
        for given in ["", ":", "a:", ":b", "1:2:3", "alice", "4294967295", "-1", "root:wheel", "1 "] {
            assert!(find(Some(given), None, None).is_err(), "{given}");
        }
        let error = find(Some("alice"), None, None).unwrap_err();
        assert_eq!(error.to_string(), "there is no user `alice` in the image");
    }

    #[test]
    fn names_are_looked_up_in_the_users_own_files() {
        let users = find(Some("alice:staff"), Some("alice:x:7:8::/:\n"), Some("staff:x:9:\n")).unwrap();
        assert_eq!(users.account, Account { uid: 7, gid: 9, home: None });
        assert_eq!(users.passwd, "alice:x:7:8::/:\n");
    }
}
