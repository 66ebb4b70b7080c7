package bench_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// peer is what one library takes to issue and to verify the same content.
type peer struct {
	Name   string  `json:"name"`
	Issue  float64 `json:"issue"`  // processor time in microseconds, from the content to the text of a symbol
	Verify float64 `json:"verify"` // from the text to the content, signature checked
	Length int     `json:"length"` // of the text, in characters
}

// TestPeers measures the core of issuing and verifying, without storage and
// HTTP, and the same with others' libraries: one process each, on one core,
// one after the other.
func TestPeers(t *testing.T) {
	l, err := content()
	if err != nil {
		t.Fatal(err)
	}
	all := measurePeers(t, exec.Command("taskset", "-c", serverCore, self(t)), l)
	if *full {
		node := exec.Command("taskset", "-c", serverCore, "node", "peers.mjs")
		node.Dir = "peers"
		all = append(all, measurePeers(t, node, l)...)
	}
	for _, p := range all {
		if p.Issue <= 0 || p.Verify <= 0 || p.Length == 0 {
			t.Errorf("%+v", p)
		}
		rows.add(t, p.Name, fmt.Sprintf("issue %.3g µs, verify %.3g µs, %d characters", p.Issue, p.Verify, p.Length), "",
			fmt.Sprintf("issue %.2g, verify %.2g times ours", p.Issue/all[0].Issue, p.Verify/all[0].Verify))
	}
}

// peerOrder is what the process is told that measures.
type peerOrder struct {
	Content any `json:"content"`
	Millis  int `json:"millis"` // for each of issuing and verifying, and as long before it to warm up
}

func measurePeers(t *testing.T, cmd *exec.Cmd, content any) (all []peer) {
	t.Helper()
	order, err := json.Marshal(peerOrder{content, sized(50, 3000)})
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), role+"=peer")
	cmd.Stdin = bytes.NewReader(order)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, complaints.String())
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var p peer
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		all = append(all, p)
	}
	return all
}

// measureOurs is the process that measures ours. Issuing is from the license
// to the text of its code; verifying is a full verification, with trust list,
// status list and recognition, from the text to the result.
func measureOurs(in io.Reader, out io.Writer) error {
	var o peerOrder
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	l, err := content()
	if err != nil {
		return err
	}
	key, err := keys.Generate(keys.UseLicense, signature.ES256, rand.Reader)
	if err != nil {
		return err
	}
	dictionary, _ := payload.Builtin(l.Region)
	p := peer{Name: "yizheng: code of a license, verified in full"}
	p.Issue, err = cost(o.Millis, func() error {
		draft, err := payload.Encode(l, dictionary, key.PublicKey())
		if err != nil {
			return err
		}
		sig, err := key.Sign(draft.SigningInput())
		if err != nil {
			return err
		}
		code, err := draft.Sealed(sig)
		p.Length = len(code.Text(url + "/v/"))
		return err
	})
	if err != nil {
		return err
	}
	v, text, err := scene()
	if err != nil {
		return err
	}
	p.Verify, err = cost(o.Millis, func() error {
		if r := v.Verify(text, verifiertest.Now()); r.Outcome != verifier.Valid {
			return fmt.Errorf("the license is %s", r.Outcome)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(p)
}

// scene is a verifier and the text of a license that it finds valid.
func scene() (*verifier.Verifier, string, error) {
	world, err := verifiertest.New()
	if err != nil {
		return nil, "", err
	}
	issuer := world.Issuer("310105")
	l, err := content()
	if err != nil {
		return nil, "", err
	}
	code, err := issuer.Issue(l)
	if err != nil {
		return nil, "", err
	}
	signed, err := world.Bundle("310105", 1, verifiertest.Now())
	if err != nil {
		return nil, "", err
	}
	bundle, err := trust.Load(signed)
	if err != nil {
		return nil, "", err
	}
	list, err := issuer.List(l, 1, verifiertest.Now())
	lists := verifier.NewLists(bundle)
	if err = errors.Join(err, lists.Add([]byte(list))); err != nil {
		return nil, "", err
	}
	v, err := verifier.New(verifier.Config{Trust: bundle, Lists: lists})
	return v, code.Text(issuer.VerifyURL), err
}

// cost gives the processor time of a call in microseconds.
func cost(millis int, call func() error) (float64, error) {
	run := func() (calls int, err error) {
		for end := time.Now().Add(time.Duration(millis) * time.Millisecond); time.Now().Before(end) && err == nil; calls++ {
			err = call()
		}
		return calls, err
	}
	if _, err := run(); err != nil {
		return 0, err
	}
	before, err := spent()
	if err != nil {
		return 0, err
	}
	calls, err := run()
	if err != nil {
		return 0, err
	}
	after, err := spent()
	return float64(after-before) / float64(calls) / float64(time.Microsecond), err
}

// spent is the processor time of this process, of all its threads.
func spent() (time.Duration, error) {
	var u unix.Rusage
	err := unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}

// content is the convenience store's license, eight permits.
func content() (*license.License, error) {
	world, err := verifiertest.New()
	if err != nil {
		return nil, err
	}
	return world.Issuer("310105").License("convenience-store-8-permits")
}
