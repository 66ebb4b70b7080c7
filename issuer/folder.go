package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Folder writes what is published as files that any web server can serve:
// DIR/<number>.jwt for each status list, DIR/records/<license>.jwt for each
// license record, and DIR/closing/<digest> for each part of a closing list. The
// register has the originals; the folder can be deleted and written again.
type Folder struct {
	dir string
}

// NewFolder names the folder. It is made when it is first written to.
func NewFolder(dir string) Folder { return Folder{dir: dir} }

// Write brings the folder up to what is published, whatever it holds: a file
// that is right is left alone, and one that a crash left behind is replaced.
// It gives how many files it wrote. Several may write at once: what one wrote it
// compares once more, since another may have published and written in between.
func (f Folder) Write(ctx context.Context, published Lists) (written int, _ error) {
	records := filepath.Join(f.dir, "records")
	if err := os.MkdirAll(records, 0o755); err != nil {
		return 0, fmt.Errorf("making the status folder: %w", err)
	}
	last, err := f.writeOnce(ctx, published, func(string) bool { return true })
	written = len(last)
	for err == nil && len(last) > 0 {
		before := last
		last, err = f.writeOnce(ctx, published, func(path string) bool { return before[path] })
	}
	if err != nil {
		return written, fmt.Errorf("writing the status folder: %w", err)
	}
	if written == 0 {
		return 0, nil
	}
	return written, errors.Join(syncFolder(f.dir), syncFolder(records))
}

// writeOnce writes those of the files that are wanted and are not what is
// published, and says which.
func (f Folder) writeOnce(ctx context.Context, published Lists, wanted func(path string) bool) (written map[string]bool, _ error) {
	written = map[string]bool{}
	put := func(path, token string) error {
		if !wanted(path) {
			return nil
		}
		changed, err := replace(path, []byte(token))
		if changed {
			written[path] = true
		}
		return err
	}
	err := published.EachList(ctx, func(number uint32, p Published) error {
		return put(filepath.Join(f.dir, strconv.FormatUint(uint64(number), 10)+".jwt"), p.Token)
	})
	if err == nil {
		err = published.EachRecord(ctx, func(base string, p Published) error {
			return put(filepath.Join(f.dir, "records", base+".jwt"), p.Token)
		})
	}
	if err == nil {
		err = published.EachClosingPart(ctx, func(digest string, content []byte) error {
			if err := os.MkdirAll(filepath.Join(f.dir, "closing"), 0o755); err != nil {
				return err
			}
			return put(filepath.Join(f.dir, "closing", digest), string(content))
		})
	}
	return written, err
}

// replace puts content at path in one step, and leaves a file that has it
// already as it is.
func replace(path string, content []byte) (changed bool, _ error) {
	have, err := os.ReadFile(path)
	if err == nil && string(have) == string(content) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temporary.Name()) // it is gone once it was renamed
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err != nil {
		return false, err
	}
	return true, os.Rename(temporary.Name(), path)
}

// syncFolder puts the names of a folder's files on the disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing a folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
