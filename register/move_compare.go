package register

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// digest sums the rows of a table up.
type digest struct {
	rows int64
	sum  [sha256.Size]byte
}

// compare reads both sides from end to end.
func (m Move) compare(ctx context.Context, source *sql.DB, target *onPostgres, t movedTable) (MovedTable, error) {
	p := MoveProgress{Table: t.name, Comparing: true}
	if err := source.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+t.name).Scan(&p.Total); err != nil {
		return MovedTable{}, err
	}
	p.Total *= 2
	ordered := t.selecting() + ` ORDER BY ` + strings.Join(t.key, ", ")
	var sides [2]digest
	for n, q := range []querier{sqlQuerier{source}, pgxQuerier{target.pool}} {
		rows, err := q.query(ctx, ordered)
		if err != nil {
			return MovedTable{}, err
		}
		sides[n], err = t.digest(rows, func() { p.Done += tellEach; m.tell(p) })
		if err != nil {
			return MovedTable{}, err
		}
	}
	if sides[0] != sides[1] {
		return MovedTable{}, fmt.Errorf("%d rows of sum %x, and %d of sum %x: %w", sides[0].rows, sides[0].sum, sides[1].rows, sides[1].sum, ErrDiffers)
	}
	p.Done = p.Total
	m.tell(p)
	return MovedTable{Table: t.name, Rows: sides[0].rows, SHA256: hex.EncodeToString(sides[0].sum[:])}, nil
}

// tellEach is after how many rows progress is told of.
const tellEach = 10_000

// digest reads all rows. Each value goes in with its kind and length, so that
// no two tables have the same octets.
func (t movedTable) digest(rows rows, tell func()) (d digest, err error) {
	defer rows.Close()
	sum := sha256.New()
	head := make([]byte, 9)
	for rows.Next() {
		values, err := t.scan(rows)
		if err != nil {
			return d, err
		}
		for _, v := range values {
			var octets []byte
			switch v := v.(type) {
			case nil:
				head[0] = 'n'
			case int64:
				head[0] = 'i'
				octets = binary.BigEndian.AppendUint64(nil, uint64(v))
			case string:
				head[0] = 't'
				octets = []byte(v)
			case []byte:
				head[0] = 'b'
				octets = v
			default:
				return d, fmt.Errorf("a value is of the kind %T", v)
			}
			binary.BigEndian.PutUint64(head[1:], uint64(len(octets)))
			sum.Write(head) // a hash takes everything
			sum.Write(octets)
		}
		if d.rows++; d.rows%tellEach == 0 {
			tell()
		}
	}
	sum.Sum(d.sum[:0])
	return d, rows.Err()
}
