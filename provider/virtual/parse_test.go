package virtual_test

import (
	"reflect"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func date(t testing.TB, s string) catalog.Date {
	t.Helper()
	d, ok := catalog.ParseDate(s)
	if !ok {
		t.Fatalf("not a date: %q", s)
	}
	return d
}

func TestParse(t *testing.T) {
	type conditions = []virtual.Condition
	contextOver100k := conditions{{Spec: virtual.ContextSize, Op: virtual.Greater, Value: 100000}}
	tests := []struct {
		name, in  string
		want      virtual.Query
		canonical string
	}{
		{"plain", "code_chat@latest", virtual.Query{Tag: "code_chat", Ranker: virtual.Latest}, "code_chat@latest"},
		{"published example with blanks", "mistral@latest?context_size > 100000",
			virtual.Query{Tag: "mistral", Ranker: virtual.Latest, Conditions: contextOver100k},
			"mistral@latest?context_size>100000"},
		{"blanks everywhere", " \tmistral\t@ latest  ? context_size\t>  100000 \t",
			virtual.Query{Tag: "mistral", Ranker: virtual.Latest, Conditions: contextOver100k},
			"mistral@latest?context_size>100000"},
		{"any case", "Mistral@LATEST?Context_Size>100000",
			virtual.Query{Tag: "Mistral", Ranker: virtual.Latest, Conditions: contextOver100k},
			"Mistral@latest?context_size>100000"},
		{"tag with a blank", "NVIDIA  \t Riva@fastest",
			virtual.Query{Tag: "NVIDIA Riva", Ranker: virtual.Fastest}, "NVIDIA Riva@fastest"},
		{"tag of every kind of character", "Été/gpt-oss_2.5 b@smallest",
			virtual.Query{Tag: "Été/gpt-oss_2.5 b", Ranker: virtual.Smallest}, "Été/gpt-oss_2.5 b@smallest"},
		{"fraction", "llama@biggest?input_cost<0.50",
			virtual.Query{Tag: "llama", Ranker: virtual.Biggest,
				Conditions: conditions{{Spec: virtual.InputCost, Op: virtual.Less, Value: 0.5}}},
			"llama@biggest?input_cost<0.5"},
		{"equals", "llama@cheapest?params=0070",
			virtual.Query{Tag: "llama", Ranker: virtual.Cheapest,
				Conditions: conditions{{Spec: virtual.Params, Op: virtual.Equal, Value: 70}}},
			"llama@cheapest?params=70"},
		{"extension: at least", "meta-llama@latest?params>=70",
			virtual.Query{Tag: "meta-llama", Ranker: virtual.Latest, Extended: true,
				Conditions: conditions{{Spec: virtual.Params, Op: virtual.AtLeast, Value: 70}}},
			"meta-llama@latest?params>=70"},
		{"extension: thousands", "llama@latest?context_size=128K",
			virtual.Query{Tag: "llama", Ranker: virtual.Latest, Extended: true,
				Conditions: conditions{{Spec: virtual.ContextSize, Op: virtual.Equal, Value: 128000}}},
			"llama@latest?context_size=128k"},
		{"extension: a fraction of a thousand", "llama@latest?params>0.0705k",
			virtual.Query{Tag: "llama", Ranker: virtual.Latest, Extended: true,
				Conditions: conditions{{Spec: virtual.Params, Op: virtual.Greater, Value: 70.5}}},
			"llama@latest?params>0.0705k"},
		{"extension: zero thousands", "llama@latest?max_tokens>0k",
			virtual.Query{Tag: "llama", Ranker: virtual.Latest, Extended: true,
				Conditions: conditions{{Spec: virtual.MaxTokens, Op: virtual.Greater}}},
			"llama@latest?max_tokens>0k"},
		{"extension: two conditions", "llama@latest? max_tokens <= 4k & endpoint_publication_date > 12/08/2025",
			virtual.Query{Tag: "llama", Ranker: virtual.Latest, Extended: true, Conditions: conditions{
				{Spec: virtual.MaxTokens, Op: virtual.AtMost, Value: 4000},
				{Spec: virtual.EndpointPublicationDate, Op: virtual.Greater, Date: date(t, "2025-08-12")},
			}},
			"llama@latest?max_tokens<=4000&endpoint_publication_date>2025-08-12"},
		{"ISO date on a leap day", "llama@latest?endpoint_publication_date<2024-02-29",
			virtual.Query{Tag: "llama", Ranker: virtual.Latest, Conditions: conditions{
				{Spec: virtual.EndpointPublicationDate, Op: virtual.Less, Date: date(t, "29/02/2024")}}},
			"llama@latest?endpoint_publication_date<2024-02-29"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := virtual.Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if got.String() != tt.canonical {
				t.Errorf("canonical form %q, want %q", got, tt.canonical)
			}
			if again, err := virtual.Parse(got.String()); err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("%q parses back to %+v, %v", got, again, err)
			}
		})
	}
}

func TestIsQuery(t *testing.T) {
	for model, want := range map[string]bool{"gpt-oss-120b": false, "openai/gpt-oss-120b": false, "llama@latest": true, "@": true, "": false} {
		if got := virtual.IsQuery(model); got != want {
			t.Errorf("%q: got %v", model, got)
		}
	}
}
