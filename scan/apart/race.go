//go:build unix && race

package apart

const memoryCounts = false
