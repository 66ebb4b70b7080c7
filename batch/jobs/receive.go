package jobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"yizheng/batch"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
)

// Order says what is to be done with a file, and for whom.
type Order struct {
	Key          string // idempotency key: of the same file and order, one job
	Work         string // Issue or Status
	Format       batch.Format
	Subject      string // who hands it in
	Authority    string // and for whom: the issuing office, or a department whose acts these are
	SkipFaulty   bool
	ValidateOnly bool
}

// pieceSize is how much of a file is kept in one row.
const pieceSize = 512 << 10

// Receive takes a file in and gives its job. A file that cannot be read as a
// whole is license.Faults. The same file and order under one key are one job,
// told again as repeated; another file or order under it is a fault of the
// reason idempotency_key_reused.
func (j *Jobs) Receive(ctx context.Context, body io.Reader, o Order) (Job, error) {
	folder, err := j.folder("receiving-")
	if err != nil {
		return Job{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is removed when the node starts again
	path := filepath.Join(folder, "rows."+string(o.Format))
	if err := save(path, body); err != nil {
		return Job{}, err
	}
	file, err := look(path, o.Work)
	if err != nil {
		return Job{}, nameless(err)
	}
	b := register.BatchJob{
		Key: o.Key, Work: o.Work, Format: string(o.Format), SHA256: file.SHA256, Size: file.Size, Subject: o.Subject, Authority: o.Authority,
		SkipFaulty: o.SkipFaulty, ValidateOnly: o.ValidateOnly, CreatedAt: j.now(),
	}
	b.Hash = sha256.Sum256(fmt.Appendf(nil, "batch job 1\n%q %q %q %t %t %q", b.Work, b.Format, b.SHA256, b.SkipFaulty, b.ValidateOnly, b.Authority))
	kept, err := j.c.Store.BatchJobByKey(ctx, o.Key)
	if errors.Is(err, issuer.ErrNotFound) {
		if b.ID, err = j.draw(); err != nil {
			return Job{}, err
		}
		if err = j.keep(ctx, b.ID, "", register.BatchInput, path); err == nil {
			kept, err = j.c.Store.AddBatchJob(ctx, b, actor(o.Work, o.Subject, o.Authority).String())
		}
	}
	if err != nil {
		return Job{}, err
	}
	if kept.Hash != b.Hash {
		return Job{}, license.Faults{{Reason: "idempotency_key_reused",
			Message: "this Idempotency-Key was used for another request", MessageZH: "该幂等键已用于另一请求"}}
	}
	j.wake()
	told, err := j.told(ctx, kept)
	told.Repeated = kept.ID != b.ID
	return told, err
}

func (j *Jobs) wake() {
	select {
	case j.woken <- struct{}{}:
	default: // somebody is told already
	}
}

// folder makes a new folder within the node's own.
func (j *Jobs) folder(name string) (string, error) {
	if err := os.MkdirAll(j.c.Folder, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for batches: %w", err)
	}
	path, err := os.MkdirTemp(j.c.Folder, name)
	if err != nil {
		return "", fmt.Errorf("making a folder: %w", err)
	}
	return path, nil
}

func save(path string, body io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("taking the file in: %w", err)
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("taking the file in: %w", err)
	}
	return nil
}

// look opens a file and reads its heading, so that what is wrong with it as a
// whole is said at once.
func look(path, work string) (*batch.File, error) {
	open := batch.Open
	if work == Status {
		open = batch.OpenActs
	}
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	rows, err := file.Rows()
	if err != nil {
		return nil, err
	}
	return file, rows.Close()
}

// nameless takes the path of a file of ours out of what is wrong with it.
func nameless(err error) error {
	var faults license.Faults
	if !errors.As(err, &faults) {
		return err
	}
	named := make(license.Faults, len(faults))
	for n, f := range faults {
		f.File = ""
		named[n] = f
	}
	return named
}

// keep puts a file into the store, piece by piece. owner is who works on the
// job; nobody yet when the file is the input.
func (j *Jobs) keep(ctx context.Context, id, owner, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	piece := make([]byte, pieceSize)
	for part := 0; ; part++ {
		n, err := io.ReadFull(f, piece)
		if errors.Is(err, io.EOF) && part > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("keeping %s: %w", name, err)
		}
		if err := j.c.Store.PutBatchPart(ctx, id, owner, name, part, piece[:n], j.now()); err != nil {
			return err
		}
		if n < len(piece) {
			return nil
		}
	}
}
