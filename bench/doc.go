// Package bench measures the whole program under load and at scale: real
// processes of the built binary on real databases, each figure beside the
// floor that the same work cannot go below. It has tests only. As part of the
// suite they run small and hold that everything is measured, not what comes
// out; with -full, as make bench-scale calls them, they take their time and
// print the rows of docs/benchmarks.md.
package bench
