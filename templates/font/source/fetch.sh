#!/bin/sh
# Fetches the packages that the fonts are made from into a folder outside the
# project. It needs npm, and apt-get and dpkg for the one Debian package.
#
#	sh source/fetch.sh /tmp/yizheng-fonts && go generate
set -eu

to=${1:?usage: fetch.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$to"

(cd "$work" && apt-get download fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb noto)
cp "$work"/noto/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc \
   "$work"/noto/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc "$to"

cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work"
(cd "$work" && npm ci --silent)
cp "$work"/node_modules/@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf "$to"
