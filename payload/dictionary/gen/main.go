// Gen writes the dictionary of each region of the catalogue, and its line in
// the index, into the folder that is its argument. A dictionary that stands in
// the index stays there, since codes were written with it: a changed catalogue
// adds a file and a line.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/payload/dictionary"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER")
		os.Exit(64)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	name := filepath.Join(folder, "index.txt")
	index, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading index: %w", err)
	}
	text := string(index)
	for _, region := range catalog.Regions() {
		id, err := write(folder, region)
		if err != nil {
			return fmt.Errorf("region %s: %w", region, err)
		}
		if line := string(region) + " " + id; line != newest(text, region) {
			text += line + "\n"
		}
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

// write makes the file of a region's dictionary and gives its id.
func write(folder string, region license.Region) (id string, err error) {
	set, err := catalog.Load(region)
	if err != nil {
		return "", err
	}
	b, err := dictionary.Make(set.Versions[len(set.Versions)-1])
	if err != nil {
		return "", err
	}
	id = payload.DictionaryID(b)
	return id, os.WriteFile(filepath.Join(folder, id+".bin"), b, 0o644)
}

// newest is the last line of a region in the index.
func newest(index string, region license.Region) string {
	last := ""
	for line := range strings.Lines(index) {
		if strings.HasPrefix(line, string(region)+" ") {
			last = strings.TrimSpace(line)
		}
	}
	return last
}
