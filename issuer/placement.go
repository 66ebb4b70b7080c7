package issuer

import "yizheng/status"

// ChunkSize is how many entries one status list has.
const ChunkSize = status.ChunkSize

// Placement says where the blocks of status entries go: into one of the
// newest chunks, at an offset drawn at random, so that the number in a code
// tells next to nothing about the order of issue. Older chunks rest, so that
// verifiers keep their copies of them.
//
// A register keeps at least MinChunks from its first license on, and adds one
// when the newest OpenChunks are full to LoadFactor; so an early list looks
// like a late one.
const (
	OpenChunks    = 4 // the newest chunks, which take new blocks
	LoadPercent   = 50
	MaxBlock      = 256  // entries; no license is as long
	placeAttempts = 1000 // draws before a store gives up, which at half load never happens
)

// Place draws places for a block of length entries in chunks of the given
// size until free takes one, so that each free place is as likely as any
// other, without a whole chunk being read: free says whether the entries are
// nobody's. The chunks are numbered from 0; chunks says how many there are. It
// gives the index of the first entry.
func Place(length int, chunks, chunkSize uint32, draw func() (uint32, error), free func(chunk, offset uint32) (bool, error)) (index uint32, ok bool, err error) {
	if length < 1 || length > MaxBlock || chunks == 0 || chunkSize < MaxBlock {
		return 0, false, nil
	}
	open := min(chunks, OpenChunks)
	for range placeAttempts {
		r, err := draw()
		if err != nil {
			return 0, false, err
		}
		chunk := chunks - 1 - r%open
		if r, err = draw(); err != nil {
			return 0, false, err
		}
		offset := r % (chunkSize - uint32(length) + 1)
		taken, err := free(chunk, offset)
		if err != nil {
			return 0, false, err
		}
		if taken {
			return chunk*chunkSize + offset, true, nil
		}
	}
	return 0, false, nil
}

// Grown says how many chunks there must be when used entries are assigned in
// the newest of the given number of chunks.
func Grown(chunks uint32, used int64, chunkSize uint32) uint32 {
	if chunks < OpenChunks {
		return OpenChunks
	}
	if used*100 >= int64(OpenChunks)*int64(chunkSize)*LoadPercent {
		return chunks + 1
	}
	return chunks
}
