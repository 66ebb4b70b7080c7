package verifier_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/verifier"
)

// TestAppendJSON holds what is written by hand to what encoding/json writes,
// for results with anything in any member: whoever adds one and forgets it
// here finds out.
func TestAppendJSON(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var r verifier.Result
		fill(draw, reflect.ValueOf(&r).Elem())
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.AppendJSON([]byte("before")); string(got) != "before"+string(want) {
			t.Fatalf("got  %s\nwant before%s", got, want)
		}
	}
}

var identifier = license.Identifier{Type: "1131000000DEM001Y9001", Issuer: "1131010500DEM001YN", Serial: "20260000001", Version: 3}

var anyText = []string{
	"", "", "valid", "上海市长宁区市场监督管理局", `"`, `a\b`, "<b>&amp;", "\x00\n\x7f", "龘𠮷", "\u2028", "a\u2029", "—…", "\xff", "\xe2\x80", "卷烟、雪茄烟\xe4",
}

// fill puts anything that it may hold into v.
func fill(draw *rand.Rand, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		if draw.IntN(3) > 0 {
			v.Set(reflect.ValueOf(time.Unix(draw.Int64N(1<<33), draw.Int64N(2)*500).UTC()))
		}
		return
	case license.Identifier:
		if draw.IntN(3) > 0 {
			v.Set(reflect.ValueOf(identifier))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(anyText[draw.IntN(len(anyText))])
	case reflect.Bool:
		v.SetBool(draw.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(draw.Int64N(1<<40) - 1<<20)
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(draw.Uint64N(3) * draw.Uint64N(1<<15))
	case reflect.Slice:
		if n := draw.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
		}
		for i := range v.Len() {
			fill(draw, v.Index(i))
		}
	case reflect.Pointer:
		if draw.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(draw, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(draw, v.Field(i))
		}
	default:
		panic("nothing is known of a " + v.Type().String())
	}
}
