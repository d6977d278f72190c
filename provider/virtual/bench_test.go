package virtual_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func BenchmarkParse(b *testing.B) {
	for _, query := range []string{
		"code_chat@latest",
		"mistral@latest?context_size > 100000",
		"qwen@biggest?input_cost<=0.5&context_size>128k&endpoint_publication_date>01/01/2026",
		"mistral@fastst",
	} {
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = virtual.Parse(query)
			}
		})
	}
}

func BenchmarkResolve(b *testing.B) {
	models := catalog.Snapshot().Models()
	for _, query := range []string{
		"text_generation@latest",
		"text_generation@biggest?input_cost<0.2",
		"llama@biggest?input_cost<0.5", // no match
		"mistral@latest",               // unknown tag
	} {
		q, err := virtual.Parse(query)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = virtual.Resolve(models, q, nil)
			}
		})
	}
}
