package bundle

import (
	"fmt"
	"slices"

	"yizheng/trust"
)

// arrange puts closing lists in the order of their digests, each once, and
// gives the digests and all parts in a row.
func arrange(lists [][][]byte) (digests []string, parts [][]byte) {
	byDigest := make(map[string][][]byte, len(lists))
	for _, list := range lists {
		d := trust.Digest(list[0])
		if byDigest[d] == nil {
			digests = append(digests, d)
		}
		byDigest[d] = list
	}
	slices.Sort(digests)
	for _, d := range digests {
		parts = append(parts, byDigest[d]...)
	}
	return digests, parts
}

func checkSize(parts [][]byte) error {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if size > MaxClosing {
		return fmt.Errorf("%w: closing lists of %d bytes, at most %d", ErrMalformed, size, MaxClosing)
	}
	return nil
}

// takeClosing checks that the parts are those that the statement's closing
// lists consist of, no more and no fewer, and adds them. What the trust
// documents do not name (any more) is refused and the rest goes on.
func (b *Bundle) takeClosing(parts [][]byte) error {
	if err := checkSize(parts); err != nil {
		return err
	}
	next := func(want string) (part []byte, err error) {
		if len(parts) == 0 || trust.Digest(parts[0]) != want {
			return nil, fmt.Errorf("%w: part %s of a closing list", ErrIncomplete, want)
		}
		part, parts = parts[0], parts[1:]
		return part, nil
	}
	for _, digest := range b.Closing {
		part, err := next(digest)
		if err != nil {
			return err
		}
		list, err := trust.ParseClosing(part)
		if err != nil {
			return fmt.Errorf("%w: closing list %s: %w", ErrMalformed, digest, err)
		}
		refused := b.Lists.Add(part)
		for _, chunk := range list.ChunkDigests() {
			if part, err = next(chunk); err != nil {
				return err
			}
			if refused == nil {
				refused = b.Lists.Add(part)
			}
		}
		if refused != nil {
			b.Refused = append(b.Refused, refused)
		}
	}
	if len(parts) > 0 {
		return fmt.Errorf("%w: %d parts of closing lists that it does not name", ErrIncomplete, len(parts))
	}
	b.Without = b.missing()
	return nil
}

// missing are the closing lists of the bundle's regions that it has not.
func (b *Bundle) missing() (digests []string) {
	for _, issuer := range b.Trust.Issuers {
		if _, asked := slices.BinarySearch(b.Regions, issuer.Region); !asked {
			continue
		}
		for _, digest := range issuer.Closings() {
			if _, held := slices.BinarySearch(b.Closing, digest); !held {
				digests = append(digests, digest)
			}
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests)
}
