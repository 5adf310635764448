# Builds one program of the corpus, as people build such programs, in the current directory: `app`, or what its line in
# programs.tsv names. $1 is the program's name, $CORPUS the directory of the corpus.
set -eu
# rustc is often a proxy that looks for its toolchains at home.
export RUSTUP_HOME="${RUSTUP_HOME-$HOME/.rustup}" HOME=$PWD LC_ALL=C
source() {
    cat >"$1"
}
flags() {
    # shellcheck disable=SC2046  # one word for each flag
    gcc -O1 -o app app.c $(pkg-config --cflags --libs "$1")
}
python_app() {
    source app.py <<'END'
import json, sqlite3, ssl, sys, zoneinfo
print(json.dumps(["hello", *sys.argv[1:]]), sqlite3.connect(":memory:").execute("select 1").fetchone())
END
}
hello_c() {
    printf '#include <stdio.h>\nint main(int n, char **v) { printf("hello %%s\\n", v[n - 1]); }\n' >app.c
}

case $1 in
onefile | onedir)
    python_app
    "$CORPUS/pypi/pyinstaller/bin/pyinstaller" --"$1" --distpath . --specpath /tmp --log-level ERROR app.py
    rm -rf build
    ;;
cython)
    python_app
    "$CORPUS/pypi/cython/bin/cython" --embed -3 app.py
    # shellcheck disable=SC2046
    gcc -O1 -o app app.c $(/usr/bin/python3-config --cflags --ldflags --embed)
    ;;
nim)
    printf 'import std/[os, strutils, times, re]\necho "hello ", paramStr(1).toUpperAscii, " ", "a1".contains(re"\\d")\n' >app.nim
    nim c -d:release --hints:off --nimcache:cache app.nim
    ;;
haskell)
    printf 'import System.Environment\nimport qualified Data.Map as M\nmain = do { [x] <- getArgs; putStrLn ("h\\228llo " ++ x); print (M.toList (M.fromList [(1,x)])) }\n' >app.hs
    ghc -v0 -o app app.hs
    ;;
ocaml)
    printf 'let () = Printf.printf "hello %%s %%f\\n" Sys.argv.(1) (Unix.gmtime 0.).Unix.tm_year\n' | sed 's/%f/%d/' >app.ml
    ocamlfind ocamlopt -package unix -linkpkg -o app app.ml 2>/dev/null || ocamlopt -I +unix unix.cmxa -o app app.ml
    ;;
pascal)
    printf 'program app; uses sysutils, classes; begin writeln(UpperCase(ParamStr(1)), FormatDateTime(%syyyy%s, 0)); end.\n' "'" "'" >app.pas
    /usr/lib/x86_64-linux-gnu/fpc/3.2.2/ppcx64 -n -v0 -Fu/usr/lib/x86_64-linux-gnu/fpc/3.2.2/units/x86_64-linux/\* app.pas
    ;;
d)
    printf 'import std.stdio, std.uni, std.datetime;\nvoid main(string[] a) { writeln("hello ", a[1].toUpper, SysTime(0, UTC()).year); }\n' >app.d
    ldc2 -of=app app.d
    ;;
fortran)
    printf 'program app\ncharacter(20) :: a\ncall get_command_argument(1, a)\nprint *, "hello ", trim(a), sqrt(2.0_16)\nend program\n' >app.f90
    gfortran -o app app.f90
    ;;
ada)
    printf 'with Ada.Text_IO, Ada.Command_Line;\nprocedure App is\nbegin\n   Ada.Text_IO.Put_Line ("hello " & Ada.Command_Line.Argument (1));\nend App;\n' >app.adb
    gnatmake -q app.adb -bargs -shared
    ;;
vala)
    printf 'void main (string[] a) { print ("hello %%s %%s\\n", a[1], GLib.Environment.get_user_data_dir ()); }\n' >app.vala
    valac-0.56 -o app app.vala
    ;;
cobol)
    printf '       IDENTIFICATION DIVISION.\n       PROGRAM-ID. APP.\n       PROCEDURE DIVISION.\n           DISPLAY "HELLO".\n           STOP RUN.\n' >app.cob
    cobc -x -o app app.cob
    ;;
gotls)
    source app.go <<'END'
package main

import ("crypto/x509"; "fmt"; "os")

func main() {
	_, err := x509.SystemCertPool()
	host, _ := os.Hostname()
	fmt.Println("hello", os.Args[1], err, host != "")
}
END
    GO111MODULE=off CGO_ENABLED=0 /usr/lib/go-1.19/bin/go build -o app app.go
    ;;
gocgo)
    source app.go <<'END'
package main

// #include <zlib.h>
// #cgo LDFLAGS: -lz
import "C"
import ("fmt"; "net"; "os"; "os/user")

func main() {
	u, err := user.Lookup("nobody")
	a, _ := net.LookupHost("localhost")
	fmt.Println("hello", os.Args[1], C.GoString(C.zlibVersion()), err == nil && u.Username == "nobody", len(a) > 0)
}
END
    GO111MODULE=off CGO_ENABLED=1 /usr/lib/go-1.19/bin/go build -o app app.go
    ;;
gozones)
    source app.go <<'END'
package main

import ("fmt"; "os"; "time")

func main() {
	zone, err := time.LoadLocation(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(time.Unix(0, 0).In(zone))
}
END
    GO111MODULE=off CGO_ENABLED=0 /usr/lib/go-1.19/bin/go build -ldflags '-s -w' -o app app.go
    ;;
rust)
    source app.rs <<'END'
use std::net::ToSocketAddrs;
fn main() {
    let found = ("localhost", 1).to_socket_addrs().map(|all| all.count() > 0).unwrap_or(false);
    println!("hello {} {found} {:?}", std::env::args().nth(1).unwrap(), std::fs::read_to_string("a.json").unwrap().len());
}
END
    rustc -O -o app app.rs
    ;;
clocale)
    source app.c <<'END'
#include <locale.h>
#include <stdio.h>
#include <wchar.h>
int main(void) { char *l = setlocale(LC_ALL, "C.UTF-8"); wchar_t w; printf("%s %d\n", l ? l : "none", (int)mbrtowc(&w, "\303\251", 2, 0)); return !l; }
END
    gcc -O1 -o app app.c
    ;;
cdlopen)
    source app.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int n, char **v) {
    void *z = dlopen("libz.so.1", RTLD_NOW);
    if (!z) { puts(dlerror()); return 1; }
    printf("%s %s\n", v[n - 1], ((const char *(*)(void))dlsym(z, "zlibVersion"))());
}
END
    gcc -O1 -o app app.c
    ;;
cnss)
    source app.c <<'END'
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
int main(int n, char **v) {
    struct passwd *p = getpwnam(v[1]); struct servent *s = getservbyname("http", "tcp"); struct addrinfo *a = 0;
    printf("%d %d %d\n", p ? (int)p->pw_uid : -1, s ? s->s_port : -1, getaddrinfo("localhost", "80", 0, &a));
    return !p || !s;
}
END
    gcc -O1 -o app app.c
    ;;
cpopen)
    printf '#include <stdio.h>\nint main(void) { char b[99] = ""; FILE *f = popen("sort -r a.json | head -n 1", "r"); if (!f || !fgets(b, 99, f)) return 1; fputs(b, stdout); return pclose(f); }\n' >app.c
    gcc -O1 -o app app.c
    ;;
cplugin)
    mkdir -p bin lib/app/plugins
    printf 'const char *name(void) { return "UPPER"; }\n' >p.c
    gcc -shared -fPIC -o lib/app/plugins/upper.so p.c
    source app.c <<'END'
#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>
int main(int n, char **v) {
    char self[999] = "", path[2000];
    readlink("/proc/self/exe", self, 998);
    snprintf(path, sizeof path, "%s/../lib/app/plugins/%s.so", dirname(self), v[1]);
    void *p = dlopen(path, RTLD_NOW);
    if (!p) { fputs(dlerror(), stderr); return 1; }
    puts(((const char *(*)(void))dlsym(p, "name"))());
}
END
    gcc -O1 -o bin/app app.c
    ;;
cbeside)
    mkdir -p share/messages
    echo 'hello from beside' >share/messages/en.txt
    source app.c <<'END'
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    char self[999] = "", path[2000], b[99];
    readlink("/proc/self/exe", self, 998);
    snprintf(path, sizeof path, "%s/share/messages/en.txt", dirname(self));
    FILE *f = fopen(path, "r");
    if (!f || !fgets(b, 99, f)) { perror(path); return 1; }
    fputs(b, stdout);
}
END
    gcc -O1 -o app app.c
    ;;
cmusl)
    hello_c
    musl-gcc -static -o app app.c
    ;;
ciconv)
    source app.c <<'END'
#include <iconv.h>
#include <stdio.h>
#include <string.h>
int main(int n, char **v) {
    iconv_t c = iconv_open(v[1], "UTF-8");
    if (c == (iconv_t)-1) { perror(v[1]); return 1; }
    char in[] = "\343\201\202", out[99], *i = in, *o = out; size_t a = strlen(in), b = 99;
    printf("%d %d\n", (int)iconv(c, &i, &a, &o, &b), (int)(o - out));
}
END
    gcc -O1 -o app app.c
    ;;
cxxlocale)
    printf '#include <iostream>\n#include <filesystem>\n#include <regex>\n#include <locale>\nint main(int n, char **v) { std::locale::global(std::locale("")); std::cout << std::regex_replace(v[1], std::regex("o"), "0") << std::filesystem::exists("a.json") << "\\n"; }\n' >app.cpp
    g++ -std=c++17 -O1 -o app app.cpp
    ;;
jlink)
    jlink --add-modules java.base --output image
    ;;
luaembed)
    printf '#include <lua.h>\n#include <lauxlib.h>\n#include <lualib.h>\nint main(void) { lua_State *l = luaL_newstate(); luaL_openlibs(l); return luaL_dostring(l, "print(_VERSION, #package.path > 0)"); }\n' >app.c
    flags lua5.4
    ;;
perlembed)
    source app.c <<'END'
#include <EXTERN.h>
#include <perl.h>
extern void boot_DynaLoader(pTHX_ CV *);
static void init(pTHX) { newXS("DynaLoader::boot_DynaLoader", boot_DynaLoader, __FILE__); }
int main(int n, char **v, char **e) {
    PERL_SYS_INIT3(&n, &v, &e);
    PerlInterpreter *my_perl = perl_alloc();
    perl_construct(my_perl);
    char *args[] = {"", "-e", "use POSIX; use List::Util 'sum'; print floor(3.7) + sum(1, 2), \"\\n\"", 0};
    int code = perl_parse(my_perl, init, 3, args, e) || perl_run(my_perl);
    return perl_destruct(my_perl) || code;
}
END
    # shellcheck disable=SC2046
    gcc -O1 -w -o app app.c $(perl -MExtUtils::Embed -e ccopts -e ldopts)
    ;;
pyembed)
    printf '#include <Python.h>\nint main(void) { Py_Initialize(); int r = PyRun_SimpleString("import json, math, ctypes\\nprint(json.dumps([math.pi]))"); return Py_FinalizeEx() || r; }\n' >app.c
    flags python-3.11-embed
    ;;
rubyembed)
    printf '#include <ruby.h>\nint main(int n, char **v) { ruby_sysinit(&n, &v); RUBY_INIT_STACK; ruby_init(); ruby_init_loadpath(); int s; rb_eval_string_protect("require \\"json\\"; puts [1].to_json", &s); return ruby_cleanup(s); }\n' >app.c
    flags ruby-3.1
    ;;
tclembed)
    printf '#include <tcl.h>\nint main(int n, char **v) { Tcl_FindExecutable(v[0]); Tcl_Interp *i = Tcl_CreateInterp(); if (Tcl_Init(i)) return 1; return Tcl_Eval(i, "puts [clock format 0 -gmt 1 -format %%Y]"); }\n' >app.c
    flags tcl
    ;;
curllib)
    printf '#include <curl/curl.h>\nint main(int n, char **v) { CURL *c = curl_easy_init(); curl_easy_setopt(c, CURLOPT_URL, v[1]); return curl_easy_perform(c); }\n' >app.c
    flags libcurl
    ;;
opencl)
    printf '#define CL_TARGET_OPENCL_VERSION 120\n#include <CL/cl.h>\n#include <stdio.h>\nint main(void) { cl_uint n = 0; int r = clGetPlatformIDs(0, 0, &n); printf("%%d %%u\\n", r, n); return !n; }\n' >app.c
    gcc -O1 -o app app.c -lOpenCL
    ;;
gstapp)
    printf '#include <gst/gst.h>\nint main(int n, char **v) { gst_init(&n, &v); GstElement *p = gst_parse_launch("audiotestsrc num-buffers=2 ! audioconvert ! fakesink", 0); if (!p) return 1; gst_element_set_state(p, GST_STATE_PLAYING); GstMessage *m = gst_bus_timed_pop_filtered(gst_element_get_bus(p), 9 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR); puts(m ? GST_MESSAGE_TYPE_NAME(m) : "none"); return !m || GST_MESSAGE_TYPE(m) != GST_MESSAGE_EOS; }\n' >app.c
    flags gstreamer-1.0
    ;;
magickapp)
    printf '#include <wand/MagickWand.h>\nint main(int n, char **v) { MagickWandGenesis(); MagickWand *w = NewMagickWand(); if (!MagickReadImage(w, v[1])) return 1; printf("%%d\\n", (int)MagickGetImageWidth(w)); }\n' >app.c
    flags MagickWand-6.Q16
    ;;
gdalapp)
    printf '#include <ogr_srs_api.h>\n#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **v) { OGRSpatialReferenceH s = OSRNewSpatialReference(0); if (OSRImportFromEPSG(s, atoi(v[1]))) return 1; char *t = 0; OSRExportToProj4(s, &t); puts(t); }\n' >app.c
    flags gdal
    ;;
pamapp)
    printf '#include <security/pam_appl.h>\n#include <stdio.h>\nstatic int c(int n, const struct pam_message **m, struct pam_response **r, void *d) { return PAM_CONV_ERR; }\nint main(void) { struct pam_conv v = {c, 0}; pam_handle_t *h; int r = pam_start("other", "nobody", &v, &h); int a = r ? -1 : pam_acct_mgmt(h, 0); printf("%%d %%d\\n", r, a); return r; }\n' >app.c
    gcc -O1 -o app app.c -lpam
    ;;
qtapp)
    printf '#include <QGuiApplication>\n#include <QImage>\n#include <QPainter>\n#include <cstdio>\nint main(int n, char **v) { QGuiApplication a(n, v); QImage i(60, 20, QImage::Format_RGB32); i.fill(Qt::white); QPainter p(&i); p.drawText(2, 15, "hello"); p.end(); printf("%%d\\n", i.save("out.png")); }\n' >app.cpp
    # shellcheck disable=SC2046
    g++ -O1 -fPIC -o app app.cpp $(pkg-config --cflags --libs Qt5Gui)
    ;;
gioapp)
    printf '#include <gio/gio.h>\nint main(int n, char **v) { GFile *f = g_file_new_for_path(v[1]); GFileInfo *i = g_file_query_info(f, "standard::content-type", 0, 0, 0); if (!i) return 1; puts(g_file_info_get_content_type(i)); GSettingsSchemaSource *s = g_settings_schema_source_get_default(); printf("%%d\\n", s != 0); }\n' | sed '1s/^/#include <stdio.h>\n/' >app.c
    flags gio-2.0
    ;;
icuapp)
    printf '#include <unicode/ucol.h>\n#include <stdio.h>\nint main(void) { UErrorCode e = U_ZERO_ERROR; UCollator *c = ucol_open("de", &e); printf("%%s %%d\\n", u_errorName(e), c != 0); return U_FAILURE(e); }\n' >app.c
    flags icu-i18n
    ;;
magicapp)
    printf '#include <magic.h>\n#include <stdio.h>\nint main(int n, char **v) { magic_t m = magic_open(MAGIC_MIME); if (magic_load(m, 0)) return 1; puts(magic_file(m, v[1])); }\n' >app.c
    gcc -O1 -o app app.c -lmagic
    ;;
cxfreeze)
    python_app
    "$CORPUS/pypi/cx-freeze/bin/cxfreeze" build --script=app.py --build-exe=frozen --silent
    ;;
jpackage)
    printf 'public class App { public static void main(String[] a) { System.out.println("hello " + a[0] + java.text.NumberFormat.getInstance(java.util.Locale.GERMANY).format(1234.5)); } }\n' >App.java
    mkdir -p classes input
    javac -d classes App.java
    jar -c -f input/app.jar -e App -C classes .
    jpackage --type app-image --name app --input input --main-jar app.jar --dest image
    ;;
mkbundle)
    printf 'using System;\nclass App { static void Main(string[] a) { Console.WriteLine("hello {0} {1}", a[0], new DateTime(2020, 1, 3).ToString("D", new System.Globalization.CultureInfo("de-DE"))); } }\n' >app.cs
    mcs app.cs
    mkbundle --simple --deps --config /etc/mono/config --machine-config /etc/mono/4.5/machine.config -o app app.exe
    ;;
zigcc)
    printf '#include <sqlite3.h>\n#include <stdio.h>\nint main(int n, char **v) { printf("%%s %%s\\n", sqlite3_libversion(), v[n - 1]); }\n' >app.c
    "$CORPUS/pypi/ziglang/lib/python3.11/site-packages/ziglang/zig" cc -O1 -o app app.c -I/usr/include -L/usr/lib/x86_64-linux-gnu -lsqlite3
    rm -rf .cache
    ;;
goplugin)
    mkdir -p plugins upper
    printf 'package main\n\nimport "strings"\n\nfunc Change(s string) string { return strings.ToUpper(s) }\n' >upper/upper.go
    source app.go <<'END'
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"plugin"
)

func main() {
	self, _ := os.Executable()
	p, err := plugin.Open(filepath.Join(filepath.Dir(self), "plugins", os.Args[1]+".so"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	change, _ := p.Lookup("Change")
	fmt.Println(change.(func(string) string)("hello"))
}
END
    export GO111MODULE=off CGO_ENABLED=1
    /usr/lib/go-1.19/bin/go build -buildmode=plugin -o plugins/upper.so upper/upper.go
    /usr/lib/go-1.19/bin/go build -o app app.go
    ;;
gomime)
    printf 'package main\n\nimport ("fmt"; "mime"; "os")\n\nfunc main() { fmt.Println(mime.TypeByExtension(os.Args[1])) }\n' >app.go
    GO111MODULE=off CGO_ENABLED=0 /usr/lib/go-1.19/bin/go build -o app app.go
    ;;
goexec)
    source app.go <<'END'
package main

import ("fmt"; "os"; "os/exec")

func main() {
	out, err := exec.Command("sort", "-r", os.Args[1]).Output()
	fmt.Print(string(out))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
END
    GO111MODULE=off CGO_ENABLED=0 /usr/lib/go-1.19/bin/go build -ldflags '-s -w' -trimpath -o app app.go
    ;;
gosqlite)
    source app.go <<'END'
package main

import ("database/sql"; "fmt"; "os"; _ "github.com/mattn/go-sqlite3")

func main() {
	db, err := sql.Open("sqlite3", os.Args[1])
	if err == nil {
		_, err = db.Exec("create table t(a); insert into t values(1)")
	}
	n := 0
	if err == nil {
		err = db.QueryRow("select count(*) from t").Scan(&n)
	}
	fmt.Println(n, err)
}
END
    GO111MODULE=off GOPATH=/usr/share/gocode CGO_ENABLED=1 /usr/lib/go-1.19/bin/go build -tags libsqlite3 -o app app.go
    ;;
rustdl)
    printf '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nlibloading = "=0.8.5"\n[profile.release]\nstrip = true\n' >Cargo.toml
    mkdir -p src
    source src/main.rs <<'END'
use std::ffi::{c_char, CStr};
fn main() {
    let library = unsafe { libloading::Library::new("libsqlite3.so.0") }.unwrap_or_else(|e| panic!("{e}"));
    let version = unsafe { library.get::<unsafe extern "C" fn() -> *const c_char>(b"sqlite3_libversion") }.unwrap();
    println!("{}", unsafe { CStr::from_ptr(version()) }.to_str().unwrap());
}
END
    CARGO_HOME=$PWD/.cargo cargo build --release --quiet
    cp target/release/app . && rm -rf target .cargo
    ;;
hsiconv)
    printf 'import System.IO\nimport System.Environment\nmain = do { [e] <- getArgs; c <- mkTextEncoding e; h <- openFile "out.txt" WriteMode; hSetEncoding h c; hPutStrLn h "\\12354"; hClose h }\n' >app.hs
    ghc -v0 -o app app.hs
    ;;
ocamlcustom)
    printf 'let () = print_endline (Str.global_replace (Str.regexp "l+") "L" Sys.argv.(1)); print_endline (Unix.getpwnam "nobody").Unix.pw_dir\n' >app.ml
    ocamlc -custom -I +unix -I +str unix.cma str.cma -o app app.ml
    ;;
nimssl)
    printf 'import std/[net, os]\nlet c = newContext(verifyMode = CVerifyPeer)\necho "hello ", paramStr(1), " ", c != nil\n' >app.nim
    nim c -d:release -d:ssl --hints:off --warnings:off --nimcache:cache app.nim
    ;;
dcurl)
    printf 'import std.net.curl, std.stdio;\nvoid main(string[] a) { writeln(get(a[1]).length); }\n' >app.d
    ldc2 -link-defaultlib-shared=true -of=app app.d
    ;;
passql)
    source app.pas <<'END'
program app;
uses sysutils, sqlite3dyn, ctypes;
begin
  InitializeSqlite('libsqlite3.so.0');
  writeln('hello ', ParamStr(1), ' ', sqlite3_libversion());
end.
END
    /usr/lib/x86_64-linux-gnu/fpc/3.2.2/ppcx64 -n -v0 "-Fu/usr/lib/x86_64-linux-gnu/fpc/3.2.2/units/x86_64-linux/*" app.pas
    ;;
flapack)
    printf 'program app\nreal(8) :: a(2,2), b(2)\ninteger :: p(2), i\na = reshape([2d0, 1d0, 1d0, 3d0], [2, 2])\nb = [3d0, 5d0]\ncall dgesv(2, 1, a, 2, p, b, 2, i)\nprint "(2f8.3,i3)", b, i\nend program\n' >app.f90
    gfortran -O1 -o app app.f90 -llapack -lblas
    ;;
adaregpat)
    source app.adb <<'END'
with Ada.Text_IO, Ada.Command_Line, Ada.Calendar.Formatting, GNAT.Regpat, GNAT.OS_Lib;
procedure App is
   use type GNAT.OS_Lib.String_Access;
   Found : constant GNAT.OS_Lib.String_Access := GNAT.OS_Lib.Locate_Exec_On_Path ("cat");
   Ok : Boolean := False;
   Arguments : constant GNAT.OS_Lib.Argument_List := (1 => new String'(Ada.Command_Line.Argument (1)));
begin
   Ada.Text_IO.Put_Line (Boolean'Image (GNAT.Regpat.Match ("^a\.", Ada.Command_Line.Argument (1))));
   if Found /= null then
      GNAT.OS_Lib.Spawn (Found.all, Arguments, Ok);
   end if;
   Ada.Text_IO.Put_Line (Boolean'Image (Ok));
end App;
END
    gnatmake -q app.adb
    ;;
cairotext)
    printf '#include <cairo.h>\nint main(int n, char **v) { cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 90, 30); cairo_t *c = cairo_create(s); cairo_move_to(c, 5, 20); cairo_show_text(c, v[n - 1]); return cairo_surface_write_to_png(s, "out.png"); }\n' >app.c
    flags cairo
    ;;
sslprov)
    source app.c <<'END'
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
int main(int n, char **v) {
    if (!OSSL_PROVIDER_load(0, "legacy") || !OSSL_PROVIDER_load(0, "default")) return 1;
    unsigned char d[64]; unsigned l = 0;
    EVP_MD *m = EVP_MD_fetch(0, v[1], 0);
    if (!m || !EVP_Digest("hello", 5, d, &l, m, 0)) return 1;
    for (unsigned i = 0; i < l; i++) printf("%02x", d[i]);
    puts("");
}
END
    flags libcrypto
    ;;
nssapp)
    source app.c <<'END'
#include <nss.h>
#include <pk11pub.h>
#include <stdio.h>
int main(int n, char **v) {
    if (NSS_NoDB_Init(".") != SECSuccess) return 1;
    unsigned char d[32];
    if (PK11_HashBuf(SEC_OID_SHA256, d, (unsigned char *)v[1], 1) != SECSuccess) return 2;
    printf("%02x%02x\n", d[0], d[1]);
    return NSS_Shutdown();
}
END
    flags nss
    ;;
xkbapp)
    printf '#include <stdio.h>\n#include <xkbcommon/xkbcommon.h>\nint main(int n, char **v) { struct xkb_context *c = xkb_context_new(0); struct xkb_rule_names r = {0, 0, v[1], 0, 0}; struct xkb_keymap *k = c ? xkb_keymap_new_from_names(c, &r, 0) : 0; if (!k) return 1; puts(xkb_keymap_layout_get_name(k, 0)); }\n' >app.c
    flags xkbcommon
    ;;
ctz)
    printf '#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\nint main(int n, char **v) { time_t t = 0; char b[99]; setenv("TZ", "America/Sao_Paulo", 1); tzset(); strftime(b, 99, "%%c %%Z", localtime(&t)); puts(b); }\n' >app.c
    gcc -O1 -o app app.c
    ;;
cterminfo)
    printf '#include <curses.h>\n#include <stdio.h>\n#include <term.h>\nint main(int n, char **v) { int e; if (setupterm(v[1], 1, &e)) return 1; printf("%%d %%s\\n", tigetnum("colors"), longname()); }\n' >app.c
    gcc -O1 -o app app.c -ltinfo
    ;;
cwordexp)
    printf '#include <stdio.h>\n#include <wordexp.h>\nint main(int n, char **v) { wordexp_t w; int r = wordexp(v[1], &w, 0); if (r) return r; for (size_t i = 0; i < w.we_wordc; i++) puts(w.we_wordv[i]); }\n' >app.c
    gcc -O1 -o app app.c
    ;;
cspawn)
    source app.c <<'END'
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
extern char **environ;
int main(int n, char **v) {
    char *args[] = {"gzip", "-dc", v[1], 0};
    pid_t p; int s;
    int r = posix_spawnp(&p, args[0], 0, 0, args, environ);
    if (r) { fprintf(stderr, "gzip: %d\n", r); return 1; }
    waitpid(p, &s, 0);
    return WEXITSTATUS(s);
}
END
    gcc -O1 -o app app.c
    ;;
qtsql)
    printf '#include <QCoreApplication>\n#include <QSqlDatabase>\n#include <QSqlQuery>\n#include <QTextStream>\nint main(int n, char **v) { QCoreApplication a(n, v); auto d = QSqlDatabase::addDatabase("QSQLITE"); d.setDatabaseName(":memory:"); if (!d.open()) return 1; QSqlQuery q("select 1 + 1"); q.next(); QTextStream(stdout) << q.value(0).toInt() << "\\n"; }\n' >app.cpp
    # shellcheck disable=SC2046
    g++ -O1 -fPIC -o app app.cpp $(pkg-config --cflags --libs Qt5Sql)
    ;;
dbiapp)
    printf '#include <dbi/dbi.h>\n#include <stdio.h>\nint main(int n, char **v) { dbi_inst i; int k = dbi_initialize_r(0, &i); dbi_conn c = dbi_conn_new_r("sqlite3", i); printf("%%d %%d\\n", k, c != 0); return !c; }\n' >app.c
    flags dbi
    ;;
gnutlsapp)
    printf '#include <gnutls/gnutls.h>\n#include <stdio.h>\nint main(void) { gnutls_certificate_credentials_t c; gnutls_certificate_allocate_credentials(&c); int n = gnutls_certificate_set_x509_system_trust(c); printf("%%d\\n", n); return n <= 0; }\n' >app.c
    flags gnutls
    ;;
aoapp)
    printf '#include <ao/ao.h>\n#include <stdio.h>\nint main(void) { ao_initialize(); int n; ao_info **i = ao_driver_info_list(&n); for (int k = 0; k < n; k++) puts(i[k]->short_name); ao_shutdown(); }\n' >app.c
    flags ao
    ;;
alsaapp)
    printf '#include <alsa/asoundlib.h>\nint main(int n, char **v) { snd_pcm_t *p; int r = snd_pcm_open(&p, v[1], SND_PCM_STREAM_PLAYBACK, 0); if (r) { puts(snd_strerror(r)); return 1; } puts(snd_pcm_type_name(snd_pcm_type(p))); return snd_pcm_close(p); }\n' >app.c
    flags alsa
    ;;
gpgmeapp)
    source app.c <<'END'
#include <gpgme.h>
#include <locale.h>
#include <stdio.h>
int main(void) {
    gpgme_check_version(0);
    gpgme_error_t e = gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP);
    puts(gpgme_strerror(e));
    return e != 0;
}
END
    flags gpgme
    ;;
boostlocale)
    printf '#include <boost/locale.hpp>\n#include <iostream>\nint main(int n, char **v) { boost::locale::generator g; std::locale l = g(v[1]); std::cout << boost::locale::to_upper("stra\\xc3\\x9f" "e", l) << " " << std::use_facet<boost::locale::info>(l).language() << "\\n"; }\n' >app.cpp
    g++ -O1 -o app app.cpp -lboost_locale
    ;;
*)
    echo "no recipe for $1" >&2
    exit 1
    ;;
esac
