package emulator

import "time"

// batchStatus is what a batch's status says.
type batchStatus string

// The statuses of a batch. It is validating for the first tenth of its time and
// finalizing for the last; cancelling takes a tenth, too.
const (
	validating batchStatus = "validating"
	failed     batchStatus = "failed"
	inProgress batchStatus = "in_progress"
	finalizing batchStatus = "finalizing"
	completed  batchStatus = "completed"
	expired    batchStatus = "expired"
	cancelling batchStatus = "cancelling"
	cancelled  batchStatus = "cancelled"
)

// BatchFault is what becomes of a batch instead of being completed.
type BatchFault string

// The faults of batches, as [FaultWords] has them.
const (
	BatchInvalid BatchFault = "invalid" // fails in validation
	BatchStuck   BatchFault = "stuck"   // does nothing until its window is over, and expires
	BatchExpired BatchFault = "expire"  // expires when half of its lines are done, without waiting for its window
)

// batchState is a batch at a moment.
type batchState struct {
	status batchStatus
	ended  bool
	done   int       // lines that are answered
	at     time.Time // of its end, if it has ended
}

// step is the time of validation, of finalizing and of cancelling.
func (b *batch) step() time.Duration { return b.takes / 10 }

func (b *batch) validated() time.Time { return b.created.Add(b.step()) }
func (b *batch) worked() time.Time    { return b.created.Add(b.takes - b.step()) }

func (b *batch) expires() time.Time {
	window, _ := time.ParseDuration(b.window) // one of three that are right
	return b.created.Add(window)
}

// state returns the batch at a moment; Emulator.mu is held, or the batch is new.
func (b *batch) state(now time.Time) batchState {
	if !b.cancelled.IsZero() {
		if end := b.cancelled.Add(b.step()); !now.Before(end) {
			return batchState{cancelled, true, b.progress(b.cancelled), end}
		}
		return batchState{status: cancelling, done: b.progress(b.cancelled)}
	}
	status, end := b.end()
	switch {
	case !now.Before(end):
		return batchState{status, true, b.progress(end), end}
	case now.Before(b.validated()):
		return batchState{status: validating}
	case status == completed && !now.Before(b.worked()):
		return batchState{status: finalizing, done: b.total}
	}
	return batchState{status: inProgress, done: b.progress(now)}
}

// end returns how and when the batch ends unless it is cancelled.
func (b *batch) end() (batchStatus, time.Time) {
	end := b.created.Add(b.takes)
	switch {
	case b.issues != nil:
		return failed, b.validated()
	case b.fault == BatchExpired:
		return expired, end
	case b.fault == BatchStuck, end.After(b.expires()):
		return expired, b.expires()
	}
	return completed, end
}

// progress returns how many lines are done at a moment.
func (b *batch) progress(at time.Time) int {
	most := b.total
	switch {
	case b.issues != nil, b.fault == BatchStuck:
		return 0
	case b.fault == BatchExpired:
		most /= 2
	}
	if !at.Before(b.worked()) {
		return most
	}
	worked := float64(at.Sub(b.validated())) / float64(b.worked().Sub(b.validated()))
	return min(most, max(0, int(worked*float64(b.total))))
}

type batchObject struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Endpoint         string            `json:"endpoint"`
	Errors           *batchIssues      `json:"errors"`
	InputFileID      string            `json:"input_file_id"`
	CompletionWindow string            `json:"completion_window"`
	Status           batchStatus       `json:"status"`
	OutputFileID     *string           `json:"output_file_id"`
	ErrorFileID      *string           `json:"error_file_id"`
	CreatedAt        int64             `json:"created_at"`
	InProgressAt     *int64            `json:"in_progress_at"`
	ExpiresAt        int64             `json:"expires_at"`
	FinalizingAt     *int64            `json:"finalizing_at"`
	CompletedAt      *int64            `json:"completed_at"`
	FailedAt         *int64            `json:"failed_at"`
	ExpiredAt        *int64            `json:"expired_at"`
	CancellingAt     *int64            `json:"cancelling_at"`
	CancelledAt      *int64            `json:"cancelled_at"`
	RequestCounts    requestCounts     `json:"request_counts"`
	Metadata         map[string]string `json:"metadata"`
}

type requestCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
}

// object returns the batch in a state as the service sends it, without what its run knows.
func (b *batch) object(s batchState, cancelledAt time.Time) batchObject {
	o := batchObject{
		ID: b.id, Object: "batch", Endpoint: b.endpoint, InputFileID: b.input.id, CompletionWindow: b.window, Status: s.status,
		CreatedAt: b.created.Unix(), ExpiresAt: b.expires().Unix(), Metadata: b.metadata,
	}
	if s.status == failed {
		o.Errors = &batchIssues{"list", b.issues}
		o.FailedAt = new(s.at.Unix())
		return o
	}
	if s.status == validating || !cancelledAt.IsZero() && cancelledAt.Before(b.validated()) {
		o.RequestCounts = requestCounts{}
	} else {
		o.InProgressAt = new(b.validated().Unix())
		o.RequestCounts.Total = b.total
	}
	if s.status == finalizing || s.status == completed {
		o.FinalizingAt = new(b.worked().Unix())
	}
	if !cancelledAt.IsZero() {
		o.CancellingAt = new(cancelledAt.Unix())
	}
	if at := map[batchStatus]**int64{
		completed: &o.CompletedAt, expired: &o.ExpiredAt, cancelled: &o.CancelledAt,
	}[s.status]; at != nil {
		*at = new(s.at.Unix())
	}
	return o
}
