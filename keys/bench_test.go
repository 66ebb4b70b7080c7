package keys_test

import (
	"crypto/rand"
	"testing"

	"yizheng/keys"
)

func BenchmarkSign(b *testing.B) {
	message := make([]byte, 300)
	for _, alg := range algorithms {
		key, err := keys.Generate(keys.UseLicense, alg, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(alg), func(b *testing.B) {
			for b.Loop() {
				if _, err := key.Sign(message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
