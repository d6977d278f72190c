package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

func TestDecodingTakesLinearTime(t *testing.T) {
	entries := func(entry string) func(int) string {
		return func(n int) string {
			var list strings.Builder
			for i := range n {
				fmt.Fprintf(&list, `{"name":"m%d"%s},`, i, entry)
			}
			return "[" + strings.TrimSuffix(list.String(), ",") + "]"
		}
	}
	for _, tt := range []struct {
		name    string
		n       int
		payload func(n int) string
	}{
		{"entries", 300, entries(`,"metadata":{"usage_information":{"status":"beta"}}`)},
		{"entries with oddities", 300, entries(`,"category":[],"description":{},"metadata":{"aliases":[[],{}]}`)},
		{"numbers in an entry", 15_000, func(n int) string { return `[{"name":"a","x":[` + strings.Repeat("1,", n) + `1]}]` }},
		{"a long name", 500_000, func(n int) string { return `[{"name":"` + strings.Repeat("n", n) + `"},{"name":"a"}]` }},
		{"escape sequences", 4_000, func(n int) string {
			return `[{"name":"a","description":"` + strings.Repeat(`\u001b]`, n) + `"}]`
		}},
		{"members of the same name", 40_000, func(n int) string {
			return `{` + strings.Repeat(`"models":[1],`, n) + `"models":[{"name":"a"}]}`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linear.Check(t, tt.n, func(n int) func() {
				payload := []byte(tt.payload(n))
				return func() {
					if models, _, err := catalog.Decode(t.Context(), payload); err != nil || len(models) == 0 {
						t.Fatalf("got %d models, %v", len(models), err)
					}
				}
			})
		})
	}
	t.Run("served ids", func(t *testing.T) {
		linear.Check(t, 1_000, func(n int) func() {
			payload := []byte(entries(`,"id":"a"`)(n))
			return func() {
				if ids, _, err := catalog.DecodeServed(t.Context(), payload); err != nil || len(ids) != n {
					t.Fatalf("got %d ids, %v", len(ids), err)
				}
			}
		})
	})
}

// A refresh ends with the program, whatever the service sent.
func TestDecodingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	listed, served := catalog.SnapshotPayloads()
	for _, asked := range []int{0, 3} {
		ctx := &askedContext{Context: t.Context(), left: asked}
		if models, _, err := catalog.Decode(ctx, listed); !errors.Is(err, context.Canceled) || models != nil {
			t.Errorf("after %d: got %d models, %v", asked, len(models), err)
		}
		ctx.left = asked
		if ids, _, err := catalog.DecodeServed(ctx, served); !errors.Is(err, context.Canceled) || ids != nil {
			t.Errorf("after %d: got %d ids, %v", asked, len(ids), err)
		}
	}
}

// askedContext ends after it was asked a number of times.
type askedContext struct {
	context.Context
	left int
}

func (c *askedContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}
