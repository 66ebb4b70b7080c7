// Package apart reads pictures and documents in a process of its own. The readers
// of PDF and of pictures are not ours, and the files are anybody's: one that has
// them recurse for ever, or unpack without end, ends that process, which holds
// nothing and has bounds of its own, and not the one that serves. Start with
// [Reader]; what it starts calls [Serve].
package apart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"time"

	"yizheng/scan"
)

// The bounds of a process.
const (
	maxTime   = 20 * time.Second // of the processor
	maxWait   = 25 * time.Second // by the clock; an answer is to be given in time after an upload that took long
	maxStack  = 16 << 20         // bytes, of one goroutine
	maxMemory = 512 << 20        // bytes of address space; a scan of several pages takes twice what its heaviest picture does
	maxAnswer = 1 << 20          // bytes, of what it writes
)

// Reader starts a process for each file.
type Reader struct {
	Program string   // its file
	Args    []string // with which it calls [Serve]; the first is its name
	Log     *slog.Logger
}

// Read is [scan.Read] in a process of its own. A file that it needs too much memory
// or time for is [scan.ErrTooLarge]; where no process can be started, the error is
// [scan.ErrBusy].
func (r Reader) Read(ctx context.Context, b []byte) ([]string, error) {
	within, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	process := exec.CommandContext(within, r.Program)
	process.Args = r.Args
	// No secret, few words where it fails, and few threads: on a machine of many cores
	// their stacks would take the memory, where the program is built with cgo.
	process.Env = []string{"GOTRACEBACK=none", "GOMAXPROCS=4"}
	process.Dir = "/"
	process.Stdin = bytes.NewReader(b)
	process.WaitDelay = time.Second
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", scan.ErrBusy, err)
	}
	written, err := io.ReadAll(io.LimitReader(out, maxAnswer))
	_ = out.Close() // or one that says more would wait for a reader
	if ended := process.Wait(); ended != nil {
		err = ended
	}
	var a answer
	if err == nil {
		err = json.Unmarshal(written, &a)
	}
	switch {
	case err == nil:
		return a.Texts, a.err()
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	r.Log.Warn("a file has ended the process that read it", "bytes", len(b), "error", err)
	return nil, fmt.Errorf("%w: reading it takes too much memory or time", scan.ErrTooLarge)
}

// Serve is the other side: it reads a file from in, in a process that it bounds,
// and writes to out what was found.
func Serve(in io.Reader, out io.Writer) error {
	if err := bound(); err != nil {
		return fmt.Errorf("bounding the process that reads a file: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(in, scan.MaxSize+1))
	if err != nil {
		return fmt.Errorf("taking in a file: %w", err)
	}
	if err := json.NewEncoder(out).Encode(answerOf(scan.Read(b))); err != nil {
		return fmt.Errorf("answering: %w", err)
	}
	return nil
}

// answer is what one process tells the other.
type answer struct {
	Texts  []string `json:"texts,omitempty"`
	Reason string   `json:"reason,omitempty"` // of those below; empty where texts were found
	Error  string   `json:"error,omitempty"`
}

// reasons are the errors of [scan.Read].
var reasons = map[string]error{"no_code": scan.ErrNoCode, "format": scan.ErrFormat, "too_large": scan.ErrTooLarge}

func answerOf(texts []string, err error) answer {
	if err == nil {
		return answer{Texts: texts}
	}
	for reason, is := range reasons {
		if errors.Is(err, is) {
			return answer{Reason: reason, Error: err.Error()}
		}
	}
	return answer{Reason: "format", Error: fmt.Sprintf("%s: %s", scan.ErrFormat, err)}
}

func (a answer) err() error {
	switch is := reasons[a.Reason]; {
	case is != nil:
		return told{a.Error, is}
	case len(a.Texts) == 0:
		return fmt.Errorf("%w: the answer about it is %q", scan.ErrFormat, a.Reason)
	}
	return nil
}

// told is an error as the other process has worded it.
type told struct {
	words string
	is    error
}

func (t told) Error() string { return t.words }
func (t told) Unwrap() error { return t.is }
