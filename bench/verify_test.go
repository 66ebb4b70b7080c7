package bench_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// good is how the answer to a valid license begins.
const good = `{"outcome":"valid"`

// TestVerifyOverHTTP measures verifications over loopback against the floor,
// by turns: thousands of different licenses, the lists at hand. The server has
// one core, and who asks the other one, in a process of its own. Each is asked
// as fast as it answers; then ours at four fifths of that, with requests that
// come when they are due.
func TestVerifyOverHTTP(t *testing.T) {
	d := newDistrict(t, sized(40, 4000))
	ours, bare := startServer(t, "--data", d.dir), startBare(t)
	for _, way := range []struct {
		name    string
		request func(text string) string
	}{
		{"POST /v1/verify, JSON to JSON", postJSON},
		{"GET /v/{code} as JSON", getCode},
	} {
		t.Run(strings.Fields(way.name)[0], func(t *testing.T) {
			var requests []string
			for _, text := range d.texts {
				requests = append(requests, way.request(text))
			}
			order := func(p *process, answer string) loadOrder {
				return loadOrder{Address: p.address, Requests: requests, Answer: answer, Connections: 8, For: sized(500*time.Millisecond, 2*time.Second)}
			}
			var a, b measured
			for range sized(1, 7) {
				b.add(t, bare, order(bare, `{"good":true`))
				a.add(t, ours, order(ours, good))
			}
			rows.add(t, "verifications over HTTP, "+way.name+", a second and core",
				fmt.Sprintf("%.0f, %s of processor time each", a.rate(), micros(a.cost())),
				fmt.Sprintf("%.0f, %s: a bare echo handler with one ECDSA verification", b.rate(), micros(b.cost())),
				fmt.Sprintf("%.2f, by processor time %.2f", a.rate()/b.rate(), float64(b.cost())/float64(a.cost())))
			paced := order(ours, good)
			paced.PerSecond, paced.Connections = 0.8*a.rate(), 64
			paced.For = sized(500*time.Millisecond, 10*time.Second)
			r := load(t, paced)
			rows.add(t, "… at 80 % of that: p50, p99", fmt.Sprintf("%.2f ms, %.2f ms", ms(r.quantile(.5)), ms(r.quantile(.99))),
				fmt.Sprintf("%.0f a second", r.perSecond()), "")
		})
	}
}

// measured are the rounds of one server.
type measured struct {
	rates []float64
	costs []time.Duration // of the processor, for each answer
}

func (m *measured) add(t testing.TB, p *process, o loadOrder) loadResult {
	t.Helper()
	before := p.spent(t)
	r := load(t, o)
	if r.Answers == 0 {
		t.Fatal("nothing was answered")
	}
	m.rates = append(m.rates, r.perSecond())
	m.costs = append(m.costs, (p.spent(t)-before)/time.Duration(r.Answers))
	return r
}

func (m *measured) rate() float64       { return median(m.rates) }
func (m *measured) cost() time.Duration { return median(m.costs) }

func median[T int | float64 | time.Duration](of []T) T {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func postJSON(text string) string {
	body := fmt.Sprintf(`{"text":%q}`, text)
	return fmt.Sprintf("POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func getCode(text string) string {
	return "GET " + strings.TrimPrefix(text, url) + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
}
