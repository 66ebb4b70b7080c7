package pdf

// packing is a stream on its way to the file.
type packing struct {
	ref  Ref
	made Stream
}

// pack makes the stream of an object beside everything else: streams know
// nothing of each other, and compressing them is half of the work on a file.
func (f *File) pack(r Ref, stream func() Stream) {
	f.objects[r-1].apart = true
	p := &packing{ref: r}
	f.packings = append(f.packings, p)
	f.packers.Go(func() { p.made = stream() })
}

// packed adds a stream of some parts, see [Compressor.Stream].
func (f *File) packed(dict string, parts ...[]byte) Ref {
	r := f.reserve()
	f.pack(r, func() Stream { return f.compress.Stream(dict, parts...) })
	return r
}

// settle waits until every stream is made.
func (f *File) settle() {
	f.packers.Wait()
	for _, p := range f.packings {
		f.setStream(p.ref, p.made)
	}
	f.packings = nil
}
