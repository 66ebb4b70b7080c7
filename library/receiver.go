package library

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"yizheng/library/metadata"
)

//go:embed migrations/*.sql
var receiverMigrations embed.FS

// ReceiverConfig is what a Receiver is made of.
type ReceiverConfig struct {
	Path     string           // of its SQLite file, which is made when it is missing
	Token    string           // the bearer token that it asks for; empty asks for none
	Clock    func() time.Time // nil for the machine's
	Log      *slog.Logger     // nil for none
	Controls bool             // serve PUT /control, by which anybody can make it fail: for tests and demonstrations
}

// Receiver is a reference e-license library for development, tests and
// demonstrations. It refuses what a real one would refuse: what is not of the
// schema, identifiers whose check character is wrong, events out of order,
// another filing under a used key. It is an http.Handler.
type Receiver struct {
	c    ReceiverConfig
	db   *sql.DB
	ask  statements
	mux  *http.ServeMux
	mode failing
}

// NewReceiver opens the library's books, and makes them where there are none.
func NewReceiver(ctx context.Context, c ReceiverConfig) (*Receiver, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fmt.Errorf("opening the library's books: %w", err)
	}
	q := url.Values{"mode": {"rwc"}, "_busy_timeout": {"10000"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the library's books: %w", err)
	}
	db.SetMaxOpenConns(1)
	r := &Receiver{c: c, db: db, mux: http.NewServeMux()}
	err = r.migrate(ctx)
	if err == nil {
		r.ask, err = prepare(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r.mux.HandleFunc("POST /v1/filings", r.authorized(r.take))
	r.mux.HandleFunc("GET /v1/licenses", r.authorized(r.list))
	r.mux.HandleFunc("GET /v1/filings/{license}", r.authorized(r.filings))
	r.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	if c.Controls {
		r.mux.HandleFunc("PUT /control", r.control)
	}
	return r, nil
}

func (r *Receiver) migrate(ctx context.Context) error {
	dir, err := fs.Sub(receiverMigrations, "migrations")
	if err != nil {
		return fmt.Errorf("reading the library's migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, r.db, dir, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the library's migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the library's books: %w", err)
	}
	return nil
}

// statements are those of a filing, read once.
type statements struct{ filed, standing, file, stand *sql.Stmt }

func prepare(ctx context.Context, db *sql.DB) (s statements, err error) {
	for into, query := range map[**sql.Stmt]string{
		&s.filed:    `SELECT digest, receipt FROM filings WHERE license = ? AND sequence = ?`,
		&s.standing: `SELECT summary FROM standings WHERE license = ?`,
		&s.file:     `INSERT INTO filings (license, sequence, digest, kind, body, receipt, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		&s.stand: `INSERT INTO standings (license, sequence, summary) VALUES (?, ?, ?)
			ON CONFLICT (license) DO UPDATE SET sequence = excluded.sequence, summary = excluded.summary`,
	} {
		if *into, err = db.PrepareContext(ctx, query); err != nil {
			return s, fmt.Errorf("reading the statements of the library's books: %w", err)
		}
	}
	return s, nil
}

// Close closes the books. Requests must have ended.
func (r *Receiver) Close() error {
	if err := r.db.Close(); err != nil {
		return fmt.Errorf("closing the library's books: %w", err)
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

func (r *Receiver) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		want, got := "Bearer "+r.c.Token, req.Header.Get("Authorization")
		if r.c.Token != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, &Refusal{Status: http.StatusUnauthorized, Reason: "unauthorized", Detail: "the bearer token is missing or wrong"})
			return
		}
		r.mode.serve(w, req, next)
	}
}

// take takes one filing in.
func (r *Receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, metadata.MaxFiling))
	if err != nil {
		refuse(w, &Refusal{Status: http.StatusRequestEntityTooLarge, Reason: "too_large", Detail: "the filing is too long or was cut off"})
		return
	}
	f, content, err := metadata.ParseFiling(body)
	if err != nil {
		var p *metadata.Problem
		if !errors.As(err, &p) {
			p = &metadata.Problem{Reason: "schema", Detail: err.Error()}
		}
		refuse(w, &Refusal{Status: http.StatusUnprocessableEntity, Reason: p.Reason, Detail: p.Detail})
		return
	}
	if req.Header.Get("Idempotency-Key") != f.ID {
		refuse(w, &Refusal{Status: http.StatusUnprocessableEntity, Reason: "key", Detail: "the Idempotency-Key is not the id of the filing"})
		return
	}
	receipt, created, err := r.file(req.Context(), f, content, body)
	if err != nil {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			refuse(w, refusal)
			return
		}
		r.c.Log.Error("taking a filing", "event", f.ID, "error", err)
		refuse(w, &Refusal{Status: http.StatusInternalServerError, Reason: "internal", Detail: "the library could not write"})
		return
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	reply(w, status, "application/json", map[string]string{"receipt": receipt})
}

// file writes one filing into the books, or finds that it is there. Statements are
// not told when the sender goes, for which the driver would start a goroutine each:
// the transaction is, and they fail with it.
func (r *Receiver) file(ctx context.Context, f metadata.Filing, content any, body []byte) (receipt string, created bool, _ error) {
	digest := sha256.Sum256(body)
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = tx.Rollback() }() // of no effect once it was committed
	ctx = context.WithoutCancel(ctx)
	var before []byte
	err = tx.StmtContext(ctx, r.ask.filed).QueryRowContext(ctx, f.License, f.Sequence).Scan(&before, &receipt)
	if err == nil {
		if string(before) != string(digest[:]) {
			return "", false, &Refusal{Status: http.StatusConflict, Reason: ReasonKeyReused, Detail: "another filing was taken under this key"}
		}
		return receipt, false, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", false, err
	}
	s, err := r.standing(ctx, tx, f.License)
	if err != nil {
		return "", false, err
	}
	if f.Sequence != s.Sequence+1 {
		return "", false, &Refusal{Status: http.StatusConflict, Reason: ReasonGap, Expected: s.Sequence + 1,
			Detail: fmt.Sprintf("event %d of the license comes next, not %d", s.Sequence+1, f.Sequence)}
	}
	if err := apply(&s, content); err != nil {
		return "", false, err
	}
	s.Sequence = f.Sequence
	summary, err := json.Marshal(s)
	if err != nil {
		return "", false, err
	}
	receipt = fmt.Sprintf("R%x", sha256.Sum256(append([]byte(f.ID+"\n"), digest[:]...)))[:25]
	if _, err := tx.StmtContext(ctx, r.ask.file).ExecContext(ctx,
		f.License, f.Sequence, digest[:], string(f.Kind), body, receipt, r.c.Clock().Unix()); err != nil {
		return "", false, err
	}
	if _, err := tx.StmtContext(ctx, r.ask.stand).ExecContext(ctx, f.License, s.Sequence, string(summary)); err != nil {
		return "", false, err
	}
	return receipt, true, tx.Commit()
}

func (r *Receiver) standing(ctx context.Context, tx *sql.Tx, license string) (metadata.Summary, error) {
	s := metadata.Summary{License: license}
	var text string
	err := tx.StmtContext(ctx, r.ask.standing).QueryRowContext(ctx, license).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

// maxListed caps one page.
const maxListed = 1000

// list gives where licenses stand, in order, after the given one.
func (r *Receiver) list(w http.ResponseWriter, req *http.Request) {
	limit, err := strconv.Atoi(req.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > maxListed {
		refuse(w, &Refusal{Status: http.StatusBadRequest, Reason: "limit", Detail: "limit is a number from 1 to 1000"})
		return
	}
	r.page(w, req, "licenses", `SELECT summary FROM standings WHERE license > ? ORDER BY license LIMIT ?`, req.URL.Query().Get("after"), limit)
}

// filings gives what was taken of one license, in order.
func (r *Receiver) filings(w http.ResponseWriter, req *http.Request) {
	r.page(w, req, "filings", `SELECT body FROM filings WHERE license = ? ORDER BY sequence LIMIT ?`, req.PathValue("license"), maxListed)
}

// page answers with the JSON texts that a query gives.
func (r *Receiver) page(w http.ResponseWriter, req *http.Request, name, query string, args ...any) {
	texts, err := r.texts(req.Context(), query, args...)
	if err != nil {
		r.c.Log.Error("reading the books", "error", err)
		refuse(w, &Refusal{Status: http.StatusInternalServerError, Reason: "internal", Detail: "the library could not read"})
		return
	}
	reply(w, http.StatusOK, "application/json", map[string]any{name: texts})
}

func (r *Receiver) texts(ctx context.Context, query string, args ...any) ([]json.RawMessage, error) {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	texts := []json.RawMessage{}
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// refuse answers with problem details (RFC 9457).
func refuse(w http.ResponseWriter, r *Refusal) {
	problem := map[string]any{"title": http.StatusText(r.Status), "status": r.Status, "reason": r.Reason, "detail": r.Detail}
	if r.Expected > 0 {
		problem["expected"] = r.Expected
	}
	reply(w, r.Status, "application/problem+json", problem)
}

func reply(w http.ResponseWriter, status int, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asker is gone: nobody is left to tell
}
