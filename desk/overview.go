package desk

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"yizheng/batch/jobs"
	"yizheng/license"
	"yizheng/register"
	pages "yizheng/templates/desk"
)

// What calls for attention, and when.
const (
	soon          = 30                  // days before a permit ends
	countedAtMost = 100                 // of what ends soon; beyond, the number does not matter
	stuckAfter    = 15 * time.Minute    // without the library having an event
	sealWarns     = 60 * 24 * time.Hour // before the seal's certificate does
	recentLines   = 8
)

// overview says what needs attention.
func (d *Desk) overview(q *request) error {
	page := pages.Overview{Reads: d.may(q.who.Grant, toRead), Issues: d.may(q.who.Grant, toIssue), Records: d.may(q.who.Grant, toRecord)}
	for _, look := range []struct {
		need right
		tile func(*request) ([]pages.Tile, error)
	}{
		{toSeeFilings, d.filingTiles}, {toRead, d.endingTiles}, {toBatch, d.batchTiles}, {toOversee, d.expiryTiles},
	} {
		if !d.may(q.who.Grant, look.need) {
			continue
		}
		tiles, err := look.tile(q)
		if err != nil {
			return err
		}
		page.Tiles = append(page.Tiles, tiles...)
	}
	if page.Reads {
		recent, err := d.c.Register.List(q.r.Context(), register.Filter{Authorities: d.own(q.who.Grant)}, "", recentLines)
		if err != nil {
			return err
		}
		for _, l := range recent.Lines {
			page.Recent = append(page.Recent, d.line(l))
		}
	}
	return d.show(q, http.StatusOK, "overview", pages.Text{ZH: "概览", EN: "Overview"}, page)
}

// filingTiles say what has not reached the library.
func (d *Desk) filingTiles(q *request) ([]pages.Tile, error) {
	state, err := d.c.Register.FilingState(q.r.Context())
	if err != nil {
		return nil, err
	}
	at := Root + "/library"
	waiting := pages.Tile{Class: "good", Icon: "tick", Number: strconv.FormatInt(state.Pending, 10), Means: pages.Text{ZH: "待归集", EN: "waiting for the library"}, Address: at}
	if state.Pending > 0 && d.now().Sub(state.Oldest) > stuckAfter {
		waiting.Class, waiting.Icon = "warn", "alarm"
		waiting.Detail = pages.Text{ZH: "最早一件等候自 " + moment(state.Oldest), EN: "oldest"}
	}
	dead := pages.Tile{Class: "good", Icon: "tick", Number: strconv.FormatInt(state.Dead, 10), Means: pages.Text{ZH: "滞留件", EN: "given up"}, Address: at}
	if state.Dead > 0 {
		dead.Class, dead.Icon = "bad", "cross"
		dead.Detail = pages.Text{ZH: "电子证照库拒收，须处理后重投", EN: "refused by the library: mend and send again"}
	}
	return []pages.Tile{waiting, dead}, nil
}

// endingTiles say how many permits end soon.
func (d *Desk) endingTiles(q *request) ([]pages.Tile, error) {
	found, err := d.c.Register.List(q.r.Context(), d.ending(q, soon), "", countedAtMost)
	if err != nil {
		return nil, err
	}
	number := strconv.Itoa(len(found.Lines))
	if found.Next != "" {
		number += "+"
	}
	t := pages.Tile{Class: "good", Icon: "tick", Number: number, Address: Root + "/expiring",
		Means: pages.Text{ZH: fmt.Sprintf("项许可在%d天内到期", soon), EN: fmt.Sprintf("permits end within %d days", soon)}}
	if len(found.Lines) > 0 {
		t.Class, t.Icon = "warn", "clock"
	}
	return []pages.Tile{t}, nil
}

// ending is the filter for permits that end within some days of today.
func (d *Desk) ending(q *request, days int) register.Filter {
	today := d.today()
	return register.Filter{EndsFrom: today, Ends: today + license.Date(days), State: register.InForce, Authorities: d.own(q.who.Grant)}
}

// batchTiles say how many files are being worked on.
func (d *Desk) batchTiles(q *request) ([]pages.Tile, error) {
	found, err := d.batchesOf(q)
	if err != nil {
		return nil, err
	}
	running := 0
	for _, j := range found {
		if !j.State.Ended() {
			running++
		}
	}
	t := pages.Tile{Class: "unknown", Icon: "dash", Number: strconv.Itoa(running), Means: pages.Text{ZH: "批量文件处理中", EN: "files being worked on"}, Address: Root + "/batches"}
	if running > 0 {
		t.Class, t.Icon = "good", "clock"
	}
	return []pages.Tile{t}, nil
}

// batchesOf lists the newest files of one's own authority that one may see.
func (d *Desk) batchesOf(q *request) ([]jobs.Job, error) {
	found, err := d.c.Batches.List(q.r.Context(), q.who.Authority, pageSize)
	var may []jobs.Job
	for _, j := range found {
		if d.may(q.who.Grant, workRight(j.Work)) {
			may = append(may, j)
		}
	}
	return may, err
}

// workRight is what a file of many rows asks for.
func workRight(work string) right {
	if work == jobs.Status {
		return toAct
	}
	return toIssue
}

// expiryTiles say when the trust list and the seal end.
func (d *Desk) expiryTiles(*request) ([]pages.Tile, error) {
	e := d.c.Expiry()
	tile := func(at time.Time, late bool, zh, en string) pages.Tile {
		left := at.Sub(d.now())
		t := pages.Tile{Class: "good", Icon: "tick", Number: strconv.Itoa(int(left.Hours() / 24)), Means: pages.Text{ZH: "天后" + zh + "到期", EN: "days until the " + en + " ends"},
			Detail: pages.Text{ZH: day(at)}}
		switch {
		case left <= 0:
			t.Class, t.Icon, t.Number, t.Means = "bad", "cross", "0", pages.Text{ZH: zh + "已到期", EN: "the " + en + " has ended"}
		case late:
			t.Class, t.Icon = "warn", "alarm"
		}
		return t
	}
	return []pages.Tile{tile(e.TrustList, e.TrustLate, "信任清单", "trust list"), tile(e.Seal, e.Seal.Sub(d.now()) < sealWarns, "电子印章证书", "seal’s certificate")}, nil
}

// shanghai is where the desk stands.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func day(t time.Time) string    { return t.In(shanghai).Format(time.DateOnly) }
func moment(t time.Time) string { return t.In(shanghai).Format("2006-01-02 15:04") }
