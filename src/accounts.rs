//! Users and groups, as the lines of passwd(5) and group(5) name them, and the numbers of who runs a program.

/// Who runs a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runner {
    /// The user's number.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
}

/// A line of passwd(5) or group(5). A field that is absent is an empty name, or `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountLine<'a> {
    /// The name of the user or group.
    pub name: &'a str,
    /// The number of the user or group.
    pub id: Option<u32>,
    /// The number of a user's group; means nothing in a line of group(5).
    pub gid: Option<u32>,
}

/// A number that the kernel takes for a user or group; the largest one means "none" (chown(2)).
pub fn parse_id(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| is_plain && *id != u32::MAX)
}

/// The lines of a file of users or groups.
pub fn lines(text: &str) -> impl Iterator<Item = AccountLine<'_>> {
    text.lines().map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default();
        let mut ids = fields.skip(1).map(parse_id);
        AccountLine { name, id: ids.next().flatten(), gid: ids.next().flatten() }
    })
}

/// The line with the name `wanted`, else the one with that number: Docker, too, looks for a name first.
pub fn find<'a>(text: &'a str, wanted: &str) -> Option<AccountLine<'a>> {
    let id = parse_id(wanted);
    let by_id = || lines(text).find(|line| id.is_some() && line.id == id);
    lines(text).find(|line| line.name == wanted).or_else(by_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_name_and_then_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\nseven:x:8:9::/:\n8:x:7:10::/:\nbroken\n+8:x:-1:+1::/:";
        for (wanted, expected) in [
            ("root", Some(("root", Some(0), Some(0)))),
            ("0", Some(("root", Some(0), Some(0)))),
            ("8", Some(("8", Some(7), Some(10)))),
            ("7", Some(("8", Some(7), Some(10)))),
            ("broken", Some(("broken", None, None))),
            ("+8", Some(("+8", None, None))),
            ("-1", None),
            ("4294967295", None),
            ("wheel", None),
        ] {
            let line = find(passwd, wanted).map(|line| (line.name, line.id, line.gid));
            assert_eq!(line, expected, "{wanted}");
        }
    }
}
