package main

import (
	"io/fs"
	"os"
	"strings"

	"yizheng/trust"
)

// ownTrust is where a node writes what it has fetched and stated: the trust
// file itself; but where that is a link to what a platform hands over, a file
// beside it, so that what is handed over later is seen as well.
func ownTrust(trustFile string) string {
	if info, err := os.Lstat(trustFile); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return strings.TrimSuffix(trustFile, ".json") + ".own.json"
	}
	return trustFile
}

// withOwn adds to what a trust file holds what the node itself wrote beside it,
// signer by signer the newer. What rests on other roots, or cannot be read, is
// left: the node fetches and states it again.
func withOwn(trustFile string, given *trust.Bundle) *trust.Bundle {
	beside := ownTrust(trustFile)
	if beside == trustFile || !exists(beside) {
		return given
	}
	own, err := readBundle(beside)
	if err != nil || !sameAnchor(own, given) {
		return given
	}
	if both, err := given.Update(own.Published()); err == nil {
		return both
	}
	return given
}
