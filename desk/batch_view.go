package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"yizheng/batch/jobs"
	"yizheng/register"
	pages "yizheng/templates/desk"
)

var works = map[string]pages.Text{
	jobs.Issue: {ZH: "制发许可证", EN: "issue licenses"}, jobs.Status: {ZH: "处理单项许可", EN: "act on permits"},
}

// jobStates say how far a job is: in words, and by a shape beside the colour.
var jobStates = map[register.BatchState]struct {
	words       pages.Text
	class, icon string
}{
	register.BatchWaiting:   {pages.Text{ZH: "等待处理", EN: "waiting"}, "unknown", "clock"},
	register.BatchRunning:   {pages.Text{ZH: "处理中", EN: "running"}, "unknown", "half"},
	register.BatchDone:      {pages.Text{ZH: "已完成", EN: "done"}, "good", "tick"},
	register.BatchFaulty:    {pages.Text{ZH: "有错误，未办理", EN: "faulty, nothing was done"}, "bad", "cross"},
	register.BatchCancelled: {pages.Text{ZH: "已停止", EN: "stopped"}, "warn", "pause"},
	register.BatchFailed:    {pages.Text{ZH: "未能处理", EN: "failed"}, "bad", "cross"},
}

var phases = map[string]pages.Text{
	"validating": {ZH: "核对", EN: "looking at"}, "issuing": {ZH: "制发", EN: "issuing"}, "acting": {ZH: "办理", EN: "acting on"},
}

// fileNames say what a file that came of a job is.
var fileNames = map[string]pages.Text{
	"result.csv": {ZH: "办理结果（每行一条）", EN: "What became of each row"},
	"faults.csv": {ZH: "核对报告：全部错误", EN: "Validation report: every fault"},
}

// jobView shows a job.
func jobView(j jobs.Job) pages.Job {
	state := jobStates[j.State]
	v := pages.Job{ID: j.ID, Work: works[j.Work], Format: j.Format, Bytes: j.Bytes, Subject: j.Subject, CreatedAt: j.CreatedAt, State: state.words, Class: state.class, Icon: state.icon,
		Ended: j.State.Ended(), Cancelling: j.Cancelling, ValidateOnly: j.ValidateOnly, SkipFaulty: j.SkipFaulty}
	if j.EndedAt != nil {
		v.EndedAt = *j.EndedAt
	}
	if p := j.Progress; p != nil {
		v.Progress = &pages.JobProgress{Phase: phases[p.Phase], Rows: p.Rows, Total: p.Total, Faulty: p.Faulty, Part: p.Part}
		if p.Remaining >= 0 {
			v.Progress.Remaining = time.Duration(p.Remaining * float64(time.Second)).Round(time.Second).String()
		}
	}
	if o := j.Outcome; o != nil {
		v.Outcome = &pages.JobOutcome{Rows: o.Rows, Faulty: o.Faulty, Faults: o.Faults, Done: o.Done, Refused: o.Refused, Wrong: o.Wrong, Failed: o.Reason != ""}
	}
	for _, name := range j.Files {
		said, known := fileNames[name]
		if !known {
			said = pages.Text{ZH: "有错误的行，改正后可再提交：" + name, EN: "The faulty rows, to be mended and handed in again"}
		}
		v.Files = append(v.Files, pages.File{Text: said, Address: Root + "/batches/" + url.PathEscape(j.ID) + "/files/" + url.PathEscape(name)})
	}
	return v
}

// How often a watched job is looked at, how often something is said although
// nothing happened, and how long one stream may last: a browser asks again.
const (
	watchEvery = 500 * time.Millisecond
	aliveEvery = 10 * time.Second
	watchFor   = 10 * time.Minute
)

// watched is what a stream of events tells of a job.
type watched struct {
	Part float64 `json:"part"`
	Text string  `json:"text"`
	EN   string  `json:"en"`
}

// watchBatch tells how far a job is as server-sent events, for pages that have
// JavaScript; the others are loaded anew every few seconds.
func (d *Desk) watchBatch(q *request) error {
	job, err := d.ownBatch(q)
	if err != nil {
		return err
	}
	select {
	case d.watches <- struct{}{}:
		defer func() { <-d.watches }()
	default:
		return refuse(http.StatusServiceUnavailable, busy, nil)
	}
	control := http.NewResponseController(q.w)
	h := q.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy passes each event on at once
	q.written = true
	ctx, look, until, said, last := q.r.Context(), time.NewTicker(watchEvery), time.Now().Add(watchFor), time.Now(), ""
	defer look.Stop()
	for {
		message := ""
		told := told(jobView(job))
		switch {
		case job.State.Ended() || time.Now().After(until):
			message = "event: ended\ndata: {}\n\n"
		case told != last:
			message = "data: " + told + "\n\n"
		case time.Since(said) > aliveEvery:
			message = ": still here\n\n"
		}
		if message != "" {
			last, said = told, time.Now()
			_ = control.SetWriteDeadline(time.Now().Add(2 * aliveEvery)) // where there is one
			if _, err := q.w.Write([]byte(message)); err != nil {
				return nil // the browser has gone
			}
			if err := control.Flush(); err != nil {
				return nil
			}
		}
		if job.State.Ended() || time.Now().After(until) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.c.Closing(ctx):
			return nil
		case <-look.C:
		}
		if job, err = d.c.Batches.Job(ctx, job.ID); err != nil {
			return nil // the browser asks again, and is told then
		}
	}
}

func told(v pages.Job) string {
	w := watched{Part: -1, Text: v.State.ZH, EN: v.State.EN}
	if p := v.Progress; p != nil && !v.Ended {
		w.Part = p.Part
		w.Text, w.EN = fmt.Sprintf("%s %s", p.Phase.ZH, p.Count()), fmt.Sprintf("%s row %s", p.Phase.EN, p.Count())
	}
	b, err := json.Marshal(w)
	if err != nil {
		return "{}" // numbers and strings always marshal
	}
	return string(b)
}
