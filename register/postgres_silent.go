package register

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// silence is how much longer than a statement may take a server that hangs is
// waited for. One that works ends the statement itself.
const silence = 5 * time.Second

// silent gives up on a server that does not answer a statement: its own limit
// does not help when it hangs, or when the wire to it is dead. It implements
// pgx.QueryTracer and pgx.BatchTracer, which see every statement.
type silent struct{ after time.Duration }

var (
	_ pgx.QueryTracer = silent{}
	_ pgx.BatchTracer = silent{}
)

// silentAfter gives the limit for a statement_timeout; false for none.
func silentAfter(statementTimeout string) (silent, bool) {
	limit, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(statementTimeout))
	if err != nil {
		var milliseconds int
		if milliseconds, err = strconv.Atoi(statementTimeout); err != nil {
			return silent{}, false // a unit that the server may know
		}
		limit = time.Duration(milliseconds) * time.Millisecond
	}
	return silent{after: limit + silence}, limit > 0
}

type cancelKey struct{}

func (s silent) begin(ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, s.after)
	return context.WithValue(ctx, cancelKey{}, cancel)
}

func (silent) end(ctx context.Context) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceQueryStart implements pgx.QueryTracer.
func (s silent) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return s.begin(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s silent) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { s.end(ctx) }

// TraceBatchStart implements pgx.BatchTracer.
func (s silent) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return s.begin(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (silent) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (s silent) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { s.end(ctx) }
