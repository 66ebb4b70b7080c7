package main

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"yizheng/batch"
	"yizheng/license"
)

// readIdentifiers reads the licenses of a file, a line each: identifiers of
// any version, or numbers.
func readIdentifiers(path string) (map[string]bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usage("file_unreadable", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	named := map[string]bool{}
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(in.Text(), "\uFEFF"))
		if id, err := license.ParseIdentifier(line); err == nil {
			line = id.Base()
		}
		if line != "" {
			named[line] = true
		}
		if len(named) > batch.MaxRows {
			return nil, usage("list", fmt.Errorf("%s names more than %d licenses", path, batch.MaxRows))
		}
	}
	if err := in.Err(); err != nil {
		return nil, usage("file_unreadable", err)
	}
	return named, nil
}

// listedAtOnce is how many licenses are read from the register at a time.
const listedAtOnce = 500

// listed gives every license that was not withdrawn.
func (d *deployment) listed(ctx context.Context) iter.Seq2[batch.Listed, error] {
	return func(yield func(batch.Listed, error) bool) {
		for after := ""; ; {
			found, err := d.store.After(ctx, after, listedAtOnce)
			if err != nil {
				yield(batch.Listed{}, err)
				return
			}
			for _, f := range found {
				after = f.Identifier
				id, err := license.ParseIdentifier(f.Identifier)
				if f.State != license.Valid && err == nil {
					continue
				}
				if !yield(batch.Listed{Identifier: id, Number: f.Number, Holder: f.Holder, Industry: f.Industry,
					IssuedAt: f.IssuedAt, KeyID: f.KeyID, Catalogue: f.Catalogue}, err) {
					return
				}
			}
			if len(found) < listedAtOnce {
				return
			}
		}
	}
}
