package registertest

import (
	"encoding/json"
	"testing"

	"yizheng/issuer"
)

// Leave writes, by exec, what a program of before has left of a batch when it was
// killed: it stored what it was about to sign, with its claims.
func Leave(t *testing.T, exec func(statement string, args ...any) error, b issuer.Batch) {
	t.Helper()
	do := func(statement string, args ...any) {
		t.Helper()
		must(t, exec(statement, args...))
	}
	answer, err := json.Marshal(b.Answer)
	must(t, err)
	do(`INSERT INTO batches (id, request_key, request_hash, answer, phase, actor, prepared_at, ends_known) VALUES ($1, $2, $3, $4, 'prepared', 'tester', 1, 1)`,
		b.ID, b.Key, b.Hash[:], string(answer))
	for place, e := range b.Entries {
		l := e.License
		text, err := json.Marshal(l)
		must(t, err)
		base, chunk, start := l.Identifier.Base(), l.StatusIndex/issuer.ChunkSize, l.StatusIndex%issuer.ChunkSize
		if e.Predecessor == "" {
			do(`INSERT INTO licenses (base, number, holder_code, holder_name, industry, state) VALUES ($1, $2, $3, $4, $5, 'prepared')`,
				base, l.Number, string(l.Holder.CreditCode), l.Holder.Name, l.Industry)
		}
		do(`INSERT INTO versions (identifier, base, version, batch, place, state, content, operation, predecessor, license, key_id, signing_input, status_chunk, status_start)
			VALUES ($1, $2, $3, $4, $5, 'prepared', $6, $7, $8, $9, $10, $11, $12, $13)`,
			l.Identifier.String(), base, l.Identifier.Version, b.ID, place, e.Content[:], e.Operation, e.Predecessor, string(text), e.KeyID, []byte("to be signed"), chunk, start)
		do(`UPDATE status_blocks SET version = (SELECT id FROM versions WHERE batch = $1 AND place = $2) WHERE chunk = $3 AND start = $4`, b.ID, place, chunk, start)
		for n, p := range l.Permits {
			do(`INSERT INTO version_permits (version, place, authority, number) SELECT id, $1, $2, $3 FROM versions WHERE batch = $4 AND place = $5`,
				n, p.Authority, p.Number, b.ID, place)
			do(`INSERT INTO claims (authority, number, base) VALUES ($1, $2, $3) ON CONFLICT (authority, number) DO NOTHING`, p.Authority, p.Number, base)
		}
	}
}
