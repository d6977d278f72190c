package provider

import (
	"errors"
	"fmt"
)

// errLengths says that vectors do not compare.
var errLengths = errors.New("vectors of different lengths")

// checkLengths returns an error unless all vectors have one length.
func (e *embedding) checkLengths() error {
	want, of := len(e.query), "the query"
	for i, length := range e.lengths {
		if want == 0 {
			want, of = length, e.name(i)
		}
		if length != want {
			return &Error{
				Code: CodeUpstreamUnavailable, Retryable: true, Hint: "try again, or name another model", cause: errLengths,
				Message: fmt.Sprintf("%s answered vectors of different lengths: %d for %s, %d for %s",
					e.client.service(), want, of, length, e.name(i)),
			}
		}
	}
	return nil
}

// name returns what errors call the text at an index.
func (e *embedding) name(index int) string {
	if index == theQuery {
		return "query"
	}
	if index < len(e.req.Input) {
		return fmt.Sprintf("input[%d]", index)
	}
	passage := e.passages[index-len(e.req.Input)]
	return fmt.Sprintf("%s, lines %d to %d", passage.File, passage.LineStart, passage.LineEnd)
}

// nameInput names the text that is too long: the service names none, or its place in
// the batch, and it can only be the longest.
func (e *embedding) nameInput(err error, batch []int) error {
	failure := AsError(err)
	if failure.Code != CodeContextTooLong {
		return err
	}
	texts := e.textsAt(batch)
	longest := 0
	for i, text := range texts {
		if len(text) > len(texts[longest]) {
			longest = i
		}
	}
	named := *failure
	named.Message = fmt.Sprintf("%s, of %d bytes: %s", e.name(batch[longest]), len(texts[longest]), failure.Message)
	named.Hint = "split this input, or name a model with a larger context"
	return &named
}

// batchError is the failure of a batch.
type batchError struct {
	index int
	error
}

func (e *batchError) Unwrap() error { return e.error }

// batchFailure says of a failed batch what was done before.
func (e *embedding) batchFailure(err error, batches int) *Error {
	failure := AsError(err)
	batch, ok := errors.AsType[*batchError](err)
	if !ok || batches == 1 {
		return failure
	}
	failure.Message = fmt.Sprintf("%s (batch %d of %d failed; %d of %d inputs had been embedded)",
		failure.Message, batch.index+1, batches, e.progress.done, e.progress.total)
	if len(e.passages) > 0 && e.keepsVectors {
		failure.Hint += "; their vectors are kept, so that the same call goes on from there"
	}
	return failure
}
