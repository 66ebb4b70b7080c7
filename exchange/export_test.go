package exchange

import "context"

// AskShared asks Redis alone, and tells its clock.
func (x *Exchange) AskShared(ctx context.Context, client string) (wait, now int64, err error) {
	a, err := x.allowShared(ctx, client)
	return a.wait, a.now, err
}

// Conform is the algorithm in memory.
func (r Rate) Conform(due, now int64) (next, wait int64) { return r.conform(due, now) }

// Guarded lets bytes through the guard and says whether they pass.
func Guarded(pieces ...[]byte) bool {
	var g guarded
	for _, p := range pieces {
		if !g.follow(p) {
			return false
		}
	}
	return true
}
