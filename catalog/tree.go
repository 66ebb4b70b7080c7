package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"yizheng/license"
)

// maxDepth is far above the three levels that an application has.
const maxDepth = 16

type nodeKind int

const (
	nullNode nodeKind = iota
	booleanNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

func (k nodeKind) english() string {
	return [...]string{"null", "true or false", "a number", "a string", "an array", "an object"}[k]
}

func (k nodeKind) chinese() string {
	return [...]string{"null", "true或false", "数字", "字符串", "数组", "对象"}[k]
}

// node is a JSON value that remembers repeated members and their order, which
// a decoder into structs silently drops.
type node struct {
	kind    nodeKind
	text    string
	flag    bool
	items   []*node
	members []member
}

type member struct {
	name  string
	value *node
}

var (
	errTooDeep  = errors.New("nested too deeply")
	errTrailing = errors.New("data after the end")
)

// textOf gives the text of a file: it is not too long, valid UTF-8, and has no
// byte order mark any more.
func textOf(b []byte) ([]byte, license.Faults) {
	if len(b) > MaxApplication {
		return nil, one("too_large",
			fmt.Sprintf("The file has %d bytes, and at most %d are read.", len(b), MaxApplication),
			fmt.Sprintf("文件共%d字节，最多读取%d字节。", len(b), MaxApplication))
	}
	if !utf8.Valid(b) {
		return nil, one("text_invalid_utf8", "The file is not valid UTF-8; save it as UTF-8, not as GBK.", "文件不是有效的UTF-8编码，请另存为UTF-8（而非GBK）。")
	}
	return bytes.TrimPrefix(b, []byte("\uFEFF")), nil
}

// parseTree reads one JSON value and nothing after it, or says where the text
// is none.
func parseTree(b []byte) (*node, license.Faults) {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	root, err := readNode(decoder, 0)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errTrailing
		}
	}
	if err == nil {
		return root, nil
	}
	offset := int(decoder.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset)
	}
	line, column := position(b, offset)
	at := fmt.Sprintf("line %d, column %d", line, column)
	atZH := fmt.Sprintf("第%d行第%d列", line, column)
	switch {
	case errors.Is(err, errTooDeep):
		return nil, one("too_deep", "The file is nested too deeply at "+at+".", "文件在"+atZH+"处嵌套过深。")
	case errors.Is(err, errTrailing):
		return nil, one("trailing_data", "There is something after the end of the application at "+at+".", "申请内容结束后，"+atZH+"处还有其他内容。")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, one("not_json", "The file ends before the application does.", "文件不完整，内容提前结束。")
	}
	return nil, one("not_json", "The file is not JSON near "+at+".", "文件在"+atZH+"附近不符合JSON格式。")
}

// readNode reads one value. The decoder's own depth is not bounded when it is
// asked for tokens, so this is.
func readNode(decoder *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch value := token.(type) {
	case string:
		return &node{kind: stringNode, text: value}, nil
	case bool:
		return &node{kind: booleanNode, flag: value}, nil
	case json.Number:
		return &node{kind: numberNode}, nil
	case json.Delim:
		return readNested(decoder, value, depth)
	}
	return &node{kind: nullNode}, nil
}

func readNested(decoder *json.Decoder, open json.Delim, depth int) (*node, error) {
	n := &node{kind: arrayNode}
	if open == '{' {
		n.kind = objectNode
	}
	for decoder.More() {
		var name string
		if n.kind == objectNode {
			token, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			name, _ = token.(string)
		}
		value, err := readNode(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		if n.kind == objectNode {
			n.members = append(n.members, member{name, value})
		} else {
			n.items = append(n.items, value)
		}
	}
	_, err := decoder.Token()
	return n, err
}

// one is the one fault of a file that cannot be read.
func one(reason, en, zh string) license.Faults {
	return license.Faults{{Reason: reason, Message: en, MessageZH: zh}}
}

// position turns the number of bytes before a place into its line and column,
// both counted from 1. The decoder counts some faults with the byte at fault
// and some without, so the place is near, not exact.
func position(b []byte, offset int) (line, column int) {
	before := b[:min(max(offset, 0), len(b))]
	line = bytes.Count(before, []byte("\n")) + 1
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	return line, utf8.RuneCount(before) + 1
}
