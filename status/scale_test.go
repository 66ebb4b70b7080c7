package status_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"yizheng/signature"
	"yizheng/status"
)

// BenchmarkDraftSizes measures what the draft's appendix B has: the compressed
// bytes of one list, all of whose entries are valid but for a share that is set
// at random. Ours have four bits an entry, the draft's one.
func BenchmarkDraftSizes(b *testing.B) {
	for _, entries := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		for _, share := range []float64{0.0001, 0.01, 0.1} {
			b.Run(fmt.Sprintf("entries=%d/set=%v%%", entries, share*100), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				one, four := make([]byte, entries/8), make([]byte, entries/2)
				for range int(float64(entries) * share) {
					at := r.IntN(entries)
					one[at/8] |= 1 << (at % 8)
					four[at/2] |= byte(status.Suspended) << (at % 2 * 4)
				}
				var stream []byte
				for b.Loop() {
					stream = encoded(b, four)
				}
				b.ReportMetric(float64(len(zlibBest(b, one))), "bytes-one-bit")
				b.ReportMetric(float64(len(stream)), "bytes")
			})
		}
	}
}

// BenchmarkChunkSizes publishes the lists of an issuer as they are — entries in
// blocks of three to nine in chunks half full, a share of them other than valid
// — in chunks of several sizes: b.N is one list built and signed.
func BenchmarkChunkSizes(b *testing.B) {
	key := newKey(b, 1)
	for _, entries := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		for _, share := range []float64{0.0001, 0.01, 0.1} {
			for _, exponent := range []int{14, 15, 16, 17, 18, 20} {
				size := 1 << exponent
				chunks := max(4, (2*entries+size-1)/size) // as issuer.Grown has it
				b.Run(fmt.Sprintf("entries=%d/set=%v%%/chunk=2^%d", entries, share*100, exponent), func(b *testing.B) {
					r := rand.New(rand.NewPCG(1, 2))
					chunk := packedChunk(r, size, float64(entries)/float64(chunks*size), share)
					var token string
					for b.Loop() {
						token = signedList(b, key, chunk)
					}
					b.ReportMetric(float64(chunks), "lists")
					b.ReportMetric(float64(len(token)), "bytes/list")
					b.ReportMetric(float64(len(token)*chunks), "bytes")
					b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)*float64(chunks), "ms-all")
				})
			}
		}
	}
}

// BenchmarkChunkRead verifies and inflates one list of each size, half full.
func BenchmarkChunkRead(b *testing.B) {
	key := newKey(b, 1)
	for _, exponent := range []int{14, 15, 16, 17, 18, 20} {
		b.Run(fmt.Sprintf("chunk=2^%d", exponent), func(b *testing.B) {
			size := 1 << exponent
			token := signedList(b, key, packedChunk(rand.New(rand.NewPCG(1, 2)), size, 0.5, 0.01))
			for b.Loop() {
				jws, err := signature.Parse(token)
				if err != nil {
					b.Fatal(err)
				}
				if err := jws.Verify(key.PublicKey(), status.Type); err != nil {
					b.Fatal(err)
				}
				lst := bytes.TrimSuffix(bytes.TrimPrefix(jws.Payload, []byte(listBefore)), []byte(listAfter))
				stream, err := base64.RawURLEncoding.DecodeString(string(lst))
				if err != nil {
					b.Fatal(err)
				}
				reader, err := zlib.NewReader(bytes.NewReader(stream))
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, reader); err != nil || int(n) != size/2 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// What stands before and after lst in the claims of a list.
const (
	listBefore = `{"exp":1800000000,"iat":1799999000,"seq":43,"status_list":{"bits":4,"lst":"`
	listAfter  = `"},"sub":"` + address + `","ttl":60}`
)

func signedList(b *testing.B, key signature.Signer, chunk []byte) string {
	lst := base64.RawURLEncoding.EncodeToString(encoded(b, chunk))
	token, err := signature.SignCompact(key, signature.Header{Type: status.Type}, []byte(listBefore+lst+listAfter))
	if err != nil {
		b.Fatal(err)
	}
	return token
}

func encoded(b *testing.B, packed []byte) []byte {
	stream, err := status.Encode(packed)
	if err != nil {
		b.Fatal(err)
	}
	return stream
}

func zlibBest(b *testing.B, packed []byte) []byte {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(packed); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// packedChunk is [chunkAt], packed.
func packedChunk(r *rand.Rand, size int, load, bad float64) []byte {
	packed := bytes.Repeat([]byte{0x11}, size/2)
	for offset, value := range chunkAt(r, size, load, bad) {
		shift := offset % 2 * 4
		packed[offset/2] = packed[offset/2]&^(0xf<<shift) | byte(value)<<shift
	}
	return packed
}
