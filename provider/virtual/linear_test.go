package virtual_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// A query has at most 512 bytes, so each is read many times here.
func TestParsingTakesLinearTime(t *testing.T) {
	for _, tt := range []struct{ name, head, piece string }{
		{"conditions", "llama@latest", "&params>1"},
		{"a tag", "", "l"},
		{"blanks", "llama", " "},
		{"signs", "llama@latest?params", "<"},
		{"a number", "llama@latest?params>", "1"},
		{"a word", "llama@latest?", "params"},
		{"at signs", "llama", "@"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linear.Check(t, 48, func(n int) func() {
				query := (tt.head + strings.Repeat(tt.piece, n))[:n]
				query = strings.Replace(query, "&", "?", 1)
				return func() {
					for range 400 {
						_, _ = virtual.Parse(query)
					}
				}
			})
		})
	}
	if _, err := virtual.Parse(strings.Repeat("l", 5<<20)); err == nil || len(err.Error()) > 1_000 {
		t.Errorf("a query of 5 MB: got %.100v", err)
	}
}

// models is a hostile catalogue: each model has a hundred tags of its own.
func hostileModels(n int) []catalog.Model {
	models := make([]catalog.Model, n)
	for i := range models {
		m := catalog.Model{ID: fmt.Sprintf("model-%d", i), Available: true, Listed: true, Input: []string{"text"}, Output: []string{"text"}}
		for tag := range 100 {
			m.Tags = append(m.Tags, fmt.Sprintf("Tag-%d-%d", i, tag))
		}
		models[i] = m
	}
	return models
}

func TestRankingTakesLinearTime(t *testing.T) {
	query, err := virtual.Parse("llama@latest")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("an unknown tag", func(t *testing.T) {
		linear.Check(t, 200, func(n int) func() {
			models := hostileModels(n)
			return func() {
				if _, err := virtual.Resolve(models, query, nil); err == nil {
					t.Fatal("a model matched")
				}
			}
		})
	})
	t.Run("tags", func(t *testing.T) {
		linear.Check(t, 200, func(n int) func() {
			models := hostileModels(n)
			return func() {
				if tags := virtual.KnownTags(models); len(tags) > 1_000 {
					t.Fatalf("got %d tags", len(tags))
				}
			}
		})
	})
	t.Run("nearest names", func(t *testing.T) {
		linear.Check(t, 500, func(n int) func() {
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("%s-%d", strings.Repeat("model", 10), i)
			}
			return func() { virtual.Nearest(strings.Repeat("llama", 1_000), names, 3) }
		})
	})
}
