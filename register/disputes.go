package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yizheng/dispute"
	"yizheng/issuer"
	"yizheng/license"
)

var _ dispute.Store = (*Store)(nil)

const disputeColumns = `direction, state, statement, problem, kept_at, received_at, next_at, answer, answered_at`

func scanDispute(r row) (k dispute.Kept, _ error) {
	var kept, received, next, answered int64
	err := r.Scan((*string)(&k.Direction), (*string)(&k.State), &k.Signed, &k.Problem, &kept, &received, &next, &k.Answering, &answered)
	if err != nil {
		return k, err
	}
	k.KeptAt, k.ReceivedAt, k.Next, k.AnsweredAt = instant(kept), instant(received), instant(next), instant(answered)
	if k.Statement, err = dispute.ReadStatement(k.Signed); err != nil || k.Answering == "" {
		return k, err
	}
	a, err := dispute.ReadAnswer(k.Answering)
	k.Answer = &a
	return k, err
}

// Verification implements dispute.Store.
func (s *Store) Verification(ctx context.Context, id string) (v license.Verification, _ error) {
	var record string
	err := s.db.queryRow(ctx, `SELECT record FROM verifications WHERE id = $1`, id).Scan(&record)
	if errors.Is(err, sql.ErrNoRows) {
		return v, dispute.ErrCheck
	}
	if err == nil {
		err = json.Unmarshal([]byte(record), &v)
	}
	return v, answered("reading a verification", err)
}

// PermitNumbers implements dispute.Store.
func (s *Store) PermitNumbers(ctx context.Context, identifier string) ([]string, error) {
	numbers, err := column[string](ctx, s.db, "reading a version's permits", `SELECT p.number FROM versions v
		JOIN version_permits p ON p.version = v.id
		WHERE v.identifier = $1 AND v.state <> 'void' AND v.text IS NOT NULL ORDER BY p.place`, identifier)
	if err == nil && len(numbers) == 0 {
		err = dispute.ErrLicense
	}
	return numbers, err
}

// AddDispute implements dispute.Store.
func (s *Store) AddDispute(ctx context.Context, k dispute.Kept, actor string, most int, since time.Time) (held dispute.Kept, added bool, _ error) {
	err := s.writing(ctx, "keeping a dispute", func(tx *transaction) (err error) {
		added = false
		if held, err = scanDispute(tx.queryRow(ctx, disputeByID, string(k.Direction), k.Statement.ID)); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if most > 0 {
			var filed int
			if err := tx.queryRow(ctx, `SELECT COUNT(*) FROM disputes WHERE direction = $1 AND region = $2 AND kept_at > $3`,
				string(k.Direction), string(k.Other()), since.Unix()).Scan(&filed); err != nil {
				return err
			}
			if filed >= most {
				return dispute.ErrTooMany
			}
		}
		st := k.Statement
		if err := tx.change(ctx, "writing the dispute", `INSERT INTO disputes
			(direction, id, region, license, organisation, state, statement, kept_at, received_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			string(k.Direction), st.ID, string(k.Other()), st.License.String(), st.Contact.Organisation, string(k.State), k.Signed,
			k.KeptAt.Unix(), seconds(k.ReceivedAt), seconds(k.Next)); err != nil {
			return err
		}
		held, added = k, true
		return noteDispute(ctx, tx, k.KeptAt, actor, "dispute_"+string(k.Direction), st)
	})
	return held, added, err
}

// noteDispute adds a line about a dispute to the audit trail.
func noteDispute(ctx context.Context, tx *transaction, at time.Time, actor, act string, s dispute.Statement) error {
	return audit(ctx, tx, at, actor, act, s.License.String(), fmt.Sprintf("%s %s to %s: %s", s.ID, s.From, s.To, s.Reason))
}

const disputeByID = `SELECT ` + disputeColumns + ` FROM disputes WHERE direction = $1 AND id = $2`

// Dispute implements dispute.Store.
func (s *Store) Dispute(ctx context.Context, of dispute.Direction, id string) (dispute.Kept, error) {
	k, err := scanDispute(s.db.queryRow(ctx, disputeByID, string(of), id))
	if errors.Is(err, sql.ErrNoRows) {
		return k, dispute.ErrNotFound
	}
	return k, answered("reading a dispute", err)
}

// Disputes implements dispute.Store.
func (s *Store) Disputes(ctx context.Context, f dispute.Filter) ([]dispute.Kept, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	query, args := `SELECT `+disputeColumns+` FROM disputes WHERE 1 = 1`, []any{}
	for _, c := range []struct{ name, value string }{
		{"direction", string(f.Direction)}, {"state", string(f.State)}, {"license", f.License}, {"organisation", f.Organisation},
	} {
		if c.value != "" {
			args = append(args, c.value)
			query += fmt.Sprintf(` AND %s = $%d`, c.name, len(args))
		}
	}
	args = append(args, f.Limit)
	return list(ctx, s.db, "listing disputes", scanDispute, query+fmt.Sprintf(` ORDER BY kept_at DESC, id LIMIT $%d`, len(args)), args...)
}

// AnswerDispute implements dispute.Store.
func (s *Store) AnswerDispute(ctx context.Context, of dispute.Direction, id, answer, actor string, received, at time.Time) error {
	return s.moveDispute(ctx, of, id, actor, "dispute_answered", at, dispute.ErrAnswered, `UPDATE disputes
		SET state = 'answered', answer = $3, received_at = $4, answered_at = $5, problem = '', next_at = 0
		WHERE direction = $1 AND id = $2 AND state IN ('waiting', 'open')`, answer, received.Unix(), at.Unix())
}

// DisputeArrived implements dispute.Store.
func (s *Store) DisputeArrived(ctx context.Context, id string, received, at time.Time) error {
	return ignoring(issuer.ErrMoved, s.moveDispute(ctx, dispute.Sent, id, delivery, "dispute_delivered", at, issuer.ErrMoved, `UPDATE disputes
		SET state = 'open', received_at = $3, problem = '' WHERE direction = $1 AND id = $2 AND state = 'waiting'`, received.Unix()))
}

// DisputeRefused implements dispute.Store.
func (s *Store) DisputeRefused(ctx context.Context, id, problem string, at time.Time) error {
	return ignoring(issuer.ErrMoved, s.moveDispute(ctx, dispute.Sent, id, delivery, "dispute_refused", at, issuer.ErrMoved, `UPDATE disputes
		SET state = 'refused', problem = $3, next_at = 0 WHERE direction = $1 AND id = $2 AND state IN ('waiting', 'open')`, problem))
}

// delivery is how the audit trail calls what nobody did by hand.
const delivery = "delivery"

// ignoring passes over one error: what another node of ours has done already.
func ignoring(passed, err error) error {
	if errors.Is(err, passed) {
		return nil
	}
	return err
}

// moveDispute changes the one dispute that the statement's first two
// parameters name, and notes it; a dispute that is not as the statement wants
// it is the error moved.
func (s *Store) moveDispute(ctx context.Context, of dispute.Direction, id, actor, act string, at time.Time, moved error, query string, args ...any) error {
	err := s.writing(ctx, "moving a dispute on", func(tx *transaction) error {
		k, err := scanDispute(tx.queryRow(ctx, disputeByID, string(of), id))
		if errors.Is(err, sql.ErrNoRows) {
			return dispute.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := tx.change(ctx, "writing the dispute", query, append([]any{string(of), id}, args...)...); err != nil {
			return err
		}
		return noteDispute(ctx, tx, at, actor, act, k.Statement)
	})
	if errors.Is(err, issuer.ErrMoved) {
		return fmt.Errorf("%w: %w", moved, err)
	}
	return err
}

// DueDisputes implements dispute.Store.
func (s *Store) DueDisputes(ctx context.Context, now, horizon time.Time, limit int) ([]dispute.Kept, error) {
	return list(ctx, s.db, "looking for due disputes", scanDispute, `SELECT `+disputeColumns+` FROM disputes
		WHERE direction = 'sent' AND state IN ('waiting', 'open') AND (next_at <= $1 OR next_at > $2) ORDER BY next_at LIMIT $3`,
		now.Unix(), horizon.Unix(), limit)
}

// ClaimDispute implements dispute.Store.
func (s *Store) ClaimDispute(ctx context.Context, id string, due, next time.Time) (bool, error) {
	err := s.writing(ctx, "taking up a dispute", func(tx *transaction) error {
		return tx.change(ctx, "writing the dispute", `UPDATE disputes SET next_at = $1
			WHERE direction = 'sent' AND id = $2 AND next_at = $3 AND state IN ('waiting', 'open')`, next.Unix(), id, seconds(due))
	})
	if errors.Is(err, issuer.ErrMoved) {
		return false, nil
	}
	return err == nil, err
}

// DisputeHeld implements dispute.Store.
func (s *Store) DisputeHeld(ctx context.Context, id, problem string) error {
	return s.writing(ctx, "noting a dispute's problem", func(tx *transaction) error {
		return tx.do(ctx, "writing the dispute", `UPDATE disputes SET problem = $1
			WHERE direction = 'sent' AND id = $2 AND state IN ('waiting', 'open')`, problem, id)
	})
}

// disputeTally counts the disputes that are not answered.
func (s *Store) disputeTally(ctx context.Context) (t dispute.Tally, _ error) {
	_, err := list(ctx, s.db, "counting disputes", func(r row) (none struct{}, _ error) {
		var direction, state string
		var oldest int64
		var c dispute.Count
		err := r.Scan(&direction, &state, &c.Number, &oldest)
		c.Oldest = instant(oldest)
		switch {
		case direction == string(dispute.Received):
			t.Received = c
		case state == string(dispute.Waiting):
			t.Waiting = c
		default:
			t.Open = c
		}
		return none, err
	}, `SELECT direction, state, COUNT(*), MIN(kept_at) FROM disputes WHERE state IN ('waiting', 'open') GROUP BY direction, state`)
	return t, err
}
