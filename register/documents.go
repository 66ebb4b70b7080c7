package register

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
)

// Document is the sealed document of one version in one form.
type Document struct {
	Identifier string // of the version
	Form       string // empty for the original (正本)
	MediaType  string
	Template   string // version of the template it was drawn by
	Font       string // version of the font
	Seal       string // name of the seal
	Signer     string
	SignedAt   time.Time
	SHA256     string // lower-case hexadecimal; set by the register
	Content    []byte
}

// maxDocument caps a document, in octets.
const maxDocument = 32 << 20

// PutDocument keeps a version's sealed document and queues its filing, both or
// neither. A version has one document of each form for ever: when it has one
// already, that one is returned and nothing is written.
func (s *Store) PutDocument(ctx context.Context, d Document) (Document, error) {
	if len(d.Content) == 0 || len(d.Content) > maxDocument {
		return Document{}, fmt.Errorf("keeping a document: it has %d octets, and 1 to %d are allowed", len(d.Content), maxDocument)
	}
	digest := sha256.Sum256(d.Content)
	d.SHA256 = hex.EncodeToString(digest[:])
	d.SignedAt = d.SignedAt.UTC().Truncate(time.Second)
	kept := false
	err := s.writing(ctx, "keeping a document", func(tx *transaction) error {
		kept = false
		var base string
		err := tx.queryRow(ctx, `SELECT base FROM versions WHERE identifier = $1 AND state <> 'void' AND text IS NOT NULL`, d.Identifier).Scan(&base)
		if err != nil {
			return fmt.Errorf("looking for the version: %w", err)
		}
		err = tx.queryRow(ctx, `INSERT INTO documents (identifier, form, media_type, template, font, seal, signer, signed_at, sha256, content)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (identifier, form) DO NOTHING RETURNING identifier`,
			d.Identifier, d.Form, d.MediaType, d.Template, d.Font, d.Seal, d.Signer, d.SignedAt.Unix(), d.SHA256, d.Content).Scan(&d.Identifier)
		if errors.Is(err, sql.ErrNoRows) {
			kept = true
			return nil
		}
		if err != nil {
			return err
		}
		event, err := d.event(base)
		if err != nil {
			return err
		}
		return file(ctx, tx, event)
	})
	if err != nil {
		return Document{}, err
	}
	if kept {
		return s.Document(ctx, d.Identifier, d.Form)
	}
	return d, nil
}

// event composes what the library is told of the document.
func (d Document) event(base string) (metadata.Event, error) {
	return metadata.NewEvent(base, metadata.Document, d.SignedAt, metadata.SealedDocument{
		ZZBS: d.Identifier, Form: d.Form, MediaType: d.MediaType, SHA256: d.SHA256, Size: len(d.Content),
		Template: d.Template, Font: d.Font, ZZQZR: d.Signer, ZZQZSJ: d.SignedAt, ZZQZMC: d.Seal,
	})
}

// Document gives a version's sealed document in a form, of which the empty one
// is the original; one that was not made yet is issuer.ErrNotFound.
func (s *Store) Document(ctx context.Context, identifier, form string) (d Document, _ error) {
	err := s.reading(ctx, "reading a document", func(q querier) error {
		var signed int64
		err := q.queryRow(ctx, `SELECT identifier, form, media_type, template, font, seal, signer, signed_at, sha256, content
			FROM documents WHERE identifier = $1 AND form = $2`, identifier, form).
			Scan(&d.Identifier, &d.Form, &d.MediaType, &d.Template, &d.Font, &d.Seal, &d.Signer, &signed, &d.SHA256, &d.Content)
		d.SignedAt = instant(signed)
		return err
	})
	return d, err
}

// DocumentEvent gives the event that states a version's original anew.
func (s *Store) DocumentEvent(ctx context.Context, identifier string) (metadata.Event, error) {
	d, err := s.Document(ctx, identifier, "")
	if err != nil {
		return metadata.Event{}, err
	}
	return d.event(baseOf(identifier))
}

// ErrRecorded says that a verification of this ID was recorded before, with
// another content.
var ErrRecorded = errors.New("another verification was recorded under this id")

// AddVerification records a check of a license, of this district or another,
// and queues its filing, both or neither. The same record a second time
// changes nothing. One that the library would not take, since it states no
// purpose, organisation or operator, is a *metadata.Problem.
func (s *Store) AddVerification(ctx context.Context, v license.Verification) error {
	v.At = v.At.UTC().Truncate(time.Second)
	record, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("recording a verification: %w", err)
	}
	base := v.License.Base()
	check := metadata.NewCheck(v)
	if err := check.Validate(); err != nil {
		return fmt.Errorf("recording a verification: %w", err)
	}
	event, err := metadata.NewEvent(base, metadata.Verification, v.At, check)
	if err != nil {
		return err
	}
	return s.writing(ctx, "recording a verification", func(tx *transaction) error {
		var before string
		err := tx.queryRow(ctx, `SELECT record FROM verifications WHERE id = $1`, v.ID).Scan(&before)
		if err == nil {
			if before != string(record) {
				return ErrRecorded
			}
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := tx.do(ctx, "writing the record", `INSERT INTO verifications (id, base, record, checked_at) VALUES ($1, $2, $3, $4)`,
			v.ID, base, string(record), v.At.Unix()); err != nil {
			return err
		}
		return file(ctx, tx, event)
	})
}

// Verifications gives the records of a license's checks, the newest first.
func (s *Store) Verifications(ctx context.Context, id string, limit int) ([]license.Verification, error) {
	records, err := column[string](ctx, s.db, "reading verifications", `SELECT record FROM verifications
		WHERE base = $1 ORDER BY checked_at DESC, id LIMIT $2`, baseOf(id), limit)
	if err != nil {
		return nil, err
	}
	verifications := make([]license.Verification, len(records))
	for n, r := range records {
		if err := json.Unmarshal([]byte(r), &verifications[n]); err != nil {
			return nil, fmt.Errorf("reading a verification: %w", err)
		}
	}
	return verifications, nil
}
