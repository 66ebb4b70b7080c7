package exchange

import (
	"errors"
	"net"
	"syscall"
)

// The largest replies that are let through: an object and room to spare; the
// table of slots of a cluster in pieces.
const (
	maxReply    = 2 << 20 // bytes of one string
	maxElements = 1 << 16 // of one array
	maxNesting  = 6
	maxLine     = 64 << 10
)

var errReply = errors.New("redis: reply is larger than anything that was asked for")

// guarded is a connection to a Redis that is not believed. A client library
// makes room for as much as a reply says that will come, so that a few bytes
// could end the process; here such a reply ends the connection. It reads no
// more of the protocol (RESP) than the lengths.
type guarded struct {
	net.Conn

	text  int             // bytes of a string, and its line break, that are still to come
	kind  byte            // first byte of the line that is being read; zero between lines
	size  int             // number on that line, when it is a length
	line  int             // its bytes so far
	minus bool            // it is negative
	left  [maxNesting]int // elements still to come of the arrays around
	depth int
}

// guardedTCP lets the client see whether the other side has closed an idle
// connection.
type guardedTCP struct {
	guarded
	tcp *net.TCPConn
}

// SyscallConn gives the connection itself.
func (g *guardedTCP) SyscallConn() (syscall.RawConn, error) { return g.tcp.SyscallConn() }

// Read reads, and fails on a reply that is too large.
func (g *guarded) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if !g.follow(p[:n]) {
		return 0, errReply
	}
	return n, err
}

// follow goes through what was read; false when it goes too far.
func (g *guarded) follow(b []byte) bool {
	for len(b) > 0 {
		if g.text > 0 {
			skip := min(g.text, len(b))
			g.text -= skip
			b = b[skip:]
			continue
		}
		if !g.next(b[0]) {
			return false
		}
		b = b[1:]
	}
	return true
}

// next takes one byte of a line.
func (g *guarded) next(c byte) bool {
	switch {
	case g.kind == 0:
		g.kind, g.size, g.line, g.minus = c, 0, 0, false
		return true
	case c == '\n':
		kind := g.kind
		g.kind = 0
		return g.ended(kind)
	}
	g.line++
	switch {
	case g.line > maxLine:
		return false
	case c == '-' && g.line == 1:
		g.minus = true
	case c >= '0' && c <= '9' && g.size <= maxReply:
		g.size = 10*g.size + int(c-'0')
	}
	return true
}

// ended looks at a whole line.
func (g *guarded) ended(kind byte) bool {
	switch kind {
	case '$', '=', '!':
		if !g.minus {
			g.text = g.size + len("\r\n")
		}
		g.count(0)
		return g.size <= maxReply
	case '*', '%', '~', '>', '|':
		elements := g.size
		if kind == '%' || kind == '|' {
			elements *= 2
		}
		if g.minus {
			elements = 0
		}
		return g.count(elements) && elements <= maxElements
	}
	return g.count(0)
}

// count notes that an element is there, which holds so many others.
func (g *guarded) count(elements int) bool {
	if g.depth > 0 {
		g.left[g.depth-1]--
	}
	if elements > 0 {
		if g.depth == maxNesting {
			return false
		}
		g.left[g.depth] = elements
		g.depth++
	}
	for g.depth > 0 && g.left[g.depth-1] == 0 {
		g.depth--
	}
	return true
}
