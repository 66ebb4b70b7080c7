package library

import (
	"context"
	"errors"
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
//
// Each job is looked at once. Where this clock is behind the database's, by which
// they are put and hurried, all of them would seem to wait for ever.
func (w *Workers[DB, Tx]) Hurry(ctx context.Context, forMore time.Duration) error {
	latest := w.c.Deliverer.c.Clock().Add(forMore)
	of := river.NewJobListParams().Queues(deliveryQueue, documentQueue, followQueue).First(hurryAtOnce).
		States(rivertype.JobStateScheduled, rivertype.JobStateRetryable, rivertype.JobStateAvailable).
		OrderBy(river.JobListOrderByID, river.SortOrderAsc).
		Where("scheduled_at > @latest", river.NamedArgs{"latest": latest})
	for {
		found, err := w.client.JobList(ctx, of)
		if err != nil {
			return fmt.Errorf("looking for jobs of another time: %w", err)
		}
		for _, job := range found.Jobs {
			if _, err := w.client.JobRetry(ctx, job.ID); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
				return fmt.Errorf("hurrying a job of another time: %w", err)
			}
		}
		if len(found.Jobs) < hurryAtOnce {
			return nil
		}
		of = of.After(found.LastCursor)
	}
}
