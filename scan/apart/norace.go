//go:build unix && !race

package apart

// memoryCounts: under the race detector its own memory would.
const memoryCounts = true
