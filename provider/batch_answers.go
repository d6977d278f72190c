package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

const (
	maxBatchAnswers = 64 << 20 // bytes of all answers
	answersStep     = 4 << 20  // bytes of answers that memory is held for at a time
)

// keep counts the bytes of an answer, and holds memory for many of them until the call was
// answered.
func (b *batch) keep(ctx context.Context, bytes int) error {
	b.mu.Lock()
	b.kept += bytes
	over, more := b.kept > maxBatchAnswers, 0
	if !over && b.kept > answersStep && b.kept > b.held { // few answers need none
		more = (b.kept - b.held + answersStep - 1) / answersStep * answersStep
		b.held += more
	}
	b.mu.Unlock()
	switch {
	case over:
		return &Error{
			Code: CodeOverloaded, Message: fmt.Sprintf("the answers have more than %d MiB together", maxBatchAnswers>>20),
			Hint: "ask about fewer items at a time, or for shorter answers",
		}
	case more == 0:
		return nil
	}
	const copies = 4 // the text, in both halves of the answer, and as JSON
	release, err := b.hold(ctx, copies*int64(more))
	if err == nil && !limit.AtEnd(ctx, release) {
		release()
	}
	if err != nil {
		b.mu.Lock()
		b.held -= more
		b.mu.Unlock()
	}
	return err
}

// batchWarnings are the warnings of items, by code: the first of each, and the items.
type batchWarnings struct {
	first []Warning
	items map[WarningCode][]int
}

func (w *batchWarnings) add(item int, all warnings) {
	for _, warning := range all {
		items, known := w.items[warning.Code]
		if w.items == nil {
			w.items = map[WarningCode][]int{}
		}
		if !known {
			w.first = append(w.first, warning)
		}
		if len(items) == 0 || items[len(items)-1] != item {
			w.items[warning.Code] = append(items, item)
		}
	}
}

// all returns the warnings; those that do not apply to all of the items name them.
func (w *batchWarnings) all(items int) warnings {
	var all warnings
	for _, warning := range w.first {
		if indexes := w.items[warning.Code]; len(indexes) < items {
			slices.Sort(indexes)
			noun := "items"
			if len(indexes) == 1 {
				noun = "item"
			}
			warning.Message = fmt.Sprintf("%s %s: %s", noun, someOf(indexes), warning.Message)
		}
		all = append(all, warning)
	}
	return all
}

// someOf lists the first of many indexes.
func someOf(indexes []int) string {
	const most = 10
	listed := strings.Trim(strings.ReplaceAll(fmt.Sprint(indexes[:min(most, len(indexes))]), " ", ", "), "[]")
	if len(indexes) > most {
		listed += fmt.Sprintf(" and %d more", len(indexes)-most)
	}
	return listed
}
