package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"yizheng/trust"
)

// seenFile names the file that remembers sequences. They belong to the roots
// that stand behind them: two trust files of the same roots share one.
func seenFile(dir string, bundle *trust.Bundle) string {
	var prints []string
	for _, r := range bundle.Anchor.Roots {
		prints = append(prints, r.Fingerprint())
	}
	slices.Sort(prints)
	sum := sha256.Sum256([]byte(strings.Join(prints, "")))
	return filepath.Join(dir, "seen-"+hex.EncodeToString(sum[:8])+".json")
}

// readSeen refuses a damaged file: to pass over it would be to forget.
func readSeen(dir string, bundle *trust.Bundle) (map[string]uint64, error) {
	path := seenFile(dir, bundle)
	refuse := func(err error) (map[string]uint64, error) {
		return nil, &failure{exit: exitUsage, file: path, reason: "state_unreadable", err: err}
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return refuse(err)
	}
	var seen map[string]uint64
	if err := json.Unmarshal(raw, &seen); err != nil {
		return refuse(err)
	}
	return seen, nil
}

// writeSeen keeps the highest of what was seen now and what another run may
// have written in the meantime.
func writeSeen(dir string, bundle *trust.Bundle, seen map[string]uint64) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return usage("state_unwritable", err)
	}
	before, err := readSeen(dir, bundle)
	if err != nil {
		return err
	}
	merged := make(map[string]uint64, len(seen))
	for _, from := range []map[string]uint64{before, seen} {
		for subject, n := range from {
			merged[subject] = max(merged[subject], n)
		}
	}
	raw, err := json.MarshalIndent(merged, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	if err := writeFile(seenFile(dir, bundle), append(raw, '\n'), 0o600); err != nil {
		return usage("state_unwritable", err)
	}
	return nil
}
