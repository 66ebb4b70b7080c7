package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"yizheng/payload"
	"yizheng/scan"
)

// input is what is to be verified: the text of one code, and the PDF in which
// it was found.
type input struct {
	text string
	pdf  []byte
}

// readInput takes the argument for a file where there is one of that name, or
// where it looks like a file's, and for the text of a code otherwise.
func (c *console) readInput(ctx context.Context, argument string) (input, error) {
	if argument == "-" {
		raw, err := capped(c.stdin, scan.MaxSize)
		if err != nil {
			return input{}, &failure{exit: exitUsage, file: "-", reason: "input_unreadable", err: err}
		}
		return c.sniff(ctx, "-", raw)
	}
	if strings.Contains(argument, "://") {
		return input{text: argument}, nil
	}
	if _, err := os.Stat(argument); err != nil && !looksLikeFile(argument) {
		return input{text: argument}, nil
	}
	raw, err := readLimited(argument, scan.MaxSize)
	if err != nil {
		return input{}, err
	}
	return c.sniff(ctx, argument, raw)
}

var pictureEndings = []string{".png", ".jpg", ".jpeg", ".pdf"}

func looksLikeFile(argument string) bool {
	ending := strings.ToLower(filepath.Ext(argument))
	return ending == ".txt" || slices.Contains(pictureEndings, ending)
}

// sniff goes by the content, not by the name: a file may be called anything.
func (c *console) sniff(ctx context.Context, name string, raw []byte) (input, error) {
	refuse := func(reason string, err error) (input, error) {
		return input{}, &failure{exit: exitUsage, file: name, reason: reason, err: err}
	}
	isPDF := scan.IsPDF(raw)
	isPicture := bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(raw, []byte("\xff\xd8\xff"))
	switch {
	case len(raw) == 0:
		return refuse("file_empty", errors.New("there is nothing in it"))
	case !isPDF && !isPicture && slices.Contains(pictureEndings, strings.ToLower(filepath.Ext(name))):
		return refuse("file_damaged", scan.ErrFormat)
	case !isPDF && !isPicture && (!utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0):
		return refuse("file_format", errors.New("neither text nor a PNG or JPEG picture or a PDF document"))
	case !isPDF && !isPicture:
		return input{text: string(bytes.TrimPrefix(raw, []byte("\ufeff")))}, nil
	}
	var in input
	if isPDF {
		in.pdf = raw
	}
	read, err := readingApart(slog.New(slog.DiscardHandler)) // what it would say is said here
	if err != nil {
		return input{}, err
	}
	texts, err := read(ctx, raw)
	switch {
	case errors.Is(err, scan.ErrNoCode):
		return in, nil // the verifier says what an input without a code is
	case errors.Is(err, scan.ErrTooLarge):
		return refuse("file_too_large", err)
	case errors.Is(err, scan.ErrBusy), ctx.Err() != nil:
		return input{}, err
	case err != nil && isPDF:
		return refuse("file_damaged", fmt.Errorf("the document is damaged or was altered, and proves nothing: %w", err))
	case err != nil:
		return refuse("file_damaged", err)
	}
	in.text, err = oneCode(texts)
	if err != nil {
		return refuse("several_codes", err)
	}
	return in, nil
}

// oneCode chooses the code to verify: a license hangs among codes for paying
// and the like. Two licenses in one picture are two questions.
func oneCode(texts []string) (string, error) {
	var ours []string
	for _, text := range texts {
		if _, _, err := payload.Find(text); !errors.Is(err, payload.ErrNotACode) && !slices.Contains(ours, text) {
			ours = append(ours, text)
		}
	}
	switch {
	case len(ours) > 1:
		return "", fmt.Errorf("there are codes of %d licenses in it; show one at a time", len(ours))
	case len(ours) == 1:
		return ours[0], nil
	case len(texts) > 0:
		return texts[0], nil
	}
	return "", nil
}

// readLimited reads a file whole, or refuses it: folders, devices, and what is
// larger than limit bytes. A pipe is read like a file.
func readLimited(path string, limit int64) ([]byte, error) {
	raw, err := func() ([]byte, error) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			return nil, errors.New("is a folder")
		}
		if mode := info.Mode(); !mode.IsRegular() && mode&fs.ModeNamedPipe == 0 {
			return nil, errors.New("is not a file")
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return capped(f, limit)
	}()
	if err != nil {
		reason := "file_unreadable"
		if errors.Is(err, fs.ErrNotExist) {
			reason = "file_not_found"
		} else if errors.Is(err, scan.ErrTooLarge) {
			reason = "file_too_large"
		}
		return nil, &failure{exit: exitUsage, file: path, reason: reason, err: err}
	}
	return raw, nil
}

func capped(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", scan.ErrTooLarge, limit)
	}
	return raw, err
}
