// Package schemas holds JSON Schemas (draft 2020-12) of every JSON document
// that others read. They refer to each other by their file names, so they work
// from a folder as well as from where they are served.
//
// What is signed is closed: a member that a schema does not know is refused,
// as verifiers refuse it. What a server answers is open, as members may be
// added.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed *.json
var files embed.FS

// Files gives the schemas, one file each.
func Files() fs.FS { return files }

// Read gives the schema with the file name; the error is [fs.ErrNotExist]
// where there is none.
func Read(name string) ([]byte, error) { return files.ReadFile(name) }
