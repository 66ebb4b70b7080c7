package catalog

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// plainTree reads what nearly every application is made of: objects, arrays,
// strings without escapes, true, false and null. It gives up on everything
// else, mistakes above all, which the slower reader can tell the place of. b
// is valid UTF-8.
func plainTree(b []byte) (*node, bool) {
	p := &plainReader{rest: b}
	root := p.value(0)
	p.space()
	return root, root != nil && len(p.rest) == 0
}

// plainReader takes values off the text. After the first thing that is not
// plain it gives nil.
type plainReader struct{ rest []byte }

func (p *plainReader) space() { p.rest = bytes.TrimLeft(p.rest, " \t\r\n") }

// next says whether c comes next, and takes it.
func (p *plainReader) next(c byte) bool {
	p.space()
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *plainReader) value(depth int) *node {
	if depth > maxDepth {
		return nil
	}
	switch {
	case p.next('{'):
		return p.object(depth)
	case p.next('['):
		return p.array(depth)
	case p.next('"'):
		if text, ok := p.text(); ok {
			return &node{kind: stringNode, text: text}
		}
	case p.word("true"):
		return &node{kind: booleanNode, flag: true}
	case p.word("false"):
		return &node{kind: booleanNode}
	case p.word("null"):
		return &node{kind: nullNode}
	}
	return nil
}

func (p *plainReader) object(depth int) *node {
	n := &node{kind: objectNode}
	if p.next('}') {
		return n
	}
	for {
		if !p.next('"') {
			return nil
		}
		name, ok := p.text()
		if !ok || !p.next(':') {
			return nil
		}
		value := p.value(depth + 1)
		if value == nil {
			return nil
		}
		n.members = append(n.members, member{name, value})
		if p.next('}') {
			return n
		}
		if !p.next(',') {
			return nil
		}
	}
}

func (p *plainReader) array(depth int) *node {
	n := &node{kind: arrayNode}
	if p.next(']') {
		return n
	}
	for {
		value := p.value(depth + 1)
		if value == nil {
			return nil
		}
		n.items = append(n.items, value)
		if p.next(']') {
			return n
		}
		if !p.next(',') {
			return nil
		}
	}
}

// text reads a string whose quotation mark was taken.
func (p *plainReader) text() (string, bool) {
	end := bytes.IndexByte(p.rest, '"')
	if end < 0 {
		return "", false
	}
	text := string(p.rest[:end])
	p.rest = p.rest[end+1:]
	return text, strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == '\\' || r == utf8.RuneError }) < 0
}

func (p *plainReader) word(word string) bool {
	rest, ok := bytes.CutPrefix(p.rest, []byte(word))
	if ok {
		p.rest = rest
	}
	return ok
}
