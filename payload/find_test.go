package payload_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"yizheng/payload"
	"yizheng/signature"
)

func TestFind(t *testing.T) {
	code := sealed(t, fixtures(t)[0], builtin(t, "310105"))
	digits := code.Digits()
	compact := code.Compact(signature.ES256)
	half := len(digits) / 2
	later := framed('9', digits[3:len(digits)-5])
	for _, c := range []struct {
		name, input, prefix string
		want                error
	}{
		{"address", prefix + digits, prefix, nil},
		{"bare", digits, "", nil},
		{"space around", " \t" + prefix + digits + "\r\n\n", prefix, nil},
		{"broken lines", prefix + digits[:half] + "\r\n" + digits[half:], prefix, nil},
		{"bare with spaces", strings.Join(strings.SplitAfter(digits, "7"), " "), "", nil},
		{"ideographic space and byte order mark", "\uFEFF\u3000" + digits + "\u00A0", "", nil},
		{"slash", prefix + digits + "/", prefix, nil},
		{"query", prefix + digits + "?lang=zh", prefix, nil},
		{"fragment", prefix + digits + "/#top", prefix, nil},
		{"query with an address", prefix + digits + "?from=https://a.example/v/1", prefix, nil},
		{"upper case", "HTTPS://ZHENG.EXAMPLE/v/" + digits, "HTTPS://ZHENG.EXAMPLE/v/", nil},
		{"other host, port and path", "http://localhost:8080/a/v/" + digits, "http://localhost:8080/a/v/", nil},
		{"no scheme", "zheng.example/v/" + digits, "zheng.example/v/", nil},
		{"compact JWS", compact, "", nil},
		{"compact JWS in lines", compact[:100] + "\n" + compact[100:] + "\n", "", nil},

		{"cut at the end", prefix + digits[:len(digits)-1], prefix, payload.ErrUnreadable},
		{"cut in the middle", prefix + digits[:half], prefix, payload.ErrUnreadable},
		{"nearly all cut", prefix + digits[:15], prefix, payload.ErrUnreadable},
		{"start missing", prefix + digits[1:], prefix, payload.ErrUnreadable},
		{"bare, cut", digits[:len(digits)-40], "", payload.ErrUnreadable},
		{"bare, start missing", digits[50:], "", payload.ErrUnreadable},
		{"letter for a digit", prefix + digits[:half] + "O" + digits[half+1:], prefix, payload.ErrUnreadable},
		{"two addresses", prefix + digits + "\n" + prefix + digits, "", payload.ErrUnreadable},
		{"two bare", digits + "\n" + digits, "", payload.ErrUnreadable},
		{"bare and address", digits + " " + prefix + digits, prefix, payload.ErrUnreadable},
		{"two addresses without schemes", "a.example/v/" + digits + "\na.example/v/" + digits, "", payload.ErrUnreadable},
		{"later version", prefix + later, prefix, payload.ErrVersion},
		{"too few bytes", prefix + payload.EncodeDigits(make([]byte, 78)), prefix, payload.ErrMalformed},
		{"compact, other type", strings.Replace(compact, ".", "x.", 1), "", payload.ErrMalformed},

		{"empty", "", "", payload.ErrNotACode},
		{"space", " \n", "", payload.ErrNotACode},
		{"word", "行业综合许可证", "", payload.ErrNotACode},
		{"health card", "shc:/567629095243206034602924374044603122295953265460346029254077280433602870286471674522280928613331456437653141590640220306450459085643550341424541364037063665417137241236380304375622046737407532323925433443326057360106452931531270742428395038692212766728666731266342087422573776302062041022437658685343255820002167287607585708105505622752282407670809680507692361773323356634342439664440596761410443377667202663224433674530596175400038397052612140292974753658337372662132066669047253044469405210524536242721550377673434280323045475690310233670562227414567090555653507636250537239522776211205312561442568282012726838630039087127042463716936535535602928393065580072763158437500341209546904210458383257586630101033123422114008776058732325243477645920113037325929083272452732223707055550412927584543582550667760036577724025621136525340592771740903663844771261692077697211447057562509437029626707254539002011763240720310114260256672645965627243654061066553770056000404", "", payload.ErrNotACode},
		{"other address", "https://www.example.com/v/12345", "https://www.example.com/v/", payload.ErrNotACode},
		{"other scheme", "shc://zheng.example/v/" + digits, "", payload.ErrNotACode},
		{"other path", "https://zheng.example/x/" + digits, "", payload.ErrNotACode},
		{"our address, no digits", prefix, "", payload.ErrNotACode},
		{"telephone", "8613912345678", "", payload.ErrNotACode},
		{"bar code", "6901234567892", "", payload.ErrNotACode},
		{"another token", "eyJhbGciOiJFUzI1NiJ9", "", payload.ErrNotACode},
		{"too long", strings.Repeat(" ", payload.MaxInput) + digits, "", payload.ErrNotACode},
	} {
		got, found, err := payload.Find(c.input)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if c.want != nil {
			continue
		}
		if got != c.prefix {
			t.Errorf("%s: prefix %q, want %q", c.name, got, c.prefix)
		}
		if found.Digits() != digits || found.Compact(signature.ES256) != compact {
			t.Errorf("%s: another code was found", c.name)
		}
	}
}

func TestFromCompact(t *testing.T) {
	code := sealed(t, fixtures(t)[0], builtin(t, "310105"))
	for _, alg := range []signature.Algorithm{signature.ES256, signature.EdDSA, signature.SM2} {
		got, stated, err := payload.FromCompact(code.Compact(alg))
		if err != nil || stated != alg || got.Stated != alg {
			t.Errorf("%s: stated %s and %s, %v", alg, stated, got.Stated, err)
		}
		got.Stated = ""
		if !reflect.DeepEqual(got, code) {
			t.Errorf("%s: %+v comes back as %+v", alg, code, got)
		}
	}
	header := func(change func(*signature.Header)) string {
		h := signature.Header{
			Algorithm: signature.ES256, Dictionary: code.DictionaryID, KeyID: code.KeyID, Type: payload.Type, Zip: "DEF",
		}
		change(&h)
		return signature.Compact(h, code.Payload, code.Signature)
	}
	for _, c := range []struct {
		name, reason, compact string
	}{
		{"other type", payload.ReasonType, header(func(h *signature.Header) { h.Type = "statuslist+jwt" })},
		{"not deflated", payload.ReasonType, header(func(h *signature.Header) { h.Zip = "" })},
		{"no key", payload.ReasonJWS, header(func(h *signature.Header) { h.KeyID = "" })},
		{"short key", payload.ReasonJWS, header(func(h *signature.Header) { h.KeyID = "AAAAAAA" })},
		{"spare bits in dictionary", payload.ReasonJWS, header(func(h *signature.Header) { h.Dictionary = "AAAAAAAAAAB" })},
		{"no payload", payload.ReasonLength, signature.Compact(signature.Header{
			Algorithm: signature.ES256, Dictionary: code.DictionaryID, KeyID: code.KeyID, Type: payload.Type, Zip: "DEF",
		}, nil, code.Signature)},
		{"no JWS", payload.ReasonJWS, "a.b.c"},
	} {
		_, _, err := payload.FromCompact(c.compact)
		var m *payload.MalformedError
		if !errors.As(err, &m) || m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// FuzzFind: whatever is found has one text.
func FuzzFind(f *testing.F) {
	code := sealed(f, fixtures(f)[0], builtin(f, "310105"))
	f.Add(code.Text(prefix))
	f.Add(code.Compact(signature.ES256))
	f.Add(" " + code.Digits()[:30] + "\n")
	f.Fuzz(func(t *testing.T, input string) {
		_, c, err := payload.Find(input)
		if err != nil {
			for _, known := range []error{payload.ErrNotACode, payload.ErrUnreadable, payload.ErrVersion, payload.ErrMalformed} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("unknown error %v", err)
		}
		_, again, err := payload.Find(c.Digits())
		c.Stated = ""
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%+v comes back as %+v, %v", c, again, err)
		}
	})
}
