//go:build race

package jobs_test

// raced says that the race detector is at work, under which everything takes
// ten times as long: what is not about races is done in a short form.
const raced = true
