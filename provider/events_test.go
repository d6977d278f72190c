package provider

import (
	"bufio"
	"strings"
	"testing"
)

// A large event does not hold its memory for the rest of the stream.
func TestLargeEventsAreNotKept(t *testing.T) {
	stream := "data: " + strings.Repeat("a", 4*maxKept) + "\n\ndata: b\n\n"
	events := &eventReader{body: bufio.NewReader(strings.NewReader(stream))}
	for _, want := range []int{4*maxKept + 1, 2} {
		if !events.next(t.Context()) || len(events.event.data) != want {
			t.Fatalf("%d bytes, want %d", len(events.event.data), want)
		}
	}
	if held := cap(events.line) + cap(events.event.data); held > 2*maxKept {
		t.Errorf("%d bytes are held", held)
	}
}
