// Package batch does with many licenses what issuer does with one: it issues
// them from a file, acts on their permits, issues them anew and gives their
// documents out. Memory is bounded whatever the size of the file; all cores
// are used; and whatever stops a run, the next one goes on where it was.
//
// A file is read twice: [Validate] looks at every row before anything is
// issued, and [Issue] issues. Both take a [File] from [Open].
package batch

import (
	"context"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
)

// Issuer is what a batch needs of the issuer. It is called by several
// goroutines at once.
type Issuer interface {
	// CheckEach says what is wrong with each application by itself, and writes
	// nothing.
	CheckEach(ctx context.Context, apps []catalog.Application) ([]license.Faults, error)
	// Issue issues all of the applications or none; the same request under
	// the same key gives the same licenses for ever.
	Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error)
}

var _ Issuer = (*issuer.Issuer)(nil)

// Limits of what is read. A row is one application: a line of JSON, or the
// neighbouring lines of a table with one key.
const (
	MaxRows     = 1_000_000
	MaxFile     = 4 << 30   // octets, of an XLSX file when it is unpacked
	MaxWorkbook = 512 << 20 // octets of an XLSX file as it lies on the disk, all of which is read into memory
	maxLine     = catalog.MaxApplication
	maxColumns  = 100
)

// fault makes a fault of one row.
func fault(field, reason, message, messageZH string) license.Fault {
	return license.Fault{Field: field, Reason: reason, Message: message, MessageZH: messageZH}
}

// refused makes the error for a file that cannot be read as a whole.
func refused(name, reason, message, messageZH string) error {
	return license.Faults{{File: name, Reason: reason, Message: message, MessageZH: messageZH}}
}
