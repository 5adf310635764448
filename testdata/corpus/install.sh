#!/bin/sh
# Installs what programs.tsv names beside packages of the distribution: wheels, each in a venv of its own; packages of
# npm, each in a directory of its own; and programs that build.sh builds. What is there stays as it is.
#
#   testdata/corpus/install.sh DIRECTORY [light]
#
# What cannot be had is named, and left out.
set -u
umask 022
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
target=$(cd "$1" && pwd)
only=${2-}

# The words of the set-up column that begin with $1, without it.
wanted() {
    grep -v '^#' "$here/programs.tsv" | cut -f 4 | { [ -z "$only" ] && cat || grep -w light; } |
        tr ' ' '\n' | sed -n "s/^$1://p" | sort -u
}

# Makes the directory $1/$2 with what follows, whole or not at all.
make() {
    kind=$1 name=$2
    shift 2
    [ ! -e "$target/$kind/$name" ] || return 0
    mkdir -p "$target/$kind"
    "$@" >"$target/$kind/$name.log" 2>&1 || {
        echo "set-up: the corpus goes on without $kind $name: $(tail -n 1 "$target/$kind/$name.log")" >&2
        rm -rf "${target:?}/$kind/$name"
        return 0
    }
    rm -f "$target/$kind/$name.log"
}

wheel() {
    /usr/bin/python3 -m venv --without-pip "$target/pypi/$1" &&
        pip -q --python "$target/pypi/$1/bin/python" install --no-compile --only-binary :all: "$2"
}

node_package() {
    npm install --silent --no-fund --no-audit --ignore-scripts --prefix "$target/npm/$1" "$2"
}

build() {
    mkdir -p "$target/built/$1" && cd "$target/built/$1" &&
        CORPUS=$target PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH sh -eu "$here/build.sh" "$1"
}

# The version that was tried stands behind `==`, the package's name behind `=` where it differs from the directory's.
for item in $(wanted pypi); do
    package=${item%%==*}
    make pypi "$package" wheel "$package" "$item"
done
for item in $(wanted npm); do
    make npm "${item%%=*}" node_package "${item%%=*}" "${item#*=}"
done
for item in $(wanted built); do
    make built "$item" build "$item"
done
