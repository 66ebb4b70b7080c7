package faults_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEnds ends a node by SIGTERM while clerks ask as fast as they can. Every
// request that was taken is answered, also one that was half sent: nothing is
// in the register afterwards that was not acknowledged. Nobody listens any
// more, and the node ends with 0, a moment later. In every other round it goes
// on for a while first (--drain), which loses nobody who goes elsewhere then.
func TestEnds(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		random := random(t)
		d := newDistrict(t, on, options{})
		d.serve(1)
		n := d.nodes[0]
		plainly := n.args
		clerks := &clerks{d: d, maker: applications(t)}
		for round := range times(2, 40) {
			clerks.once, clerks.stop = true, make(chan struct{})
			clerks.begin(random, 8)
			time.Sleep(time.Duration(100+random.IntN(400)) * time.Millisecond)
			var began time.Time
			if drains := round%2 == 1; drains {
				other := d.half(clerks)
				began = time.Now()
				_ = n.at.cmd.Process.Signal(syscall.SIGTERM) // it runs
				time.Sleep(draining / 2)
				other()
				n.args = plainly
			} else {
				began = time.Now()
				_ = n.at.cmd.Process.Signal(syscall.SIGTERM) // it runs
				n.args = append(slices.Clone(plainly), "--drain", draining.String())
			}
			if err := n.at.finished(20 * time.Second); err != nil {
				t.Fatalf("the node ends with %v\n%s", err, d.lastWords())
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("the node takes %v to end", took)
			}
			if c, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("somebody still listens: %v, %v", c, err)
			}
			close(clerks.stop)
			clerks.work.Wait()
			d.run(n)
		}
		clerks.stop = make(chan struct{})
		clerks.rest()
		if clerks.answered == 0 || clerks.asked == 0 {
			t.Errorf("nobody was cut short: %d, %d", clerks.answered, clerks.asked)
		}
		d.audit(clerks)
	})
}

// draining is for how long a node goes on that was told to end.
const draining = time.Second

// half sends half of a request, and gives what sends the other half and wants
// the answer.
func (d *district) half(c *clerks) (other func()) {
	d.t.Helper()
	o := c.open()
	what := o.issue()
	body, err := json.Marshal(what.body)
	if err != nil {
		d.t.Fatal(err)
	}
	token := d.token(what.authority) // a process: no connection waits for it
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.nodes[0].url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s",
		what.method, what.path, token, what.key, len(body), body[:len(body)/2])
	if err != nil {
		d.t.Fatal(err)
	}
	return func() {
		d.t.Helper()
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write(body[len(body)/2:]); err != nil {
			d.t.Errorf("the other half of a request: %v", err)
			return
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			d.t.Errorf("a request that was half sent is not answered: %v", err)
			return
		}
		said, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusCreated {
			d.t.Errorf("a request that was half sent: %d %s, %v", answer.StatusCode, said, err)
			return
		}
		c.acknowledged(o, what, said)
	}
}
