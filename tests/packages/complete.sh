#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves containers/packages.txt complete: a minimal Debian root with nothing but a clone in it builds the program and
# passes every test. Exit code 77 (skipped) where no such root can be made.
set -eu
source=$1
skip() {
    echo "SKIPPED: $1"
    exit 77
}
command -v mmdebstrap >/dev/null || skip "no mmdebstrap"
[ "$(id -u)" -eq 0 ] || skip "needs root"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git -C "$source" -c safe.directory='*' ls-files -z | tar -C "$source" --null -T - -cf "$scratch/source.tar"
debian=/etc/apt/sources.list.d/debian.sources
[ -f "$debian" ] || debian=/etc/apt/sources.list

# A root without /usr/share/doc and man pages, as slim images are; made in one go, so that /proc and /dev are there.
# shellcheck disable=SC2016 # $1 is the root, for mmdebstrap's own shell
mmdebstrap --variant=minbase --format=null \
    --customize-hook='touch '"$scratch"'/made' \
    --customize-hook='mkdir "$1/project"' \
    --customize-hook='tar -C "$1/project" -xf '"$scratch"'/source.tar' \
    --customize-hook='chroot "$1" /project/dev test' \
    --customize-hook='chroot "$1" /project/build/overflight info' \
    bookworm - "$debian" || {
    [ -e "$scratch/made" ] || skip "no minimal root could be made (no package mirror?)"
    exit 1
}
