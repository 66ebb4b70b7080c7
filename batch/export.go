package batch

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"yizheng/license"
)

// Listed is one license that may go into an export.
type Listed struct {
	Identifier license.Identifier // of its current version
	Number     string
	Industry   string
	IssuedAt   time.Time
}

// Filter says which licenses go into an export. The zero Filter takes all.
type Filter struct {
	From, Until license.Date // days of issue of the current version, both included; zero is open
	Industry    string
	Identifiers map[string]bool // of licenses, without version, or their numbers; nil for all
}

// Takes says whether a license goes into the export.
func (f Filter) Takes(l Listed) bool {
	day := license.DateOf(l.IssuedAt)
	return day >= f.From && (f.Until.IsZero() || day <= f.Until) &&
		(f.Industry == "" || f.Industry == l.Industry) &&
		(f.Identifiers == nil || f.Identifiers[l.Identifier.Base()] || f.Identifiers[l.Number])
}

// Export writes the documents of the licenses into a zip archive, each under
// its number and version, in the order in which they come. Documents are made
// by several at once, and a few of them are in memory at a time; the same
// licenses give the same archive. It gives how many it wrote.
func Export(ctx context.Context, w io.Writer, licenses iter.Seq2[Listed, error], f Filter, workers int,
	document func(ctx context.Context, identifier string) ([]byte, error), progress func(Event)) (count int, err error) {
	next, stop := iter.Pull2(licenses)
	defer stop()
	type made struct {
		of      Listed
		content []byte
	}
	out := zip.NewWriter(w)
	meter := newMeter(progress, "exporting", nil, 0)
	err = inOrder(ctx, max(1, workers), func() (Listed, error) {
		for {
			l, err, ok := next()
			if !ok {
				return l, io.EOF
			}
			if err != nil || f.Takes(l) {
				return l, err
			}
		}
	}, func(ctx context.Context, l Listed) (made, error) {
		content, err := document(ctx, l.Identifier.String())
		if err != nil {
			return made{}, fmt.Errorf("exporting %s: %w", l.Number, err)
		}
		return made{l, content}, nil
	}, func(m made) error {
		// A PDF is compressed already.
		to, err := out.CreateHeader(&zip.FileHeader{Name: documentName(m.of), Method: zip.Store, Modified: m.of.IssuedAt.UTC()})
		if err == nil {
			_, err = to.Write(m.content)
		}
		if err != nil {
			return fmt.Errorf("writing the archive: %w", err)
		}
		count++
		meter.moved(count, 0)
		return nil
	})
	if err = errors.Join(err, out.Close()); err == nil {
		meter.ended(count, 0)
	}
	return count, err
}

func documentName(l Listed) string {
	return fmt.Sprintf("%s-%03d.pdf", l.Number, l.Identifier.Version)
}
