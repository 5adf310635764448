//! Programs of Debian that talk to each other, all of them running from images: servers answer, clients trust the
//! certificate that was given with `--certs`.
//!
//! Each test is a shell script in namespaces of its own, with a network that nobody else is in, and ends with all
//! that it started. A root file system has no environment, so nothing here is helped by SSL_CERT_FILE.

use crate::support::{Ran, Test, lacks, skip, tool};
use std::path::Path;

/// What the scripts stand on: `image NAME PROGRAM FLAGS…` packs, `inside NAME USER COMMAND…` runs in what was
/// packed, `soon COMMAND…` waits until a server is there, `page` starts one.
const PRELUDE: &str = r#"
set -eu
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
postgres=/usr/lib/postgresql/15/bin
ip link set lo up
image() {
    name=$1
    shift
    "$pack" "$@" --format rootfs -o "$name" -q 2>>warnings
    mkdir -p "$name/proc" "$name/dev"
    mount -t proc proc "$name/proc"
    mount --rbind /dev "$name/dev"
    mount -t tmpfs -o mode=1777 tmp "$name/tmp"
    echo '127.0.0.1 localhost' >"$name/etc/hosts"
}
inside() {
    name=$1 user=$2
    shift 2
    env -i PATH=$PATH HOME=/home/nonroot TERM=xterm ${variable-A=b} \
        setpriv --clear-groups unshare -R "$PWD/$name" -w / -G "$user" -S "$user" "$@"
}
forget() {
    umount -R "$1/dev"
    umount "$1/proc" "$1/tmp"
    rm -rf "$1"
}
soon() {
    for _ in $(seq 150); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    echo "it does not come: $*" >&2
    return 1
}
page() {
    chmod 755 .
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 9 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost 2>/dev/null
    chmod 644 key.pem
    mkdir site
    echo 'a page' >site/index.html
    cat >nginx.conf <<END
events {}
http {
    include /etc/nginx/mime.types;
    server {
        listen 127.0.0.1:8080;
        listen 127.0.0.1:8443 ssl;
        server_name localhost;
        ssl_certificate /tls/cert.pem;
        ssl_certificate_key /tls/key.pem;
        root /srv;
    }
}
END
    image nginx nginx --add nginx.conf:/etc/nginx/nginx.conf --add site:/srv --add cert.pem:/tls/cert.pem \
        --add key.pem:/tls/key.pem --user 65532
    : >log
    chmod 666 log
    inside nginx 65532 /usr/sbin/nginx -g 'daemon off;' >log 2>&1 &
    soon curl -s http://127.0.0.1:8080/
}
"#;

/// Runs a script where `commands` are there; gives what it printed.
fn runs(t: &Test, commands: &[&str], script: &str) -> Option<String> {
    if lacks(&["unshare", "setpriv", "mount", "ip"]) || lacks(commands) {
        return None;
    }
    if !rustix::process::geteuid().is_root() {
        skip("only root mounts what a container has");
        return None;
    }
    t.write("script", format!("{PRELUDE}{script}"));
    let mut unshare = tool("unshare");
    unshare.args(["--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "script"]);
    let ran = Ran::of(unshare.env("pack", env!("CARGO_BIN_EXE_pack")).current_dir(t.path(""))).succeeds();
    Some(ran.stdout())
}

#[test]
fn a_redis_server_answers_and_keeps_what_it_is_told() {
    let t = Test::new();
    let script = "
        image server redis-server --dir /data --user 65532
        image client redis-cli
        inside server 65532 /usr/bin/redis-server --dir /data --daemonize no >log &
        soon inside client 65532 /usr/bin/redis-cli ping
        inside client 65532 /usr/bin/redis-cli ping
        inside client 65532 /usr/bin/redis-cli set key value
        inside client 65532 /usr/bin/redis-cli save
        inside client 65532 /usr/bin/redis-cli eval 'return redis.call(\"get\", \"key\")' 0
        ls server/data";
    let Some(printed) = runs(&t, &["redis-server", "redis-cli"], script) else { return };
    assert_eq!(printed, "PONG\nOK\nOK\nvalue\ndump.rdb\n");
}

/// Clients of the page, and what each is asked.
const CLIENTS: [(&str, &str); 7] = [
    ("/usr/bin/curl", "-sS https://localhost:8443/"),
    ("/usr/bin/wget", "-qO- https://localhost:8443/"),
    ("/usr/bin/links", "-source https://localhost:8443/"),
    ("/usr/bin/w3m", "-dump_source https://localhost:8443/"),
    ("/usr/bin/php", "-r 'echo file_get_contents(\"https://localhost:8443/\");'"),
    ("/usr/bin/ruby", "-e 'require \"net/http\"; puts Net::HTTP.get(URI(\"https://localhost:8443/\"))'"),
    (
        "/usr/bin/python3",
        "-c 'import urllib.request as r; print(r.urlopen(\"https://localhost:8443/\").read().decode(), end=\"\")'",
    ),
];

#[test]
fn nginx_serves_a_page_over_http_and_tls_to_clients_that_trust_its_certificate() {
    let t = Test::new();
    let asks = |(program, arguments): &(&str, &str)| {
        format!(
            "image with {program} --certs cert.pem\necho \"{program}: $(inside with 65532 {program} {arguments})\"\n\
             forget with\n"
        )
    };
    let without = "
        curl -s http://127.0.0.1:8080/
        image without curl
        inside without 65532 /usr/bin/curl -s https://localhost:8443/ || echo it fails: $?
        grep -c GET log
        ";
    let script = format!("page\n{without}{}", CLIENTS.iter().map(asks).collect::<String>());
    let Some(printed) = runs(&t, &["nginx", "openssl", "links", "w3m", "php", "ruby"], &script) else { return };
    let told: Vec<String> = CLIENTS.iter().map(|(program, _)| format!("{program}: a page\n")).collect();
    let told = told.concat();
    assert_eq!(printed, format!("a page\nit fails: 60\n2\n{told}"));
}

#[test]
fn node_trusts_what_the_variable_that_it_knows_names() {
    let t = Test::new();
    let script = r#"
        page
        variable=NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
        image client node --certs cert.pem -e $variable
        inside client 65532 "$(command -v node)" -e '
            require("https").get("https://localhost:8443/", answer => answer.on("data", data => console.log("" + data)))
            .on("error", error => console.log(error.code))'"#;
    let Some(printed) = runs(&t, &["nginx", "openssl", "node"], script) else { return };
    assert_eq!(printed, "a page\n\n");
}

#[test]
fn postgres_makes_a_cluster_and_answers_from_images() {
    let t = Test::new();
    if !Path::new("/usr/lib/postgresql/15/bin/postgres").exists() {
        return skip("not installed: postgresql-15");
    }
    let script = r#"
        image maker $postgres/initdb --dir /data
        image server $postgres/postgres --dir /data
        image client $postgres/psql
        inside maker 65532 $postgres/initdb -D /data/cluster -U me --no-sync -A trust >>log
        mv maker/data/cluster server/data/
        inside server 65532 $postgres/postgres -D /data/cluster -k /tmp >>log 2>&1 &
        ask() { inside client 65532 $postgres/psql -h 127.0.0.1 -U me -d postgres -AXqt -c "$1"; }
        soon ask 'select 1'
        ask "set timezone = 'UTC'; select 1 + 1, to_tsvector('english', 'running dogs')"
        ask "create extension pgcrypto; select encode(digest('a', 'md5'), 'hex')"
        ask "do \$\$ begin raise notice 'plpgsql'; end \$\$" 2>&1
        ask "select xmlparse(document '<a/>')""#;
    let Some(printed) = runs(&t, &[], script) else { return };
    assert_eq!(
        printed,
        "2|'dog':2 'run':1\n0cc175b9c0f1b6a831c399e269772661\nNOTICE:  plpgsql\n<a/>\n",
        "{}",
        std::fs::read_to_string(t.path("log")).unwrap_or_default()
    );
    // All programs of PostgreSQL name its trees; a client opens none of them.
    let client = t.path("client/usr/share/postgresql");
    assert!(!client.exists() && !t.path("client/usr/lib/postgresql/15/lib").exists());
    assert!(!t.path("server/usr/lib/postgresql/15/lib/llvmjit.so").exists());
}

#[test]
fn git_clones_a_repository_with_what_its_image_holds() {
    let t = Test::new();
    let script = "
        image git git --dir /work
        git init -q one
        git -C one -c user.name=a -c user.email=a@b commit -q --allow-empty -m first
        cp -r one git/one
        chown -R 65532 git/one
        inside git 65532 /usr/bin/git clone -q /one /work/two
        inside git 65532 /usr/bin/git clone -q file:///one /work/three
        inside git 65532 /usr/bin/git -C /work/three log --format=%s
        inside git 65532 /usr/bin/git -C /work/two fsck --no-progress";
    let Some(printed) = runs(&t, &["git"], script) else { return };
    assert_eq!(printed, "first\n");
}

#[test]
fn keys_are_made_and_images_copied() {
    let t = Test::new();
    let script = r#"
        image keys ssh-keygen
        inside keys 65532 /usr/bin/ssh-keygen -q -t ed25519 -N '' -C c -f /tmp/key
        inside keys 65532 /usr/bin/ssh-keygen -lf /tmp/key.pub | sed 's/SHA256:[^ ]*/HASH/'
        image copier skopeo
        "$pack" copier/usr/bin/skopeo -t skopeo:x -o copier/image.tar -q
        inside copier 65532 /usr/bin/skopeo copy -q docker-archive:/image.tar oci:/tmp/copy:x
        inside copier 0 /usr/bin/skopeo copy -q oci-archive:/image.tar dir:/tmp/other
        inside copier 65532 /usr/bin/skopeo inspect --format '{{.Os}}/{{.Architecture}}' oci:/tmp/copy:x"#;
    let Some(printed) = runs(&t, &["ssh-keygen", "skopeo"], script) else { return };
    assert_eq!(printed, "256 HASH c (ED25519)\nlinux/amd64\n");
}

/// A zone, and a page over TLS from a server whose certificate is in the default store.
const MAIN: &str = r#"
import java.io.*;
import java.net.*;
import java.time.*;
import javax.net.ssl.*;
public class Main {
    public static void main(String[] arguments) throws Exception {
        System.out.println(ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneId.of("Europe/Paris")));
        var page = (HttpsURLConnection) new URL("https://localhost:8443/").openConnection();
        System.out.print(new String(page.getInputStream().readAllBytes()));
    }
}
"#;

#[test]
fn a_java_program_runs_with_the_virtual_machine_that_jlink_made() {
    let t = Test::new();
    t.write("Main.java", MAIN);
    // Nothing below is a distribution's: the machine, the program and the store of certificates are of a build.
    let script = r"
        page
        javac Main.java
        jar --create --file app.jar Main.class
        jlink --strip-debug --add-modules java.base,jdk.crypto.ec --output build/jre
        keytool -importcert -noprompt -alias a -file cert.pem -keystore build/store -storepass changeit 2>/dev/null
        chmod 644 build/store
        image app build/jre/bin/java --add app.jar --add build/store:/store
        inside app 65532 /opt/java/bin/java -Djavax.net.ssl.trustStore=/store \
            -Djavax.net.ssl.trustStorePassword=changeit -cp /app.jar Main
        find app/usr -name '*jvm*'";
    let Some(printed) = runs(&t, &["nginx", "openssl", "javac", "jlink", "objcopy"], script) else { return };
    assert_eq!(printed, "2024-07-01T12:00+02:00[Europe/Paris]\na page\n");
}
