package apart

import (
	"fmt"
	"os"
)

// Self gives the file of the program that runs, as it was when it was started:
// an upgrade may have put another one in its place since.
func Self() (string, error) {
	const running = "/proc/self/exe"
	if _, err := os.Stat(running); err == nil {
		return running, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding the program that runs: %w", err)
	}
	return path, nil
}
