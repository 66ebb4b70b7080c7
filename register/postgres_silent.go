package register

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long a server that does not answer is waited for. One that works ends a
// statement itself when its time is over: silence is how much longer it is
// given. One that hangs, or that no wire leads to, is found out sooner: who has
// waited for suspicious asks it something else, on a connection of its own, and
// gives up when there is no answer within answersWithin. So nobody waits for
// more than these two together, and a little.
const (
	silence       = 5 * time.Second
	suspicious    = 2 * time.Second
	answersWithin = 2 * time.Second
)

// errSilent says that the server does not answer anybody.
var errSilent = errors.New("the database is silent")

// silent gives up on a server that does not answer a statement. It implements
// pgx.QueryTracer and pgx.BatchTracer, which see every statement.
type silent struct {
	after time.Duration               // the limit for one statement
	ask   func(context.Context) error // asks the server on a new connection
	reset func()                      // leaves the connections that there are

	mu    sync.Mutex
	asked time.Time
	mute  bool // there was no answer then
}

var (
	_ pgx.QueryTracer = (*silent)(nil)
	_ pgx.BatchTracer = (*silent)(nil)
)

// silentAfter gives what watches statements of a statement_timeout; nil for
// none.
func silentAfter(statementTimeout string) *silent {
	limit, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m").Replace(statementTimeout))
	if err != nil {
		var milliseconds int
		if milliseconds, err = strconv.Atoi(statementTimeout); err != nil {
			return nil // a unit that the server may know
		}
		limit = time.Duration(milliseconds) * time.Millisecond
	}
	if limit <= 0 {
		return nil
	}
	return &silent{after: limit + silence}
}

// asking gives what asks a server whether it answers. A refusal is an answer.
func asking(config *pgx.ConnConfig, before func(context.Context, *pgx.ConnConfig) error) func(context.Context) error {
	config = config.Copy()
	config.Tracer = nil
	return func(ctx context.Context) error {
		c := config.Copy()
		if err := before(ctx, c); err != nil {
			return err
		}
		conn, err := pgx.ConnectConfig(ctx, c)
		var refusal *pgconn.PgError
		if errors.As(err, &refusal) {
			return nil
		}
		if err != nil {
			return err
		}
		_ = conn.Close(ctx) // it has answered
		return nil
	}
}

// answers asks whether the server answers anybody. Who asks at the same time,
// or a moment later, is told the same.
func (s *silent) answers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.asked) < time.Second {
		return !s.mute
	}
	ctx, cancel := context.WithTimeout(context.Background(), answersWithin)
	defer cancel()
	s.mute = s.ask(ctx) != nil
	s.asked = time.Now()
	return !s.mute
}

// connecting refuses a connection while the server is known to be silent: to
// wait for it would take connectWithin, and everybody behind would wait as well.
func (s *silent) connecting() error {
	s.mu.Lock()
	mute := s.mute
	s.mu.Unlock()
	if mute && !s.answers() {
		return errSilent
	}
	return nil
}

// tried says whether the pool is to try a connection by itself that nobody has
// used for a while. Its own way is no statement that is watched, and would wait
// for a silent server for ever; so it gets the broken ones only, and finds them
// broken at once.
func (*silent) tried(ctx context.Context, c pgxpool.ShouldPingParams) bool {
	if c.IdleDuration <= time.Second {
		return false
	}
	_, err := c.Conn.Exec(ctx, "-- still there?")
	return err != nil
}

// closing breaks a connection off whose server is silent: to take leave of it
// would keep its place for a quarter of a minute.
func (s *silent) closing(c *pgx.Conn) {
	s.mu.Lock()
	mute := s.mute
	s.mu.Unlock()
	if mute {
		_ = c.PgConn().Conn().Close() // it is lost anyway
	}
}

type endKey struct{}

// begin watches a statement until end.
func (s *silent) begin(ctx context.Context) context.Context {
	ctx, giveUp := context.WithTimeout(ctx, s.after)
	watch := time.AfterFunc(suspicious, func() { s.watch(ctx, giveUp) })
	return context.WithValue(ctx, endKey{}, func() {
		watch.Stop()
		giveUp()
	})
}

// watch gives a statement up as soon as the server answers nobody. The other
// connections are as silent, and are left without asking each.
func (s *silent) watch(ctx context.Context, giveUp context.CancelFunc) {
	for ctx.Err() == nil {
		if !s.answers() {
			s.reset()
			giveUp()
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(suspicious):
		}
	}
}

func (*silent) end(ctx context.Context) {
	if end, ok := ctx.Value(endKey{}).(func()); ok {
		end()
	}
}

// TraceQueryStart implements pgx.QueryTracer.
func (s *silent) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return s.begin(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s *silent) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { s.end(ctx) }

// TraceBatchStart implements pgx.BatchTracer.
func (s *silent) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return s.begin(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (*silent) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (s *silent) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { s.end(ctx) }
