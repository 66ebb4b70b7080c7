//go:build !unix

package apart

import "runtime/debug"

// bound gives this process no more than it needs, as far as the system can.
func bound() error {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory * 5 / 8)
	return nil
}
