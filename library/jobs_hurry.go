package library

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// hurryAtOnce is how many jobs are looked at in one go.
const hurryAtOnce = 200

// LongestPause is longer than any job is put off.
const LongestPause = longest + time.Minute

// Hurry lets those jobs begin that wait for more than so long. After
// LongestPause that is because the clock by which they were put off was ahead:
// one that was set back, or, to be looked for now and then, another node's.
// Who is told too soon looks at the outbox, and waits again.
func (w *Workers[DB, Tx]) Hurry(ctx context.Context, forMore time.Duration) error {
	latest := w.c.Deliverer.c.Clock().Add(forMore)
	for _, state := range []rivertype.JobState{rivertype.JobStateScheduled, rivertype.JobStateRetryable, rivertype.JobStateAvailable} {
		of := river.NewJobListParams().Queues(queueName, followQueue).States(state).First(hurryAtOnce).
			OrderBy(river.JobListOrderByScheduledAt, river.SortOrderDesc)
		for late := true; late; {
			found, err := w.client.JobList(ctx, of)
			if err != nil {
				return fmt.Errorf("looking for jobs of another time: %w", err)
			}
			late = len(found.Jobs) == hurryAtOnce
			for _, job := range found.Jobs {
				if !job.ScheduledAt.After(latest) {
					late = false
					break
				}
				if _, err := w.client.JobRetry(ctx, job.ID); err != nil {
					return fmt.Errorf("hurrying a job of another time: %w", err)
				}
			}
		}
	}
	return nil
}
