# What makes the programs and libraries of the battery. A case is a line after this.
#
#   so FILE FLAGS        a library whose SONAME is its file name, like no other
#   app FLAGS            the program, in the root where there is one
#   root                 a root of its own, with the C library for what CC makes: the program goes there
#   $R and $U            begin an RPATH and a RUNPATH
#   byte FILE AT OCTAL   changes a byte
#   tag FILE OLD NEW     changes the number of a dynamic tag
#   untyped FILE TYPE    makes PT_NULL of each program header of a type
#   weak FILE VERSION    makes a needed version weak
#   noted LIST FLAGS     the program in a root, with NixOS' note that libx.so is at LIST, and the one of /opt/a in its
#                        RUNPATH; `store LIST` the same with the loader in a Nix store
set -e
R=-Wl,--disable-new-dtags,-rpath,
U=-Wl,--enable-new-dtags,-rpath,
LINK=-Wl,--no-as-needed,--allow-shlib-undefined
CC=${CC:-gcc}
out=.
echo 'int main(void) { return 0; }' >main.c
so() { file=$1; shift; mkdir -p "$(dirname "$file")"
    printf '__attribute__((used)) static const char place[] = "%s";' "$file" >place.c
    $CC -shared -fPIC -nostdlib $LINK,-soname,"$(basename "$file")" -o "$file" place.c "$@" 2>>log; }
app() { $CC main.c $LINK -o "$out/app" "$@" 2>>log; }
root() { out=root; mkdir -p root/etc root/opt root/usr/lib root/lib64 root/lib/x86_64-linux-gnu
    if [ $CC = musl-gcc ]; then cp -L /lib/ld-musl-x86_64.so.1 root/lib; return; fi
    from=/usr/${CC%-gcc}/lib
    if [ $CC != gcc ]; then cp -L "$from"/ld*.so.? "$from/libc.so.6" root/lib; return; fi
    cp -L /lib64/ld-linux-x86-64.so.2 root/lib64; cp -L /lib/x86_64-linux-gnu/libc.so.6 root/lib/x86_64-linux-gnu; }
byte() { printf "\\$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
tag() { python3 -c '
import struct, sys
name, old, new = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3], 0)
data = bytearray(open(name, "rb").read())
start, size, count = *struct.unpack_from("<32xQ", data), *struct.unpack_from("<54xHH", data)
for header in range(start, start + size * count, size):
    kind, offset, length = struct.unpack_from("<I4xQ16xQ", data, header)
    for at in range(offset, offset + length, 16) if kind == 2 else ():
        if struct.unpack_from("<Q", data, at)[0] == old:
            struct.pack_into("<Q", data, at, new)
open(name, "wb").write(data)' "$@"; }
untyped() { python3 -c '
import struct, sys
name, kind = sys.argv[1], int(sys.argv[2])
data = bytearray(open(name, "rb").read())
start, size, count = *struct.unpack_from("<32xQ", data), *struct.unpack_from("<54xHH", data)
for header in range(start, start + size * count, size):
    if struct.unpack_from("<I", data, header)[0] == kind:
        struct.pack_into("<I", data, header, 0)
open(name, "wb").write(data)' "$@"; }
weak() { python3 -c '
import struct, sys
name, version = sys.argv[1], sys.argv[2].encode()
data, hashed = bytearray(open(name, "rb").read()), 0
for byte in version:
    hashed = (hashed << 4) + byte
data[data.index(struct.pack("<IH", hashed, 0)) + 4] = 2
open(name, "wb").write(data)' "$@"; }
noted() { list=$1; shift; root; so root/opt/a/libx.so; so root/opt/b/libx.so
    echo ".section .note.nixos.ldcache, \"a\", %note
    .balign 4; .long 6, 2f - 1f, 0x63a86cb6; .asciz \"NixOS\"; .balign 4
    1: .asciz \"libx.so\"; .asciz \"$list\"; .byte 0; 2: .balign 4" >note.s
    app $U/opt/a note.s root/opt/a/libx.so "$@"; }
store() { glibc=nix/store/x-glibc/lib; mkdir -p root/$glibc; cp -L /lib64/ld-linux-x86-64.so.2 root/$glibc
    noted "$1" -Wl,--dynamic-linker=/$glibc/ld-linux-x86-64.so.2; }
