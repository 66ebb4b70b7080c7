package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a document; the deepest of ours has seven.
const maxDepth = 16

// Decode reads one JSON value into v, as strictly as everything that is signed
// is read. It refuses more than limit bytes, bytes that are no UTF-8, members
// that v does not have (compared exactly, which encoding/json alone does not
// do), members given twice, null, deep nesting, and anything that follows the
// value. What a later version adds will come with a typ of its own, so that an
// unknown member is always a mistake or an attack.
func Decode(b []byte, limit int, v any) error {
	if len(b) > limit {
		return fmt.Errorf("%d bytes, at most %d are read", len(b), limit)
	}
	if !utf8.Valid(b) {
		return errors.New("it is not UTF-8")
	}
	if err := checkMembers(b, reflect.TypeOf(v)); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	return nil
}

// checkMembers walks the tokens of b for repeated members, for names that
// differ from those of t by case alone, and for trailing data.
func checkMembers(b []byte, t reflect.Type) error {
	known := make(map[string]bool)
	collectNames(t, known)
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := walk(d, known, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the value")
	}
	return nil
}

func walk(d *json.Decoder, known map[string]bool, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	switch {
	case token == nil:
		return errors.New("null stands where there should be something, or nothing at all")
	case !ok:
		return nil
	}
	if depth++; depth > maxDepth {
		return errors.New("it is nested too deep")
	}
	seen := make(map[string]bool)
	for d.More() {
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if seen[name] {
				return fmt.Errorf("member %q is given twice", name)
			}
			seen[name] = true
			if !known[name] && knownFolded(known, name) {
				return fmt.Errorf("member %q is not written as it should be", name)
			}
		}
		if err := walk(d, known, depth); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func knownFolded(known map[string]bool, name string) bool {
	for k := range known {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// collectNames gathers the JSON names of the fields in t and below.
func collectNames(t reflect.Type, into map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		collectNames(t.Elem(), into)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
				into[name] = true
			}
			if f.IsExported() || f.Anonymous {
				collectNames(f.Type, into)
			}
		}
	}
}
