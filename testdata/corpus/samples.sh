# Makes the files that programs.tsv works on, in the current directory, with the distribution's own programs. Each has
# the same bytes on any day where its maker allows that; both sides of a comparison get the same ones in any case. What
# cannot be made is named on standard output, one a line.
set -e
umask 022
export LC_ALL=C HOME=$PWD SOURCE_DATE_EPOCH=1
PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Makes the sample $1 with the command that follows, or says that it could not be made.
sample() {
    name=$1
    shift
    "$@" >&2 </dev/null || printf '%s\n' "$name"
}

# Writes standard input to $1.
text() {
    cat >"$1"
}

# Text, tables, settings
printf 'X:1\nT:t\nM:4/4\nK:C\nCDEF|GABc|\n' >a.abc
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\14\0\220\74\100\140\200\74\100\0\377\57\0' >a.mid
printf 'camera{location<0,0,-3> look_at 0} light_source{<2,4,-3> rgb 1} sphere{0,1 pigment{rgb <1,0,0>}}\n' >scene.pov
printf 'Print(1+2, "\\n");\n' >gap.g
printf 'global\n maxconn 10\ndefaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend f\n bind 127.0.0.1:8089\n' >haproxy.cfg
printf 'http_port 127.0.0.1:3129\ncoredump_dir /tmp\n' >squid.conf
printf 'server.document-root = "/tmp"\nserver.port = 8089\nserver.modules = ("mod_access")\n' >lighttpd.conf
printf 'protocols = imap\nmail_location = maildir:/tmp\n' >dovecot.conf
echo '<dictionary><alphabet>ab</alphabet><section id="m" type="standard"><e><p><l>a</l><r>b</r></p></e></section></dictionary>' >a.dix
i=0; while [ $i != 200 ]; do echo "hello $i world"; i=$((i + 1)); done >a.txt
sed 's/hello 7/bye 7/' a.txt >b.txt
gzip -nc a.txt >a.txt.gz
mkdir -p dir/sub site keyfiles schemas pdns
echo hello >dir/x.txt; echo hello >dir/sub/y.txt; echo bye >dir/z.txt
echo '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main><h1>T</h1><p>hello</p></main></body></html>' |
    tee a.html >site/index.html
echo '{"name": "x", "version": "1.0.0", "private": true}' >site/package.json
printf '1 2\n3 4\n' >num.txt
printf 'a\n1\nb\n2\n' >pairs.txt
printf 'a,b\n1,2\n3,4\n' >a.csv
printf 'lat,lon,name\n45,3,x\n' >pts.csv
echo '{"a": [1, 2]}' >a.json
printf '<a><b>t</b></a>' >a.xml
text a.xsl <<'END'
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/><xsl:template match="/">x<xsl:value-of select="a/b"/></xsl:template>
</xsl:stylesheet>
END
printf 'start = element a { element b { text } }\n' >a.rnc
printf '[a]\nb=1\n' >a.toml
printf '# T\n\nhello *world*, $x^2$\n\n- a\n- b\n\n```c\nint x;\n```\n' >a.md
printf '# T\n\nhello\n' >ok.md
printf '.TL\nT\n.PP\nhello\n' >a.ms
printf 'hello \\fBworld\\fP\n' >a.roff
printf '.TH A 1\n.SH NAME\na \\- b\n' >a.1
printf '{\\rtf1 hello {\\b world}}\n' >a.rtf
printf '1s/hello/x/\nw out.txt\nq\n' >a.ed
printf 'The dog runs.\n' >en.txt
printf 'REM 3 Jan 2020 MSG hello\n' >a.rem
printf '2020/01/01 a\n  x  $1\n  y\n' >a.ledger
printf 'From a@b Thu Jan  1 00:00:00 1970\nSubject: hello\n\nbody\n' >mbox
printf '\\catcode`{=1 \\catcode`}=2 \\message{hello}\\end\n' >a.tex
printf 'DATA LIST LIST /a b.\nBEGIN DATA\n1 2\n3 4\nEND DATA.\nDESCRIPTIVES a b.\n' >a.sps
printf 'create table t(a);\ninsert into t values(1);\nselect * from t;\n' >a.sql
printf 'version 1\nquit\n' >gtp.txt
printf 'protover 2\nquit\n' >xboard.txt
printf 'quit\n' >ktutil.txt
printf 'secret\n' >key.txt
printf 'a 0 0 1\n' >/dev/null
printf '[a/b]\nc=1\n' >keyfiles/a
printf '[global]\nworkgroup = X\n' >smb.conf
text schemas/x.gschema.xml <<'END'
<schemalist><schema id="x.y" path="/x/y/"><key name="a" type="i"><default>1</default></key></schema></schemalist>
END
text a.svg <<'END'
<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><text x="5" y="20">hello</text><circle cx="70" cy="15" r="9"/></svg>
END
text wf.yml <<'END'
name: x
on: push
permissions: {}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    steps:
      - run: make
END
printf 'FROM debian:12\nUSER 1\n' >Dockerfile.ok
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n\nmsgid "a"\nmsgstr "b"\n' >a.po

# Sources
printf '#include <stdio.h>\n#include <stdlib.h>\nint main(void)\n{\n    puts("hello");\n    return EXIT_SUCCESS;\n}\n' >hello.c
printf '#include <iostream>\n#include <vector>\nint main() { std::vector<int> v{1}; std::cout << v[0] << "\\n"; }\n' >hello.cpp
printf '#define X 1\nX\n' >a.c
printf '#include <avr/io.h>\nint main(void) { PORTB = 1; }\n' >avr.c
printf '#include <stdint.h>\nuint8_t x; void main(void) { x = 1; }\n' >sd.c
printf 'print("x")\n' >a.lua
printf 'package require json\nputs [dict get [json::json2dict {{"a": 1}}] a]\n' >json.tcl
printf '(display (expt 2 100))\n(newline)\n' >a.ss
printf '#!/usr/bin/escript\nmain(_) -> io:format("~p~n", [lists:sum([1,2])]).\n' >a.escript
printf -- '-module(a).\n-export([f/0]).\nf() -> 1.\n' >a.erl
printf 'main :: IO ()\nmain = print (sum [1, 2 :: Int])\n' >a.hs
printf 'let () = print_int (List.fold_left (+) 0 [1;2]); print_newline ();;\n' >a.ml
printf 'f(X) :- X is 1+2.\n' >a.pl
printf 'print(factor(2^64+1))\nprint(ellinit([0,0,1,-1,0]).disc)\n' >a.gp
printf 'x = span(0, 1, 3);\nwrite, sum(x);\nquit;\n' >a.i.y
printf 'print (Int.toString 3 ^ "\\n");\n' >a.sml
printf 'import std/[strutils, tables]\necho "a".toUpperAscii\n' >a.nim
printf "program a; uses sysutils; begin writeln(IntToStr(1+2)); end.\n" >a.pas
printf 'program a\nprint *, 1+2\nend program\n' >a.f90
printf 'with Ada.Text_IO;\nprocedure A is\nbegin\n   Ada.Text_IO.Put_Line ("hi");\nend A;\n' >a.adb
printf 'import std.stdio;\nvoid main() { writeln("hi"); }\n' >a.d
printf 'void main () { print ("hi\\n"); }\n' >a.vala
printf '<?php echo json_encode([1]), strlen("x"), "\\n";\n' >a.php
printf 'require("print"); variable x = 1; print(x);\n' >a.sl
printf 'print(("hi", new line))\n' >a.a68
printf '++++++++[>++++++++<-]>+.\n' >a.bf
printf '       IDENTIFICATION DIVISION.\n       PROGRAM-ID. A.\n       PROCEDURE DIVISION.\n           DISPLAY "HI".\n           STOP RUN.\n' >a.cob
printf 'class Hi { public static void main(String[] a) { System.out.println("hi " + java.time.ZoneId.of("Asia/Tokyo")); } }\n' >Hi.java
printf 'System.out.println(1 + 2)\n/exit\n' >a.jsh
printf '(declare-const x Int)\n(assert (> x 2))\n(check-sat)\n' >a.smt2
printf 'var x >= 1; minimize z: x; solve; display x; end;\n' >a.mod
printf 'Minimize\n obj: x\nSubject To\n c: x >= 1\nEnd\n' >a.lp
printf 'min: x; c: x >= 1;\n' >a.lps
printf 'include "globals.mzn";\nvar 1..3: x; constraint all_different([x, 2]); solve satisfy;\n' >a.mzn
printf 'global _start\nsection .text\n_start: mov eax, 60\nxor edi, edi\nsyscall\n' >a.asm
printf 'format ELF64 executable\nentry s\ns: mov eax, 60\nxor edi, edi\nsyscall\n' >a.fasm
printf '.text\n.globl f\nf: ret\n' >a.s
printf 'define i32 @f() {\n  %%a = add i32 1, 2\n  ret i32 %%a\n}\n' >a.ll
printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n' >a.go
printf 'package a\n\nfunc F() int { return 1 }\n' >b.go
printf 'module a; initial begin $display("hi"); $finish; end endmodule\n' >a.v
printf 'module b(input x, output y); assign y = ~x; endmodule\n' >b.v
printf 'entity a is end a;\narchitecture b of a is begin end b;\n' >a.vhd
printf 't\nv1 1 0 1\nr1 1 0 1k\n.op\n.print op v(1)\n.end\n' >a.cir
printf '(module (func (export "i")) (memory (export "memory") 1) (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2))))\n' >a.wat
printf '#version 450\nvoid main() { gl_Position = vec4(1); }\n' >a.vert
printf 'all: ; $(info hi $(words a b))\n' >a.mk
printf 'all:\n\t@echo hi | tr a-z A-Z\n' >shell.mk
printf 'all:\n\t@echo hi ${.MAKE.LEVEL:U0}\n' >bsd.mk
printf 'INPUT=hello.c\nGENERATE_LATEX=NO\nQUIET=YES\nOUTPUT_DIRECTORY=out\nEXTRACT_ALL=YES\n' >a.doxy
printf '#!/bin/sh\necho "hi"\n' >ok.sh
printf 'def f(x: int) -> int:\n    return x + 1\n\n\nprint(f(1))\n' >ok.py
printf 'def application(environ, start):\n    start("200 OK", [("Content-Type", "text/plain")])\n    return [b"hello\\n"]\n\n\napp = application\n' >wsgi.py
sed -i 's/^app = application$/try:\n    from flask import Flask\n    app = Flask(__name__)\n    app.route("\/")(lambda: "hello\\n")\nexcept ImportError:\n    pass/' wsgi.py
printf 'const Foo = (a) => a + 1;\nconsole.log(Foo(1));\n' >a.js
printf 'a { color : #ff0000 ; & b { top: 0 } }\n' >a.css
printf 'syntax = "proto3";\nmessage A { int32 b = 1; }\n' >a.proto
printf 'module Main exposing (..)\n\n\nx =\n    1\n' >a.elm
printf 'let x = 1\n' >a.res
printf 'public class A { Integer b; }\n' >a.cls
printf 'pub fn f() u8 {\n    return 1;\n}\n' >a.zig
printf '%%module a\n%%include "std_string.i"\nint f(int x);\n' >a.i
printf '.version 7.0\n.target sm_80\n.address_size 64\n.visible .entry f() { ret; }\n' >a.ptx
printf 'message(STATUS hi)\n' >a.cmake
printf 'import QtQuick\nItem { width: 1 }\n' >a.qml
printf '#include <QObject>\nclass A : public QObject { Q_OBJECT public slots: void f() {} };\n' >a.h
printf '<RCC><qresource><file>a.txt</file></qresource></RCC>\n' >a.qrc
text a.ts <<'END'
<!DOCTYPE TS><TS version="2.1" language="de"><context><name>A</name><message><source>a</source><translation>b</translation></message></context></TS>
END
printf 'msc { a, b; a->b [label="hello"]; }\n' >a.msc
printf 'rule x { strings: $a = "hello" condition: $a }\n' >a.yar
printf '#include <font.defs>\n#include <media.defs>\nFont *\nManufacturer "M"\nModelName "N"\nVersion "1"\nMediaSize Letter\nPCFileName "n.ppd"\nResolution k 8 0 0 0 "300dpi/300"\n' >a.drv
printf 'xkb_keymap {\nxkb_keycodes { include "evdev+aliases(qwerty)" };\nxkb_types { include "complete" };\nxkb_compat { include "complete" };\nxkb_symbols { include "pc+us+inet(evdev)" };\n};\n' >a.xkb
printf '(print (+ 1 2))\n(set! u (Utterance Text "hello"))\n(print (Lexicon.lookup "hello" nil))\n' >/dev/null
printf '(print (+ 1 2))\n' >a.festival
text a.csd <<'END'
<CsoundSynthesizer>
<CsInstruments>
sr = 44100
ksmps = 32
nchnls = 1
0dbfs = 1
instr 1
aout oscili 0.5, 440
out aout
endin
</CsInstruments>
<CsScore>
i1 0 0.1
e
</CsScore>
</CsoundSynthesizer>
END

# Science
printf '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[3,45]}}]}\n' >a.geojson
printf '<osm version="0.6"><node id="1" version="1" lat="45" lon="3"/></osm>\n' >a.osm
printf 'netcdf a { dimensions: x = 2; variables: int v(x); data: v = 1, 2; }\n' >a.cdl
printf '@SQ\tSN:a\tLN:9\nr\t0\ta\t1\t60\t4M\t*\t0\t0\tACGT\tIIII\n' >a.sam
printf '##fileformat=VCFv4.2\n##contig=<ID=a>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="G">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\na\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\n' >a.vcf
printf 'a\t1\t5\na\t3\t9\n' >a.bed
printf '>a\nACGTACGTACGTTTGACCAGTACGATCGATCGATTACG\n>b\nACGTACGAACGTTTGACCAGTACGATCGATCGATTACG\n' >a.fa
printf '# STOCKHOLM 1.0\n\na MKVLAA\nb MKILAA\n//\n' >a.sto

# Servers
printf 'suffix "dc=x"\n' >/dev/null
printf 'include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile /mnt/out.pid\ndatabase mdb\nsuffix "dc=x"\ndirectory /mnt/ldapdb\n' >slapd.conf
mkdir -p ldapdb
printf 'dn: dc=x\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: x\n' >a.ldif
printf 'x.test. 3600 SOA ns.x.test. a.x.test. 1 2 3 4 5\nx.test. NS ns.x.test.\nns.x.test. A 127.0.0.1\na.x.test. A 10.1.2.3\n' >zone
printf 'server:\n  rundir: /mnt\n  listen: 127.0.0.1@5301\ndatabase:\n  storage: /mnt/knot\ntemplate:\n  - id: default\n    storage: /mnt\nzone:\n  - domain: x.test\n    file: zone\n' >knot.conf
printf 'server:\n ip-address: 127.0.0.1\n port: 5302\n username: ""\n database: ""\n zonesdir: /mnt\n pidfile: /mnt/out.pid\n xfrdfile: /mnt/out.xfr\n zonelistfile: /mnt/out.list\n xfrdir: /mnt\nremote-control:\n control-enable: no\nzone:\n name: x.test\n zonefile: zone\n' >nsd.conf
printf 'server:\n interface: 127.0.0.1\n port: 5303\n username: ""\n chroot: ""\n directory: /mnt\n pidfile: ""\n use-syslog: no\n do-daemonize: no\n local-data: "a.x.test A 10.1.2.3"\n module-config: "iterator"\nremote-control:\n control-enable: no\n' >unbound.conf
printf 'options { directory "/mnt"; listen-on port 5304 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; recursion no; };\ncontrols { };\nzone "x.test" { type primary; file "zone"; };\n' >named.conf
printf 'launch=bind\nbind-config=/mnt/pdns/named.conf\nlocal-address=127.0.0.1\nlocal-port=5305\nsocket-dir=/mnt\nzone-cache-refresh-interval=0\n' >pdns/pdns.conf
printf 'zone "x.test" { type primary; file "/mnt/zone"; };\n' >pdns/named.conf
printf 'Port 8888\nListen 127.0.0.1\nTimeout 5\nLogLevel Critical\nLogFile "/mnt/out.log"\nMaxClients 9\n' >tinyproxy.conf
printf 'ServerName x\nPort 2121\nDefaultAddress 127.0.0.1\nPidFile /mnt/out.pid\nScoreboardFile /mnt/out.sb\nUseReverseDNS off\nWtmpLog off\nSystemLog none\nTransferLog none\nAuthPAM off\nRequireValidShell off\n<Anonymous /mnt/dir>\nUser nonroot\nGroup nonroot\nUserAlias anonymous nonroot\n</Anonymous>\n' >proftpd.conf
printf 'Port 2222\nListenAddress 127.0.0.1\nHostKey /mnt/hostkey\nPidFile none\nUsePAM no\nStrictModes no\n' >sshd_config
sample hostkey ssh-keygen -q -t ed25519 -N '' -C c -f hostkey
[ ! -x /usr/bin/dropbearkey ] || sample dropbear.key dropbearkey -t ed25519 -f dropbear.key
sample cert.pem openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=localhost
cat key.pem cert.pem >both.pem
printf 'SocksPort 127.0.0.1:9050\nDataDirectory /mnt/tordata\nDisableNetwork 0\n' >torrc
mkdir -m 700 tordata
printf 'listen-address 127.0.0.1:8118\nconfdir /etc/privoxy\nlogdir /mnt\n' >privoxy.conf
text icecast.xml <<'END'
<icecast><limits><clients>9</clients></limits><authentication><source-password>x</source-password><admin-user>a</admin-user><admin-password>x</admin-password></authentication><hostname>localhost</hostname><listen-socket><port>8014</port><bind-address>127.0.0.1</bind-address></listen-socket><paths><logdir>/mnt</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths><logging><accesslog>out.access</accesslog><errorlog>out.error</errorlog></logging></icecast>
END
printf 'music_directory "/mnt/dir"\ndb_file "/mnt/out.db"\nbind_to_address "127.0.0.1"\nport "6600"\naudio_output {\n type "null"\n name "hello"\n}\n' >mpd.conf
printf '[Global]\nName = x.test\nInfo = x\nPorts = 6667\nListen = 127.0.0.1\n[Options]\nPAM = no\nIdent = no\nDNS = no\n' >ngircd.conf
printf '<config format="xml">\n<server name="x.test" description="x" id="001" network="x">\n<admin name="a" nick="a" email="a@x.test">\n<bind address="127.0.0.1" port="6668" type="clients">\n<connect allow="*" resolvehostnames="no">\n<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="/mnt/out.log">\n<pid file="/mnt/out.pid">\n' >inspircd.conf
printf '[databases]\nx = host=127.0.0.1\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = 6432\nauth_type = any\nunix_socket_dir =\nstats_users = x\nadmin_users = x\n' >pgbouncer.ini
printf 'Hostname "pack"\nFQDNLookup false\nBaseDir "/mnt"\nPIDFile "/mnt/out.pid"\nInterval 1\nTypesDB "/usr/share/collectd/types.db"\nLoadPlugin load\nLoadPlugin csv\n<Plugin csv>\nDataDir "/mnt/out"\n</Plugin>\n' >collectd.conf
printf '[global]\nerror_log = /dev/stderr\n[www]\nlisten = 127.0.0.1:9001\npm = static\npm.max_children = 1\n' >php-fpm.conf
printf 'listen:\n  host: 127.0.0.1\n  port: 8015\nhosts:\n  default:\n    paths:\n      /:\n        file.dir: /mnt/dir\n' >h2o.conf
printf 'account x\nhost 127.0.0.1\nfrom x@y\n' >msmtprc
text workerd.capnp <<'END'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (serviceWorkerScript = "addEventListener('fetch', e => e.respondWith(new Response('hello\\n')))", compatibilityDate = "2023-02-28"))],
  sockets = [(name = "http", address = "127.0.0.1:8017", http = (), service = "main")]
);
END

# What the uses that are set aside work on
printf '#include <stdint.h>\ntypedef struct { uint8_t a; } point;\npoint f(int x);\n' >c.h
printf 'pub struct A { b: u8 }\n#[no_mangle]\npub extern "C" fn f(a: A) -> u8 { a.b }\n' >lib.rs
printf '_ZN4core3fmt9Formatter3pad17h0123456789abcdefE\n' >symbols.txt
printf 'grammar;\npub A: i32 = { <n:N> => n };\nN: i32 = r"[0-9]+" => 1;\n' >a.lalrpop
printf '$c: red;\na { b { color: $c; width: 1px + 2px } }\n' >a.scss
printf '{\nmodule A (main) where\n}\n%%wrapper "basic"\ntokens :-\n  [a-z]+ { id }\n{\nmain = print (alexScanTokens "ab")\n}\n' >a.x
printf '{\nmodule A where\n}\n%%name p\n%%tokentype { Char }\n%%token a { '"'a'"' }\n%%%%\nA : a { 1 }\n{\nhappyError _ = error "x"\n}\n' >happy.y
printf 'Plus. Exp ::= Exp "+" Exp1;\nInt. Exp1 ::= Integer;\n_. Exp ::= Exp1;\n' >a.cf
printf '%%token <int> INT\n%%token EOF\n%%start <int> main\n%%%%\nmain: i = INT EOF { i }\n' >a.mly
printf 'class A { static function main() { trace(StringTools.trim(" x ")); } }\n' >A.hx
printf 'Require Import Arith Lia.\nLemma a : forall n, n + 1 > n.\nProof. intros. lia. Qed.\n' >proof.v
printf '@@\nexpression e;\n@@\n- puts(e);\n+ print(e);\n' >a.cocci
printf 'procedure main()\n  write(reverse("abc"), " ", 2^100)\nend\n' >a.icn
printf 'say reverse("abc") 2**70 date("S", 1, "B")\n' >a.rexx
printf 'print "hi ", 1+2, " ", upper$("a")\nexit\n' >a.bas
printf '[ Main; print "hi^"; ];\n' >a.inf
printf ' list p=16f84\n include <p16f84.inc>\n movlw 1\n goto 0\n end\n' >pic.asm
printf '/dts-v1/;\n/ { model = "x"; cell = <1 2>; };\n' >a.dts
printf 'DefinitionBlock ("", "SSDT", 2, "X", "Y", 1) { Name (A, 1) }\n' >a.asl
printf 'table A { b: int; }\nroot_type A;\n' >a.fbs
printf '@0xb1b1b1b1b1b1b1b1;\nusing Cxx = import "/capnp/c++.capnp";\n$Cxx.namespace("x");\nstruct A { b @0 :Int32; }\n' >a.capnp
printf 'struct A { 1: i32 b }\n' >a.thrift
printf '%%%%{ machine a; main := [a-z]+; write data; }%%%%\n' >a.rl
printf '/*!re2c re2c:define:YYCTYPE = char; "a" { return 1; } * { return 0; } */\n' >a.re
printf '%%token A\n%%%%\ns: A ;\n' >a.yacc
printf 'if\nthen\nelse\n' >a.gperf
printf '//gsoap ns service name: x\nint ns__add(double a, double *r);\n' >soap.h
printf '<http://x/a> <http://x/b> "c"@en .\n' >a.nt
printf '@prefix x: <http://x/> .\nx:a x:b 1, 2 .\n' >a.ttl
printf 'MAP\nNAME x\nSIZE 30 30\nEXTENT 0 0 10 10\nLAYER\nNAME l\nTYPE POINT\nSTATUS DEFAULT\nFEATURE POINTS 5 5 END END\nCLASS STYLE COLOR 255 0 0 SIZE 9 END END\nEND\nEND\n' >a.map
printf 'nulldata 20\nset seed 1\nseries x = index^2\nseries y = 2*x + sin(index)\nols y const x\n' >a.inp
printf 'LIB "primdec.lib";\nring r = 0,(x,y),dp;\nideal i = x2-y,y2;\nstd(i);\nsize(primdecGTZ(i));\nquit;\n' >a.sing
printf '8 3 0 0\n1 0 0 0\n2 1 0 0\n3 1 1 0\n4 0 1 0\n5 0 0 1\n6 1 0 1\n7 1 1 1\n8 0 1 1\n' >a.node
{
    echo solid a
    for corners in '0 0 0 0 1 0 1 0 0' '0 0 0 1 0 0 0 0 1' '0 0 0 0 0 1 0 1 0' '1 0 0 0 1 0 0 0 1'; do
        # shellcheck disable=SC2086  # nine numbers
        printf 'facet normal 0 0 0\nouter loop\nvertex %s %s %s\nvertex %s %s %s\nvertex %s %s %s\nendloop\nendfacet\n' $corners
    done
    echo endsolid a
} >a.stl
printf '.model a\n.inputs x y\n.outputs z\n.names x y z\n11 1\n.end\n' >a.blif
printf 'include "alldifferent.mzn";\nvar 1..3: x; constraint alldifferent([x, 2]); solve satisfy;\n' >alldiff.mzn
printf 'soundfont /usr/share/sounds/sf2/TimGM6mb.sf2\n' >timgm.cfg
printf 'p f0 w40 h20 v50 n"TIFF_m"\ni w80 h32 f0 v50 r0 p0 y0 n"a.jpg"\n' >a.pto
printf 'fof(a, axiom, p).\nfof(b, axiom, p => q).\nfof(c, conjecture, q).\n' >a.p
printf '#NEXUS\nbegin data;\ndimensions ntax=4 nchar=12;\nformat datatype=dna;\nmatrix\na ACGTACGTACGT\nb ACGTACGAACGT\nc ACCTACGAACGT\nd ACCTTCGAACGT\n;\nend;\nbegin mrbayes;\nset autoclose=yes seed=1 swapseed=1;\nmcmc ngen=100 samplefreq=10 nruns=1 nchains=1;\nend;\n' >a.nex
printf '4 12\na ACGTACGTACGT\nb ACGTACGAACGT\nc ACCTACGAACGT\nd ACCTTCGAACGT\n' >a.phy
printf '>p\nMKVLAAGIVGLLLAQWERTYIPASDFGHKLCVNM\n>q\nMKILAAGIVGLLLAQWERTYIPASDFGHRLCVNM\n' >prot.fa
awk 'BEGIN { n = 7; print ">r" > "ref.fa"; for (i = 0; i < 1200; i++) { n = (n * 1103 + 12345) % 65536; s = s substr("ACGT", int(n / 997) % 4 + 1, 1) }
print s > "ref.fa"; for (i = 0; i < 40; i++) print "@" i "\n" substr(s, i * 20 + 1, 80) "\n+\n" sprintf("%80s", "") > "reads.fq" }'
sed -i 's/ /I/g' reads.fq
mkdir -p hugo/content hugo/layouts/_default hugo/layouts/partials progs maildir/cur maildir/new maildir/tmp recursor sphinxdoc djangoapp
printf 'baseURL = "http://x.test/"\ntitle = "T"\n' >hugo/config.toml
printf -- '---\ntitle: A\n---\nhello *world*\n\n```go\nfunc main() {}\n```\n' >hugo/content/a.md
printf '<h1>{{ .Title }}</h1>{{ .Content }}\n' | tee hugo/layouts/_default/single.html >hugo/layouts/_default/list.html
cp hugo/layouts/_default/list.html hugo/layouts/index.html
printf 'counter lines\n/hello/ {\n  lines++\n}\n' >progs/a.mtail
printf 'From: a@x.test\nTo: b@x.test\nSubject: hello\nMessage-ID: <1@x.test>\nDate: Thu, 01 Jan 2015 00:00:00 +0000\n\nbody world\n' | tee a.eml >maildir/cur/1:2,S
printf '[database]\npath=/mnt/maildir\n[user]\nname=a\nprimary_email=a@x.test\n[new]\ntags=unread;\n' >notmuch.cfg
printf 'global:\n  scrape_interval: 1m\nscrape_configs: []\n' >prometheus.yml
printf 'groups:\n- name: a\n  rules:\n  - alert: B\n    expr: up == 0\n    annotations:\n      d: "{{ $labels.job }}"\n' >rules.yml
printf 'route:\n  receiver: a\nreceivers:\n- name: a\n' >alertmanager.yml
printf 'modules:\n  tcp:\n    prober: tcp\n' >blackbox.yml
printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /mnt/out\nhttp:\n  addr: 127.0.0.1:5050\n' >registry.yml
printf '{"rootDir": "/mnt/out", "architectures": ["amd64"]}\n' >aptly.json
printf 'reporting-disabled = true\n[meta]\n  dir = "/mnt/out/meta"\n[data]\n  dir = "/mnt/out/data"\n  wal-dir = "/mnt/out/wal"\n[http]\n  bind-address = "127.0.0.1:8087"\n' >influxdb.conf
printf '{"builders": [{"type": "null", "communicator": "none"}]}\n' >packer.json
printf 'a.txt\na.json\nnothing\n' >words.txt
printf '{"Dhcp4": {"interfaces-config": {"interfaces": []}, "lease-database": {"type": "memfile", "persist": false}, "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.5 - 10.0.0.9"}]}]}}\n' >kea.json
printf 'aHello:0:*:68656c6c6f20776f726c64206e6f74\n' >sig.ndb
printf 'setLocal("127.0.0.1:5307")\naddAction("a.x.test.", SpoofAction("10.1.2.3"))\n' >dnsdist.conf
printf '[settings]\nRunMode = Daemon\nDaemonInterface = 127.0.0.1\nDaemonPort = 6669\nConfigDir = /mnt/dir\nPidFile = /mnt/out.pid\n' >bitlbee.conf
printf "create database '/mnt/out.fdb' default character set utf8;\ncreate table t(a varchar(9) collate unicode_ci);\ncommit;\ninsert into t values('x');\nselect * from t;\nquit;\n" >fb.sql
printf 'a 1\nb 2\n' | sed 's/^/ /;s/ \([0-9]\)$/\n \1/' >mdb.txt
printf 'dn: cn=a\nobjectClass: top\ncn: a\n' >b.ldif
printf 'yPIVoZ1ZzHlnPNNAQvFlPlyVYVpgtXaSP5T+X3vmIm4=\n' >wg.key
printf '\\title T\n\n\\C{a} Hello\n\nBody \\e{world}.\n' >a.but
printf 'draw(unitcircle);\nfill((0,0)--(1,0)--(1,1)--cycle, red);\n' >a.asy
printf '#include <stdio.h>\nint f(int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }\nint main(void) { int a[3] = {1, 2, 3}; return f(a, 3) - 6; }\n' >loop.c
printf 'project = "x"\nextensions = ["sphinx.ext.autodoc"]\n' >sphinxdoc/conf.py
printf 'T\n=\n\n.. code-block:: python\n\n   x = 1\n' >sphinxdoc/index.rst
printf 'SECRET_KEY = "x"\nDEBUG = True\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "urls"\nINSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}\n' >djangoapp/settings.py
printf 'from django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path("", lambda request: HttpResponse("hello"))]\n' >djangoapp/urls.py
printf 'import pytest\n\n\n@pytest.mark.parametrize("x", [1, 2])\ndef test_a(x, tmp_path):\n    assert x * 2 == x + x\n' >test_ok.py
printf -- '- hosts: localhost\n  gather_facts: false\n  connection: local\n  tasks:\n    - debug: msg="{{ 1 + 2 }}"\n' >play.yml
printf 'rules:\n- id: a\n  pattern: puts(...)\n  message: m\n  languages: [c]\n  severity: INFO\n' >semgrep.yml
printf '{"jsonrpc": "2.0", "id": 1, "method": "get_system_info", "params": []}\n' >rpc.json
printf 'cc_library(name="a",srcs=["b.cc","a.cc"],)\n' >BUILD
printf '/* @flow */\nfunction f(x: number): string { return String(x); }\n' >flow.js
printf 'print(JSON.stringify([1, 2].map(function (a) { return a + 1 })), Math.max(1, 2));\n' >a.mujs
printf 'list modules\nload glm\nlist modules\n' >a.jags
printf '# STOCKHOLM 1.0\n\na ACGUACGU\nb ACGUACGA\n#=GC SS_cons <<....>>\n//\n' >rna.sto
printf 'D(x) Sin(x^2);\nFactor(x^2-1);\nquit;\n' >a.ys
printf 'Symbols x,y;\nLocal F = (x+y)^5;\nPrint;\n.end\n' >a.frm
printf 'executable("a") { sources=["b.cc","a.cc"]\n}\n' >a.gn
printf -- '--- a.txt\n+++ b.txt\n@@ -1 +1 @@\n-hello\n+bye\n' >a.diff
printf 'class A { static void Main() { System.Console.WriteLine(1); } }\n' >a.cs
printf '\\documentclass{article}\n\\begin{document}\n\\section{T} hello \\emph{world} $x^2$\n\\end{document}\n' >doc.tex
printf 'new game\nshow board\nexit\n' >gnubg.txt
printf 'set timeout 60\nlist rulesets\nquit\n' >freeciv.serv
printf '$print("hi ", 1 + 2, "\\n");\n' >a.neko
mkdir -p aug/etc
printf '127.0.0.1 localhost\n' >aug/etc/hosts
printf 'transform Hosts incl /etc/hosts\nload\nprint /files\n' >augtool.txt
printf '\\version "2.24.0"\n{ c'"'"' d'"'"' e'"'"' }\n' >a.ly
printf 'Point(1) = {0,0,0,1}; Point(2) = {1,0,0,1}; Point(3) = {0,1,0,1};\nLine(1) = {1,2}; Line(2) = {2,3}; Line(3) = {3,1};\nCurve Loop(1) = {1,2,3}; Plane Surface(1) = {1};\n' >a.geo
printf 'global(workDirectory="/mnt")\nmodule(load="imfile")\nmodule(load="imudp")\ninput(type="imudp" port="5514" address="127.0.0.1")\ninput(type="imfile" file="/mnt/a.txt" tag="x")\n*.* /mnt/out.log\n' >rsyslog.conf
printf '{"name": "x", "version": "1.0.0", "tables": {"t": {"columns": {"a": {"type": "string"}}}}}\n' >a.ovsschema
printf '(0008,0060) CS [OT]\n(0010,0010) PN [A^B]\n(0008,0018) UI [1.2.3]\n' >a.dump
printf 'database=/mnt/out.sqlite\nhost=127.0.0.1\nport=64738\nsslCert=/mnt/cert.pem\nsslKey=/mnt/key.pem\nusers=9\n' >murmur.ini
text kamailio.cfg <<'END'
#!KAMAILIO
children=1
disable_tcp=yes
listen=udp:127.0.0.1:5060
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
request_route { sl_send_reply("200", "OK"); exit; }
END
printf '\346\227\245\346\234\254\350\252\236\343\202\222\350\252\255\343\202\200\n' >ja.txt
printf '\346\261\211\350\257\255\n' >zh.txt
printf 'Package: a\nSection: x\n\nPackage: b\nSection: y\n' >a.control
printf 'database a { data /mnt/a.dict index /mnt/a.index }\n' >dictd.conf
printf 'hello\n  a greeting\n' >a.dict
printf 'hello\tA\tU\n' >a.index
printf 'bsdl path /mnt\nhelp cable\nquit\n' >jtag.cmd
mkdir -p mono/p/a
printf '{"name": "m", "private": true, "packageManager": "npm@10.0.0", "workspaces": ["p/*"]}\n' >mono/package.json
printf '{"name": "a", "version": "1.0.0", "dependencies": {"b": "1.0.0"}}\n' >mono/p/a/package.json
{
    echo time,tx
    python3 -c 'bits = [1] * 20 + [0, 1, 0, 0, 0, 0, 0, 1, 0, 1] + [1] * 20
n = 0
for bit in bits:
    for _ in range(10):
        print(f"{n / 96000:.9f},{bit}")
        n += 1'
} >a.logic.csv
python3 - <<'END'
cards = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    2", "NAXIS1  =                    4", "NAXIS2  =                    4", "END"]
open("a.fits", "wb").write("".join(card.ljust(80) for card in cards).ljust(2880).encode() + bytes(range(16)).ljust(2880, b"\0"))
END

# Pictures, sound, archives, file systems: what other programs make
has() {
    command -v "$1" >/dev/null
}
if has convert; then
    sample a.png convert -size 80x32 xc:white -pointsize 20 -fill black -annotate +5+20 abc -strip a.png
    sample a.jpg convert a.png -strip a.jpg
    sample a.gif convert a.png a.gif
    sample a.tif convert a.png a.tif
    sample a.ppm convert a.png a.ppm
    sample a.pbm convert a.png -resize 400% -monochrome a.pbm
    sample a.webp convert a.png a.webp
fi
! has exrheader || ! has gm || python3 -c 'import struct,sys
h=b"\x76\x2f\x31\x01\x02\0\0\0"
def a(n,t,d): return n+b"\0"+t+b"\0"+struct.pack("<i",len(d))+d
h+=a(b"channels",b"chlist",b"Y\0"+struct.pack("<iiii",1,0,1,1)+b"\0")+a(b"compression",b"compression",b"\0")
w=struct.pack("<iiii",0,0,0,0)
h+=a(b"dataWindow",b"box2i",w)+a(b"displayWindow",b"box2i",w)+a(b"lineOrder",b"lineOrder",b"\0")+a(b"pixelAspectRatio",b"float",struct.pack("<f",1))+a(b"screenWindowCenter",b"v2f",struct.pack("<ff",0,0))+a(b"screenWindowWidth",b"float",struct.pack("<f",1))+b"\0"
d=struct.pack("<q",len(h)+8)+struct.pack("<ii",0,2)+b"\0\x3c"
open("a.exr","wb").write(h+d)'
has exrheader && [ -e a.exr ] || echo a.exr
has avifenc && [ -e a.png ] && sample a.avif avifenc -j 1 a.png a.avif || echo a.avif
has c44 && [ -e a.ppm ] && sample a.djvu c44 a.ppm a.djvu || echo a.djvu
if has gs; then
    sample a.pdf gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=a.pdf -c '/Helvetica findfont 12 scalefont setfont 10 10 moveto (hi) show showpage'
    # A font that is not embedded: the reader needs one of its own.
    printf '%%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 30]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n4 0 obj<</Length 34>>stream\nBT /F 12 Tf 5 10 Td (hello) Tj ET\n\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n' >text.pdf
fi
python3 - <<'END'
import math, struct
for name, rate in (("tone.wav", 44100), ("tone48.wav", 48000)):
    data = b"".join(struct.pack("<h", int(9000 * math.sin(440 * 6.2831853 * i / rate))) for i in range(rate))
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    open(name, "wb").write(head + b"data" + struct.pack("<I", len(data)) + data)
track = bytes([0, 0xC0, 0, 0, 0x90, 60, 90, 0x60, 0x80, 60, 0, 0, 0xFF, 0x2F, 0])
open("a.mid", "wb").write(b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track)
open("a.yuv", "wb").write(bytes(64 * 64 * 3 // 2 * 5))
frame = bytes(12) + bytes([8, 0]) + bytes.fromhex("4500002300000000401100007f0000017f00000103e803e9000f0000") + b"hello\n\n"
open("cap1.pcap", "wb").write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
END
has oggenc && sample tone.ogg oggenc -Q -s 1 -o tone.ogg tone.wav || echo tone.ogg
has lame && sample tone.mp3 lame --quiet tone.wav tone.mp3 || echo tone.mp3
has ffmpeg && sample a.mp4 ffmpeg -v error -f lavfi -i testsrc=duration=1:size=64x64:rate=5 -bitexact a.mp4 || echo a.mp4
has zip && sample a.zip zip -qX a.zip a.json dir/x.txt || echo a.zip
has cpio && sample a.cpio sh -c 'printf "a.json\n" | cpio -o --quiet >a.cpio' || echo a.cpio
has gcab && sample a.cab gcab -n -c a.cab a.json || echo a.cab
has jlha && sample a.lzh jlha a a.lzh a.json || echo a.lzh
has mkfs.fat && sample a.fat mkfs.fat -C a.fat 1440 -i 12345678 --invariant || echo a.fat
has mke2fs && sample a.ext4 mke2fs -q -F -d dir a.ext4 2M || echo a.ext4
has genisoimage && sample a.iso genisoimage -quiet -o a.iso dir || echo a.iso
truncate -s 320M big.img
truncate -s 4M disk.img
! has sfdisk || echo 'label: gpt
label-id: 00000000-0000-0000-0000-000000000001
size=1M, uuid=00000000-0000-0000-0000-000000000002' | sfdisk -q disk.img >&2
has ncgen && sample a.nc ncgen -k nc3 -o a.nc a.cdl || echo a.nc
has ncgen && sample a.h5 ncgen -k nc4 -o a.h5 a.cdl || echo a.h5
has pandoc && sample a.odt pandoc -o a.odt a.md || echo a.odt
has svnadmin && sample svnrepo svnadmin create svnrepo || echo svnrepo
has ci && { echo x >r.txt; mkdir -p RCS; } || echo r.txt
has certutil && mkdir nssdb && sample nssdb certutil -N -d sql:nssdb --empty-password || echo nssdb
has age-keygen && sample a.age sh -c 'age-keygen -o age.key && age -R /dev/stdin -o a.age a.json <<E
$(age-keygen -y age.key)
E' || echo a.age age.key | tr ' ' '\n'
has glslangValidator && sample a.spv glslangValidator -V -o a.spv a.vert || echo a.spv
has wat2wasm && sample a.wasm wat2wasm a.wat -o a.wasm || echo a.wasm
has iverilog && sample a.vvp iverilog -o a.vvp a.v || echo a.vvp
if has gcc; then
    sample hello gcc -g -Wl,-rpath,/nowhere -o hello hello.c
    sample static gcc -static -o static hello.c
    printf 'int f(void) { return 1; }\n' >f.c
    sample a.o gcc -fPIC -c -o a.o f.c
fi
has javac && sample hi.jar sh -c 'mkdir -p jar && javac -d jar Hi.java && printf "Main-Class: Hi\n" >m.mf && jar -c -f hi.jar -m m.mf -C jar .' || echo hi.jar
[ -x /usr/lib/postgresql/15/bin/initdb ] && mkdir -p pgdata && chown -R nobody pgdata && sample pgdata setpriv --reuid nobody --clear-groups /usr/lib/postgresql/15/bin/initdb -A trust -N -D pgdata || echo pgdata
has mariadbd && mkdir -p mysql/mysql && mkdir -p mysql/test || echo mysql
has nekoc && sample a.n nekoc a.neko || echo a.n
has fc-match && [ -e "$(fc-match -f '%{file}' DejaVuSans:style=Book)" ] && cp "$(fc-match -f '%{file}' DejaVuSans:style=Book)" a.ttf || echo a.ttf
has ogr2ogr && sample shp ogr2ogr -f 'ESRI Shapefile' shp a.geojson || echo shp
mv a.i.y yorick.i
