package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/trust"
	"yizheng/trust/root"
	"yizheng/verifier"
)

const vectorFolder = "../../testdata/vectors"

// vectorCase is what the command line needs of a case of testdata/vectors.
type vectorCase struct {
	Text, Trust, Region, At, AsOf string
	Status                        []struct{ File, URI string }
	State                         map[string]uint64
	Expect                        struct{ Outcome, Trust string }
}

func readCase(t *testing.T, path string) vectorCase {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v vectorCase
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// args gives the command line of a case, less the text.
func (v vectorCase) args() []string {
	args := []string{"verify", "--trust", filepath.Join(vectorFolder, v.Trust), "--region", v.Region, "--at", v.At}
	if v.AsOf != "" {
		args = append(args, "--as-of", v.AsOf)
	}
	for _, s := range v.Status {
		args = append(args, "--status", filepath.Join(vectorFolder, s.File))
	}
	return args
}

// mustMake gives v, or ends the test.
func mustMake[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func runMain(stdin string, args ...string) (exit int, stdout, stderr string) {
	var out, complaints bytes.Buffer
	exit = Main(context.Background(), args, strings.NewReader(stdin), &out, &complaints)
	return exit, out.String(), complaints.String()
}

func TestVerifyInputs(t *testing.T) {
	v := readCase(t, filepath.Join(vectorFolder, "valid", "restaurant-3-permits.json"))
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		stdin, argument string
		more            []string
		exit            int
		reason          string
	}{
		"text file":        {argument: write("code.txt", v.Text+"\r\n")},
		"mark at start":    {argument: write("mark.txt", "\ufeff"+v.Text)},
		"standard input":   {argument: "-", stdin: v.Text + "\n"},
		"nothing":          {argument: "-", exit: 64, reason: "file_empty"},
		"empty text":       {argument: "", exit: 1, reason: "no_code"},
		"empty file":       {argument: write("empty.txt", ""), exit: 64, reason: "file_empty"},
		"no such file":     {argument: filepath.Join(dir, "none.pdf"), exit: 64, reason: "file_not_found"},
		"folder":           {argument: dir, exit: 64, reason: "file_unreadable"},
		"damaged picture":  {argument: write("bad.png", "\x89PNG\r\n\x1a\nrubbish"), exit: 64, reason: "file_damaged"},
		"not a picture":    {argument: write("text.jpg", "text"), exit: 64, reason: "file_damaged"},
		"damaged PDF":      {argument: write("bad.pdf", "%PDF-1.7\nrubbish")},
		"binary":           {argument: write("binary", "\x00\xff\xfe"), exit: 64, reason: "file_format"},
		"NUL in the name":  {argument: "a\x00b", exit: 1, reason: "no_code"},
		"bad instant":      {argument: v.Text, more: []string{"--at", "yesterday"}, exit: 64, reason: "at"},
		"bad age":          {argument: v.Text, more: []string{"--max-age", "-1h"}, exit: 64, reason: "max_age"},
		"age too small":    {argument: v.Text, more: []string{"--max-age", "1s"}, exit: 2, reason: "status_list_too_old"},
		"bad region":       {argument: v.Text, more: []string{"--region", "31x"}, exit: 64, reason: "region"},
		"abolished region": {argument: v.Text, more: []string{"--region", "310108"}, exit: 64, reason: "region_abolished"},
		"missing list":     {argument: v.Text, more: []string{"--status", filepath.Join(dir, "gone")}, exit: 64, reason: "status_unreadable"},
		"missing trust":    {argument: v.Text, more: []string{"--trust", filepath.Join(dir, "gone")}, exit: 64, reason: "file_not_found"},
		"broken trust":     {argument: v.Text, more: []string{"--trust", write("trust.json", "{}")}, exit: 64, reason: "trust_malformed"},
		"unknown flag":     {argument: v.Text, more: []string{"--nonsense"}, exit: 64, reason: "flag"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append(append(v.args(), "--json"), c.more...)
			exit, out, complaints := runMain(c.stdin, append(args, "--", c.argument)...)
			if name == "damaged PDF" {
				if exit != 64 && exit != 1 { // whether it has no code or is no document is for package scan
					t.Errorf("exit %d: %s", exit, out)
				}
				return
			}
			if exit != c.exit || c.reason != "" && !strings.Contains(out, `"`+c.reason+`"`) {
				t.Errorf("exit %d, want %d and %s\n%s%s", exit, c.exit, c.reason, out, complaints)
			}
			if strings.HasPrefix(c.reason, "file_") && strings.Contains(out, `"messageZH": ""`) {
				t.Errorf("it is not said in Chinese: %s", out)
			}
		})
	}
}

func TestVerifyStatusFolder(t *testing.T) {
	v := readCase(t, filepath.Join(vectorFolder, "valid", "restaurant-3-permits.json"))
	dir := t.TempDir()
	token, err := os.ReadFile(filepath.Join(vectorFolder, v.Status[0].File))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"a/b/list.jwt": string(token) + "\n", "a/.writing-1": "half", "a/old~": "half", "README": "no list",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v.Status = nil
	exit, out, notes := runMain("", append(v.args(), "--status", dir, v.Text)...)
	if exit != 0 || strings.Count(notes, "note:") != 1 || !strings.Contains(notes, "README") {
		t.Errorf("exit %d, notes %s, %s", exit, notes, out)
	}
}

func TestVerifyState(t *testing.T) {
	v := readCase(t, filepath.Join(vectorFolder, "invalid", "list-rolled-back.json"))
	dir := filepath.Join(t.TempDir(), "state")
	newer, older := v, v
	newer.Status, older.Status = v.Status[:1], v.Status[1:]
	if exit, out, _ := runMain("", append(newer.args(), "--state", dir, "--json", v.Text)...); exit != 1 {
		t.Fatalf("exit %d: %s", exit, out)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	exit, out, _ := runMain("", append(older.args(), "--state", dir, "--json", v.Text)...)
	if exit != 2 || !strings.Contains(out, string(verifier.StatusListRolledBack)) {
		t.Errorf("exit %d: %s", exit, out)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	exit, out, _ = runMain("", append(older.args(), "--state", dir, "--json", v.Text)...)
	if exit != 64 || !strings.Contains(out, "state_unreadable") {
		t.Errorf("damaged state: exit %d: %s", exit, out)
	}
}

func TestOneCode(t *testing.T) {
	a := readCase(t, filepath.Join(vectorFolder, "valid", "restaurant-3-permits.json")).Text
	b := readCase(t, filepath.Join(vectorFolder, "valid", "eddsa.json")).Text
	for _, c := range []struct {
		texts []string
		want  string
		fails bool
	}{
		{nil, "", false},
		{[]string{"pay"}, "pay", false},
		{[]string{"pay", a, a}, a, false},
		{[]string{a, b}, "", true},
	} {
		if got, err := oneCode(c.texts); got != c.want || (err != nil) != c.fails {
			t.Errorf("%.40q: %.40q, %v", c.texts, got, err)
		}
	}
}

func TestTrustCommands(t *testing.T) {
	v := readCase(t, filepath.Join(vectorFolder, "valid", "partly-recognised.json"))
	file := filepath.Join(vectorFolder, v.Trust)
	bundle, err := readBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "root")
	r, err := root.Create(dir, root.Config{Name: "shanghai", Title: "上海市", Territory: trust.Territory{"31"}, Policy: root.DefaultPolicy(trust.Territory{"31"}, false)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Enroll(*bundle.IssuerOf("310105"), bundle.Of("delta/shanghai").Directory.Entries); err != nil {
		t.Fatal(err)
	}
	r.Close()
	out := filepath.Join(t.TempDir(), "trust.json")
	update := []string{"trust", "update", "--root", dir, "--out", out, "--at", v.At}
	for range 2 {
		if exit, stdout, stderr := runMain("", update...); exit != 0 {
			t.Fatalf("exit %d: %s%s", exit, stdout, stderr)
		}
	}
	if newer, err := readBundle(out); err != nil || newer.Anchor.Region != "310105" || len(newer.Issuers) != 1 {
		t.Errorf("%+v %v", newer, err)
	}
	for _, c := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"trust"}, 64, ""},
		{[]string{"trust", "show", out}, 0, "310105"},
		{[]string{"trust", "show", "--json", file}, 0, `"use": "license"`},
		{[]string{"trust", "show", "--json", dir}, 64, "file_unreadable"},
		{[]string{"trust", "explain", "310105", "310106", "饭店", "--trust", out, "--json"}, 0, "recognised_agreement"},
		{[]string{"trust", "explain", "310105", "110105", "饭店", "--trust", file, "--matter", "食品经营许可"}, 0, "不认可"},
		{[]string{"trust", "explain", "110108", "310105", "无", "--trust", file, "--json"}, 64, "matter_missing"},
		{[]string{"trust", "update", "--root", filepath.Join(dir, "none"), "--out", out}, 64, ""},
	} {
		if exit, stdout, stderr := runMain("", c.args...); exit != c.exit || !strings.Contains(stdout, c.want) {
			t.Errorf("%v: exit %d: %s%s", c.args, exit, stdout, stderr)
		}
	}
}

// TestVerifyAsOfUsage says what is wrong with a moment, and what does not go
// together.
func TestVerifyAsOfUsage(t *testing.T) {
	t.Parallel()
	v := readCase(t, filepath.Join(vectorFolder, "as-of", "revoked-since.json"))
	for reason, flags := range map[string][]string{
		"as_of":  {"--as-of", "last Monday"},
		"bundle": {"--online", "--bundle", "today.json"},
	} {
		args := append([]string{"verify", "--json", "--trust", filepath.Join(vectorFolder, v.Trust)}, flags...)
		if exit, out, _ := runMain("", append(args, v.Text)...); exit != exitUsage || !strings.Contains(out, `"`+reason+`"`) {
			t.Errorf("%v: exit %d, %s", flags, exit, out)
		}
	}
	// A day stands for its end: the list of noon tells nothing of it.
	args := append(v.args(), "--json", "--as-of", "2026-08-01", v.Text)
	if exit, out, _ := runMain("", args...); exit != 2 || !strings.Contains(out, `"asOf": "2026-08-01T15:59:59Z"`) || !strings.Contains(out, "history_missing") {
		t.Errorf("exit %d, %s", exit, out)
	}
	exit, out, _ := runMain("", append(v.args(), v.Text)...)
	if exit != 0 || !strings.Contains(out, "当时：有效 AT THAT TIME: VALID") || !strings.Contains(out, "截至 2026-08-01 12:00:00") {
		t.Errorf("exit %d, %s", exit, out)
	}
}
