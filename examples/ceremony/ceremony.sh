#!/bin/sh
# The ceremony of a root of which three people hold a key each and two must
# sign. Each block is done on another machine; what goes from one to the other
# is a file. Run it in an empty folder:  sh ceremony.sh
set -eu

# Each holder makes a key, and hands over holder-N.jwk.pub.
for n in 1 2 3; do yizheng trust key --out holder-$n.jwk; done
# So does the machine that serves: its key can say no more than that documents still count.
yizheng trust key --online --out online.jwk

# The office that keeps the folder makes it of the public halves.
yizheng trust create --root root --name shanghai --title 上海市信任根 --territory 31 --threshold 2 --days 7 \
  --public holder-1.jwk.pub --public holder-2.jwk.pub --public holder-3.jwk.pub --online online.jwk.pub
cp online.jwk root/online.jwk # it serves as well, here; elsewhere: trust publish --trust

# It writes each document for people to read.
for kind in root list policy authorities; do
  yizheng trust prepare $kind --root root --out $kind.json
done

# The holders read them, read the digests out to each other, and sign.
digest() { sed -n 's/.*"sha256": "\([0-9a-f]*\)".*/\1/p' "$1"; }
for kind in root list policy authorities; do
  for n in 1 3; do
    yizheng trust sign $kind.json --key holder-$n.jwk --digest "$(digest $kind.json)" --out $kind.$n.jws
  done
  yizheng trust combine $kind.1.jws $kind.3.jws --out $kind.jws
  yizheng trust check $kind.jws --root root
done

# The office publishes, and tells everybody the fingerprint.
yizheng trust publish root.jws list.jws policy.jws authorities.jws --root root
yizheng trust anchor --root root --out anchor.json
