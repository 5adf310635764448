//! Texts of the help that are written by hand: the summary that `-h` prints, and examples.

/// What `-h` prints: the flags that are used most, below examples.
pub const SUMMARY: &str = "\
Packs one compiled Linux program, and exactly what it needs, into a container
image. No daemon, no root, no Dockerfile; the program is not run.

  pack ./bin/app && docker load -i app.tar && docker run --rm app
  pack ./app -t ghcr.io/me/app:v1 --add app.toml:/etc/app.toml -- serve
  pack ./app --dry-run           what would be packed, and why
  pack inspect ./app             what is this file, and will it run?

Usage: pack [OPTIONS] PROGRAM... [-- ARG...]
       pack inspect FILE

Result:
  -t, --tag NAME[:TAG]           the image's name
  -o, --output PATH              where to write; `-` is standard output
      --format rootfs            the plain root file system, not an archive
      --strip                    drop symbols and debugging information
Contents:
      --add SRC[:DEST]           add a file or a tree
      --dir PATH, --volume PATH  an empty directory to write in, a volume
      --path PATH                where the program stands in the image
      --certs FILE               more CA certificates; or `always`, `never`
      --zones NAME,...           time zones
      --locale NAME,...          locales
      --gconv NAME,...           converters of character sets
      --lib SONAME               a library that the program opens by name
Search:
      --library-path DIR         search for libraries here too
      --sysroot DIR              the root where all is looked up
      --provided SONAME          a library that whoever runs the image provides
Configuration:
      --user NAME|UID[:GID]      who runs the program [default: 65532:65532]
  -e, --env K=V                  an environment variable
  -w, --workdir PATH             the working directory
  -p, --expose PORT[/udp]        a port
  -l, --label K=V                a label
Output:
      --dry-run                  tell what would be packed, and write nothing
      --explain                  tell why each file is there
      --strict                   treat warnings as errors
      --json                     print the result as JSON
  -q, --quiet; -v, --verbose     say less; say more

`pack --help` has all flags, `pack inspect -h` those of `pack inspect`.
";

/// What the manual page says of the command.
pub const DESCRIPTION: &str = "Packs one compiled Linux program, and exactly what it needs, into a container image.\n\n\
     The image goes to NAME.tar, which `docker load`, `podman load`, `ctr images import` and `skopeo copy` take as it is. No \
     daemon, no root, no Dockerfile; the program is not run.";

/// What stands below all flags.
pub const EXAMPLES: &str = "\
The image goes to NAME.tar, which `docker load`, `podman load`, `ctr images import`
and `skopeo copy` take as it is. No daemon, no root, no Dockerfile; the program is
not run.

Examples:
  pack ./bin/helloworld && docker load -i helloworld.tar
  pack ./app -t ghcr.io/me/app:v1 --add config.toml:/etc/app.toml -- serve
  pack ./app -o - | docker load
  pack ./app-amd64 ./app-arm64 -t app:v1     one image for both platforms
  pack inspect ./app                         what is this file, and will it run?";

/// What stands above the flags of `pack inspect`.
pub const INSPECT_EXAMPLES: &str = "  \
  pack inspect ./app
  docker save -o app.tar app:v1 && pack inspect app.tar --explain";
