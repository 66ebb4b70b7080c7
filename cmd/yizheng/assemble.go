package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// maxGiven is the most that a file of a data directory that was given may have,
// bytes: a font.
const maxGiven = 64 << 20

func (c *console) assembleCommand() *cobra.Command {
	var from, data, batches string
	cmd := &cobra.Command{
		Use:   "assemble --from DIR --data D",
		Short: "make a node's directory of files that a platform has mounted",
		Long: "assemble copies the files of a data directory, or of a node that only verifies, from where a platform\n" +
			"such as Kubernetes has mounted them, readable by a group and behind links, to a directory of its own\n" +
			"in which nobody else can read them. trust.json is not copied: a link leads to the mounted one, so that a newer list is seen;\n" +
			"what the node fetches and states itself it keeps in trust.own.json beside it. assemble may run again; what D has beside the\n" +
			"given files stays.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !exists(trustPath(from)) {
				return usage("given", fmt.Errorf("%s has no trust.json, without which no node starts", from))
			}
			if err := ownPlace(from, data); err != nil {
				return err
			}
			// The link goes first: by it the next run knows a directory that this one
			// was stopped in.
			if err := linkTrust(from, data); err != nil {
				return err
			}
			n, err := assemble(from, data)
			if err != nil {
				return err
			}
			if batches != "" {
				if err := link(batches, filepath.Join(data, batchesFolder)); err != nil {
					return err
				}
			}
			fmt.Fprintf(c.stdout, "%s has %d files of %s\n", data, n, from)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "directory with the files that were given")
	cmd.Flags().StringVar(&data, "data", "", "data directory to make of them")
	cmd.Flags().StringVar(&batches, "batches", "", "where files of many rows are to lie while they are worked on, if not in the data directory")
	for _, required := range []string{"from", "data"} {
		_ = cmd.MarkFlagRequired(required) // the flags are defined above
	}
	return cmd
}

// ownPlace refuses a place that lies in what was given, and a data directory
// that something else than assemble made.
func ownPlace(from, data string) error {
	given, err := filepath.Abs(from)
	if err != nil {
		return usage("given", err)
	}
	place, err := filepath.Abs(data)
	if err != nil {
		return usage("given", err)
	}
	if place == given || strings.HasPrefix(place, given+string(filepath.Separator)) {
		return usage("given", fmt.Errorf("%s lies in %s", data, from))
	}
	_, configured := os.Stat(filepath.Join(data, settingsFile))
	trust, err := os.Lstat(trustPath(data))
	if configured == nil && (err != nil || trust.Mode()&fs.ModeSymlink == 0) {
		return usage("exists", fmt.Errorf("%s is a data directory that init made", data))
	}
	return nil
}

func linkTrust(from, data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	return link(trustPath(from), trustPath(data))
}

// assemble copies what was given and counts the files. Names that begin with
// two dots are the platform's own: behind them it keeps versions.
func assemble(from, data string) (files int, _ error) {
	entries, err := os.ReadDir(from)
	if err != nil {
		return 0, usage("given", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return 0, fmt.Errorf("making the data directory: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "..") {
			continue
		}
		source, target := filepath.Join(from, e.Name()), filepath.Join(data, e.Name())
		info, err := os.Stat(source) // whatever link leads there
		if err != nil {
			return files, usage("given", err)
		}
		n := 1
		switch {
		case info.IsDir():
			n, err = assemble(source, target)
		case source == trustPath(filepath.Dir(source)):
			err = link(source, target)
		default:
			err = take(source, target)
		}
		if err != nil {
			return files, err
		}
		files += n
	}
	return files, nil
}

// take copies a file so that nobody else can read it.
func take(source, target string) error {
	raw, err := readCapped(source, maxGiven+1)
	if err != nil {
		return usage("given", err)
	}
	if len(raw) > maxGiven {
		return usage("given", fmt.Errorf("%s has more than %d bytes", source, maxGiven))
	}
	return writeFile(target, raw, 0o600)
}

// link makes target lead to source, in one step.
func link(source, target string) error {
	absolute, err := filepath.Abs(source)
	if err != nil {
		return usage("given", err)
	}
	next := target + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("taking away a link that was left: %w", err)
	}
	if err := os.Symlink(absolute, next); err != nil {
		return fmt.Errorf("linking %s: %w", source, err)
	}
	if err := os.Rename(next, target); err != nil {
		return fmt.Errorf("linking %s: %w", source, err)
	}
	return nil
}
