package scan

import (
	"bytes"
	"strconv"
)

// lexer parts the content of a page into operators and their operands. It
// never fails: what it does not understand, it passes over.
type lexer struct {
	b  []byte
	at int
}

// maxOperands is how many numbers are kept for one operator.
const maxOperands = 32

// next gives the next operator with the numbers and the last name before it.
func (l *lexer) next() (op string, args []float64, name string, ok bool) {
	for {
		token := l.token()
		switch {
		case token == nil:
			return "", nil, "", false
		case token[0] == '/':
			name = string(token[1:])
		case token[0] == '+' || token[0] == '-' || token[0] == '.' || token[0] >= '0' && token[0] <= '9':
			if v, err := strconv.ParseFloat(string(token), 64); err == nil && len(args) < maxOperands {
				args = append(args, v)
			}
		case token[0] == '(' || token[0] == '<' || token[0] == '[' || token[0] == ']' || token[0] == '>' || token[0] == '{' || token[0] == '}':
		case string(token) == "ID":
			l.skipImage()
			args = nil
		default:
			return string(token), args, name, true
		}
	}
}

// token gives the next token; of strings only the first character, as they
// are not looked at. It is nil at the end.
func (l *lexer) token() []byte {
	for l.at < len(l.b) && space(l.b[l.at]) {
		l.at++
	}
	if l.at >= len(l.b) {
		return nil
	}
	from := l.at
	switch c := l.b[from]; c {
	case '%':
		for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
			l.at++
		}
		return []byte{'>'} // nothing that counts
	case '(':
		l.skipString()
		return l.b[from : from+1]
	case '<':
		if l.at+1 < len(l.b) && l.b[l.at+1] == '<' {
			l.at += 2
		} else if end := bytes.IndexByte(l.b[l.at:], '>'); end >= 0 {
			l.at += end + 1
		} else {
			l.at = len(l.b)
		}
		return l.b[from : from+1]
	case '>', '[', ']', '{', '}', ')':
		l.at++
		return []byte{'>'}
	}
	l.at++
	for l.at < len(l.b) && !space(l.b[l.at]) && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(l.b[l.at])) {
		l.at++
	}
	return l.b[from:l.at]
}

// skipString passes over a string with its escapes and inner parentheses.
func (l *lexer) skipString() {
	depth := 0
	for ; l.at < len(l.b); l.at++ {
		switch l.b[l.at] {
		case '\\':
			l.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.at++
				return
			}
		}
	}
	l.at = len(l.b)
}

// skipImage passes over the bytes of an inline image.
func (l *lexer) skipImage() {
	for l.at < len(l.b) {
		i := bytes.Index(l.b[l.at:], []byte("EI"))
		if i < 0 {
			l.at = len(l.b)
			return
		}
		l.at += i + 2
		if l.at >= 3 && space(l.b[l.at-3]) && (l.at == len(l.b) || space(l.b[l.at])) {
			return
		}
	}
}

func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
