//! What people see: files that share a line, and screens of 80 and of 120 columns, drawn by tmux.

use crate::support::elf::Elf;
use crate::support::{Test, lacks};

/// A program with a tree beside it: five files of one directory, and one elsewhere.
fn with_tree() -> Test {
    let t = Test::new();
    t.write("app", Elf::PROGRAM.bytes());
    for name in ["a", "b/one", "b/two", "c"] {
        t.write(&format!("site/{name}"), name);
    }
    t.write("single", "1");
    t.shell("chmod 755 app site site/b; chmod 644 site/a site/c site/b/* single; ln -s a site/l").succeeds();
    t
}

const ADDED: [&str; 6] = ["app", "--add", "site:/srv/www/site", "--add", "single:/srv/single", "--dry-run"];

#[test]
fn files_of_a_directory_that_share_their_reasons_are_one_line() {
    let t = with_tree();

    let listed = t.pack(&ADDED).succeeds().stdout();
    let explained = t.pack(&[&ADDED[..], &["--explain"]].concat()).succeeds().stdout();

    assert_eq!(
        listed,
        "  program    app: static, linux/amd64
  contents   8 files, 341 B: program, users, 5 added files
  files      /app, 136 B: the program `app`
             /etc/group, 43 B: names the users
             /etc/passwd, 149 B: names the users
             /home/nonroot/: home of nonroot
             /root/: home of root
             /srv/single, 1 B: `--add single`
             /srv/www/site/, 4 files, 12 B, 1 link: `--add site`
             /tmp/: for temporary files
             and 4 directories on the way to them, which `-v` lists
  written    nothing: a dry run
"
    );
    assert_eq!(
        explained,
        "  program    app: static, linux/amd64
  contents   8 files, 341 B: program, users, 5 added files
  files      /app, 136 B, layer 1: the program `app`
             /etc/group, 43 B, layer 1: names the users
             /etc/passwd, 149 B, layer 1: names the users
                 in /etc/
             /home/nonroot/, layer 1: home of nonroot
                 in /home/
             /root/, layer 1: home of root
             /srv/single, 1 B, layer 1: `--add single`
             /srv/www/site/, 4 files, 12 B, 1 link, layer 1: `--add site`
                 in /srv/, /srv/www/
             /tmp/, layer 1: for temporary files
  reasons    always: 3 directories
             asked: 5 files, 13 B, 2 directories, 1 link
             parent: 4 directories
             program: 1 file, 136 B
             users: 2 files, 192 B
  written    nothing: a dry run
"
    );
}

#[test]
fn with_v_each_file_has_a_line() {
    let t = with_tree();

    let listed = t.pack(&[&ADDED[..], &["-v"]].concat()).succeeds().stdout();
    let explained = t.pack(&[&ADDED[..], &["-v", "--explain"]].concat()).succeeds().stdout();

    for path in
        ["/srv/", "/srv/www/", "/srv/www/site/", "/srv/www/site/b/", "/srv/www/site/b/one, 5 B", "/srv/single, 1 B"]
    {
        let line = |line: &str| line.trim_start_matches("  files").trim_start().starts_with(&format!("{path}: "));
        assert!(listed.lines().any(line), "{path}: {listed}");
    }
    for path in ["/srv/www/site/, layer 1", "/srv/www/site/b/one, 5 B, layer 1", "/srv/www/site/l -> a, layer 1"] {
        assert!(explained.contains(&format!("{path}: `--add site`\n")), "{path}: {explained}");
    }
}

#[test]
fn an_image_read_back_folds_the_same_files() {
    let t = with_tree();
    t.pack(&[&ADDED[..5], &["-q"]].concat()).succeeds();

    let told = t.pack(&["inspect", "app.tar"]).succeeds().stdout();
    let all = t.pack(&["inspect", "app.tar", "-v"]).succeeds().stdout();

    assert!(told.contains("             /srv/, 5 files, 13 B, 1 link: `--add`, as the image records\n"), "{told}");
    assert!(all.contains("             /srv/www/site/b/one, 5 B: `--add`, as the image records\n"), "{all}");
}

/// What a terminal of `columns` shows when these shell lines have run. `None`: there is no tmux.
fn screen(t: &Test, columns: usize, lines: &str) -> Option<String> {
    if lacks(&["tmux"]) {
        return None;
    }
    // The terminal stays until its screen was read. Each has a server of its own, because one that ends may still answer.
    t.write("lines.sh", format!("{lines}\ntmux wait-for -S done\nread -r end\n"));
    let ran = t.shell(&format!(
        "set -e; export TERM=xterm LANG=C.UTF-8; socket=$(mktemp -u socket.XXXXXX)
        tmux -S $socket -f /dev/null new-session -d -x {columns} -y 70 'sh lines.sh'
        tmux -S $socket wait-for done
        tmux -S $socket capture-pane -p
        tmux -S $socket kill-server || :"
    ));
    Some(ran.succeeds().stdout().trim_end().to_owned() + "\n")
}

#[test]
fn what_is_told_fits_a_terminal_of_any_width() {
    let t = with_tree();
    t.shell("$pack app -t registry.example/team/app:v1 --add site:/srv/www/site -q -o app.tar").succeeds();
    for (columns, line, expected) in [
        (
            80,
            "$pack inspect app.tar",
            "app.tar
  image      registry.example/team/app:v1, linux/amd64,
         sha256:cbda3aa78db7a6619cc7efe46e81dae2777a91b9c112c849965a152e30255e32
  created    1970-01-01T00:00:00Z
  verdict    starts: it needs no loader and no library
  program    /app: static, linux/amd64
  entrypoint /app
  user       65532:65532
  env        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  layer 1    13 kB, 568 B compressed,
        sha256:2bf3e87eb61f8851cb6def2b490089bbf9a2f6c3963321a5b9ba6b05e99bee9c:
               pack: program /app, users, homes and /tmp, added files
  contents   7 files, 340 B
  files      /app, 136 B: the image starts `/app`
             /etc/group, 43 B: names the users
             /etc/passwd, 149 B: names the users
             /home/nonroot/: home of nonroot
             /root/: home of root
             /srv/www/site/, 4 files, 12 B, 1 link: `--add`, as the image
               records
             /tmp/: for temporary files
             and 6 directories on the way to them, which `-v` lists
",
        ),
        (
            120,
            "$pack inspect app.tar",
            "app.tar
  image      registry.example/team/app:v1, linux/amd64,
               sha256:cbda3aa78db7a6619cc7efe46e81dae2777a91b9c112c849965a152e30255e32
  created    1970-01-01T00:00:00Z
  verdict    starts: it needs no loader and no library
  program    /app: static, linux/amd64
  entrypoint /app
  user       65532:65532
  env        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  layer 1    13 kB, 568 B compressed, sha256:2bf3e87eb61f8851cb6def2b490089bbf9a2f6c3963321a5b9ba6b05e99bee9c: pack:
               program /app, users, homes and /tmp, added files
  contents   7 files, 340 B
  files      /app, 136 B: the image starts `/app`
             /etc/group, 43 B: names the users
             /etc/passwd, 149 B: names the users
             /home/nonroot/: home of nonroot
             /root/: home of root
             /srv/www/site/, 4 files, 12 B, 1 link: `--add`, as the image records
             /tmp/: for temporary files
             and 6 directories on the way to them, which `-v` lists
",
        ),
        (
            80,
            "$pack app -t ghcr.io/a-team-with-a-name/app:v1 -o image.tar",
            "  program    app: static, linux/amd64
  contents   3 files, 328 B: program, users
  image      ghcr.io/a-team-with-a-name/app:v1, 328 B, 1.2 kB compressed,
         sha256:5364b6d090bfc01eb24e22bf9d3f1c9bd0477b25315b7abf826af4c4d2441e93
  written    image.tar
             docker load -i image.tar &&
             docker push ghcr.io/a-team-with-a-name/app:v1
",
        ),
        (
            80,
            "$pack app --lib no-directory/of-this-name.so",
            "error: `--lib no-directory/of-this-name.so` is not a soname

hint: write its soname, such as `libssl.so.3`, or an absolute path;
  `--library-path DIR` says where it is
",
        ),
    ] {
        let Some(shown) = screen(&t, columns, line) else { continue };

        assert!(shown.lines().all(|line| line.chars().count() <= columns), "{shown}");
        assert_eq!(shown, expected, "{line}");
    }
}
