package batch

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Manifest is the name of the archive's list of what is in it.
const Manifest = "清单 manifest.csv"

var manifestHeadings = []string{"file 文件", "identifier 证照标识", "number 行业综合许可证编号", "industry 行业", "holder 企业名称", "issued 制发时间", "bytes 字节数", "sha256"}

// Export writes the documents of the licenses into a zip archive, in the order
// in which they come, and a list of them with their digests as the last file.
// Each stands in its industry's folder under number, version and holder.
// Documents are made by several at once, and a few of them are in memory at a
// time; the same licenses give the same archive. It gives how many it wrote.
func Export(ctx context.Context, w io.Writer, licenses iter.Seq2[Listed, error], f Filter, workers int,
	document func(ctx context.Context, identifier string) ([]byte, error), progress func(Event)) (count int, err error) {
	next, stop := f.taken(licenses)
	defer stop()
	list, err := newManifest()
	if err != nil {
		return 0, err
	}
	defer func() { err = joined(err, list.discard()) }()
	type made struct {
		of      Listed
		content []byte
	}
	out := zip.NewWriter(w)
	meter := newMeter(progress, "exporting", nil, 0)
	err = inOrder(ctx, max(1, workers), next, func(ctx context.Context, l Listed) (made, error) {
		content, err := document(ctx, l.Identifier.String())
		if err != nil {
			return made{}, fmt.Errorf("exporting %s: %w", l.Number, err)
		}
		return made{l, content}, nil
	}, func(m made) error {
		// A PDF is compressed already.
		name := documentName(m.of)
		to, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: m.of.IssuedAt.UTC()})
		if err == nil {
			_, err = to.Write(m.content)
		}
		if err == nil {
			err = list.add(name, m.of, m.content)
		}
		if err != nil {
			return fmt.Errorf("writing the archive: %w", err)
		}
		count++
		meter.moved(count, 0)
		return nil
	})
	if err == nil {
		err = list.into(out)
	}
	if err = errors.Join(err, out.Close()); err == nil {
		meter.ended(count, 0)
	}
	return count, err
}

// maxHolder is how much of a holder's name stands in a file's name, in
// characters: few file systems take more than 255 bytes.
const maxHolder = 40

func documentName(l Listed) string {
	return fmt.Sprintf("%s/%s-%03d %s.pdf", plainName(l.Industry), l.Number, l.Identifier.Version, plainName(l.Holder))
}

// plainName leaves out what some file system does not take in a name.
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxHolder {
		s = string(runes[:maxHolder])
	}
	return strings.Trim(s, " .")
}

// manifest gathers its lines in a temporary file: an archive is written from
// its beginning to its end, one file after the other.
type manifest struct {
	spool  *os.File
	buffer *bufio.Writer
	lines  *csv.Writer
	newest time.Time // when the newest of the documents was issued
}

func newManifest() (*manifest, error) {
	spool, err := os.CreateTemp("", "yizheng-manifest-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	m := &manifest{spool: spool, buffer: bufio.NewWriter(spool)}
	_, _ = m.buffer.WriteString(byteOrderMark) // Flush has its error
	m.lines = csv.NewWriter(m.buffer)
	return m, m.lines.Write(manifestHeadings)
}

func (m *manifest) add(name string, l Listed, content []byte) error {
	digest := sha256.Sum256(content)
	if l.IssuedAt.After(m.newest) {
		m.newest = l.IssuedAt
	}
	return m.lines.Write([]string{inert(name), l.Identifier.String(), l.Number, inert(l.Industry), inert(l.Holder),
		l.IssuedAt.UTC().Format(time.RFC3339), strconv.Itoa(len(content)), hex.EncodeToString(digest[:])})
}

// into writes the list into the archive.
func (m *manifest) into(out *zip.Writer) error {
	m.lines.Flush()
	if err := errors.Join(m.lines.Error(), m.buffer.Flush()); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	if _, err := m.spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	// It has no time of its own, so that the same licenses give the same archive.
	to, err := out.CreateHeader(&zip.FileHeader{Name: Manifest, Method: zip.Deflate, Modified: m.newest.UTC()})
	if err == nil {
		_, err = io.Copy(to, m.spool)
	}
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}

func (m *manifest) discard() error { return errors.Join(m.spool.Close(), os.Remove(m.spool.Name())) }
