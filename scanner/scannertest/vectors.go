package scannertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

// Vector is one case of testdata/vectors, as it is handed to the WebAssembly,
// with the very answer that the server gives.
type Vector struct {
	Name   string            `json:"name"`
	Text   string            `json:"text"`
	Trust  string            `json:"trust"` // the bundle itself
	Lists  []VectorList      `json:"lists"`
	Takes  []string          `json:"takes,omitempty"` // answers of POST /status/lists that came after
	Region license.Region    `json:"region"`
	State  map[string]uint64 `json:"state"`
	At     int64             `json:"at"` // milliseconds
	Want   json.RawMessage   `json:"-"`  // the Result; nil where the bundle must be refused
}

// VectorList is a status list or record with the address it came from, or a
// part of a closing list with its digest.
type VectorList struct {
	URI    string `json:"uri"`
	Token  string `json:"token"`
	Digest string `json:"digest,omitempty"`
	Part   []byte `json:"part,omitempty"`
}

// Vectors reads all cases below the folder and has this process answer them.
func Vectors(t testing.TB, folder string) []Vector {
	t.Helper()
	var all []Vector
	for _, kind := range []string{"valid", "invalid"} {
		files, err := filepath.Glob(filepath.Join(folder, kind, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			v := readVector(t, folder, path)
			v.Name = kind + "/" + filepath.Base(path)
			all = append(all, v)
		}
	}
	if len(all) < 85 {
		t.Fatalf("%d vectors only", len(all))
	}
	return all
}

func readVector(t testing.TB, folder, path string) Vector {
	t.Helper()
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var file struct {
		Text, Trust string
		Status      []struct{ File, URI string }
		Region      license.Region
		At          time.Time
		State       map[string]uint64
	}
	if err := json.Unmarshal(read(path), &file); err != nil {
		t.Fatal(err)
	}
	v := Vector{Text: file.Text, Trust: string(read(filepath.Join(folder, file.Trust))), Region: file.Region, State: file.State, At: file.At.UnixMilli()}
	for _, l := range file.Status {
		content := read(filepath.Join(folder, l.File))
		if filepath.Ext(l.File) == ".bin" {
			v.Lists = append(v.Lists, VectorList{Digest: trust.Digest(content), Part: content})
		} else {
			v.Lists = append(v.Lists, VectorList{URI: l.URI, Token: string(content)})
		}
	}
	v.answer(t, v.Lists)
	return v
}

// answer asks the verifier as the server does, by lists given to it, and not by
// way of the page's own code.
func (v *Vector) answer(t testing.TB, given []VectorList) {
	t.Helper()
	b, err := trust.Load([]byte(v.Trust))
	if err != nil {
		return
	}
	lists := verifier.NewLists(b)
	lists.Restore(v.State)
	for _, l := range given {
		_ = lists.AddFrom(l.URI, append([]byte(l.Token), l.Part...)) // what is refused is part of the answer
	}
	asked, err := verifier.New(verifier.Config{Trust: b, Region: v.Region, Lists: lists})
	if err != nil {
		t.Fatal(err)
	}
	if v.Want, err = json.Marshal(asked.Verify(v.Text, time.UnixMilli(v.At))); err != nil {
		t.Fatal(err)
	}
}

// Answering is JavaScript for an expression that is the Result of each vector
// in the array vectors, as the text that the WebAssembly wrote, or the empty
// text where the bundle was refused. The WebAssembly must be loaded.
const Answering = `vectors.map((v) => {
  if (yizheng.open(v.trust, v.region, JSON.stringify(v.state ?? {})) !== "") return "";
  for (const l of v.lists ?? []) {
    if (l.digest) yizheng.closing(l.digest, Uint8Array.from(atob(l.part ?? ""), (c) => c.charCodeAt(0)));
    else yizheng.add(l.uri, l.token);
  }
  for (const answer of v.takes ?? []) yizheng.take(answer);
  const answer = yizheng.verify(v.text, v.at);
  const end = answer.lastIndexOf(',"view":');
  return answer.slice('{"result":'.length, end);
})`

// Compare holds what the WebAssembly answered to what this process did, byte
// for byte.
func Compare(t testing.TB, vectors []Vector, answers []string) {
	t.Helper()
	if len(answers) != len(vectors) {
		t.Fatalf("%d answers to %d vectors", len(answers), len(vectors))
	}
	for i, v := range vectors {
		if answers[i] != string(v.Want) {
			t.Errorf("%s: the page answers\n%s\nthe server\n%s", v.Name, answers[i], v.Want)
		}
	}
}
