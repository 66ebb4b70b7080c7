package trust_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"yizheng/trust"
)

// sums are those of n licenses.
func sums(n int) [][sha256.Size]byte {
	all := make([][sha256.Size]byte, n)
	for i := range all {
		all[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	return all
}

// BenchmarkClosing measures a closing list: docs/decisions/closing-lists.md has
// what came out.
func BenchmarkClosing(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		if n > 1_000_000 && testing.Short() {
			continue
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := sums(n)
			of := trust.ClosingList{Region: "310105", Key: "m_rm1md-", Issued: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
			var list []byte
			var chunks [][]byte
			b.Run("build", func(b *testing.B) {
				for b.Loop() {
					var err error
					if list, chunks, err = trust.BuildClosing(of, all); err != nil {
						b.Fatal(err)
					}
				}
				total, largest, rice := 0, 0, 0.0
				for _, chunk := range chunks {
					total += len(chunk)
					largest = max(largest, len(chunk))
					rice += riceBits(chunk) / 8
				}
				b.ReportMetric(float64(len(list)), "list-B")
				b.ReportMetric(float64(total), "chunks-B")
				b.ReportMetric(float64(len(chunks)), "chunks")
				b.ReportMetric(float64(largest), "largest-chunk-B")
				b.ReportMetric(rice, "rice-coded-B")
			})
			closing, err := trust.ParseClosing(list)
			if err != nil {
				b.Fatal(err)
			}
			byDigest := map[string]trust.ClosingChunk{}
			for i, digest := range closing.ChunkDigests() {
				byDigest[digest] = trust.ClosingChunk(chunks[i])
			}
			b.Run("look-up", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if sum := all[i%n]; !byDigest[closing.Chunk(sum)].Has(sum) {
						b.Fatal("one that is on it is not found")
					}
				}
			})
		})
	}
}

// riceBits is what a chunk would take if the differences of its entries were
// coded by Golomb and Rice, with the best parameter.
func riceBits(chunk []byte) float64 {
	n := len(chunk) / 16
	if n == 0 {
		return 0
	}
	low := 128 - int(math.Log2(float64(n)))
	bits, last := 0, new(big.Int)
	for at := 0; at < len(chunk); at += 16 {
		next := new(big.Int).SetBytes(chunk[at : at+16])
		quotient := new(big.Int).Rsh(new(big.Int).Sub(next, last), uint(low))
		bits += int(quotient.Int64()) + 1 + low
		last = next
	}
	return float64(bits)
}
