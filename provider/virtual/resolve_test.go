package virtual_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func parse(t testing.TB, query string) virtual.Query {
	t.Helper()
	q, err := virtual.Parse(query)
	if err != nil {
		t.Fatalf("parsing %q: %v", query, err)
	}
	return q
}

func ids(candidates []virtual.Candidate) string {
	var list []string
	for _, c := range candidates {
		list = append(list, c.Model.ID)
	}
	return strings.Join(list, " ")
}

func TestResolveCapture(t *testing.T) {
	tests := []struct {
		query, want, figure string
	}{
		// Published 06/05/2026, 15/04/2026, 12/08/2025 (both gpt-oss; 0.04 is cheaper than 0.08), 20/02/2025.
		{"code_chat@latest", "Qwen3.6-27B Qwen3.5-9B gpt-oss-20b gpt-oss-120b Meta-Llama-3_3-70B-Instruct", "2026-05-06"},
		// The only llama, of 70 billion parameters.
		{"meta-llama@latest", "Meta-Llama-3_3-70B-Instruct", "2025-02-20"},
		{"meta-llama@latest?params>=70", "Meta-Llama-3_3-70B-Instruct", "2025-02-20"},
		// Input prices 0.04 and 0.08.
		{"gpt-oss@cheapest", "gpt-oss-20b gpt-oss-120b", "0.04 EUR per million input tokens"},
		// Below 0.2: 117 billion at 0.08, 21 at 0.04, 9.7 at 0.1. The 397 billion cost 0.6.
		{"text_generation@biggest?input_cost<0.2", "gpt-oss-120b gpt-oss-20b Qwen3.5-9B", "117 billion parameters"},
		// Input prices 0.1, 0.4, 0.6, 0.91.
		{"multimodal@cheapest", "Qwen3.5-9B Qwen3.6-27B Qwen3.5-397B-A17B Qwen2.5-VL-72B-Instruct", "0.1 EUR per million input tokens"},
		// All have speed 2: 15/05/2026, 06/05/2026, 15/04/2026, 26/03/2025. The embedding model is not eligible.
		{"qwen@fastest", "Qwen3.5-397B-A17B Qwen3.6-27B Qwen3.5-9B Qwen2.5-VL-72B-Instruct", "2 on the catalogue's speed scale"},
		// 21 and 117 billion; the publisher is spelt OpenAI here and OpenAi for whisper, which takes no text.
		{"openai@smallest", "gpt-oss-20b gpt-oss-120b", "21 billion parameters"},
		// 131 in thousands is 131072 tokens, 262 is 262144, 32 is 32768.
		{"qwen@smallest?context_size<262144", "Qwen2.5-VL-72B-Instruct", "72 billion parameters"},
		{"text_generation@latest?context_size=131072", "gpt-oss-20b gpt-oss-120b Meta-Llama-3_3-70B-Instruct", "2025-08-12"},
		// 26/03/2025 is too early for the date, 397 and 27 billion too big.
		{"qwen@latest?endpoint_publication_date>01/01/2026&params<20", "Qwen3.5-9B", "2026-04-15"},
	}
	models := catalog.Snapshot().Models()
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			res, err := virtual.Resolve(models, parse(t, tt.query), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(res.Candidates); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := res.Candidates[0].Figure(); got != tt.figure {
				t.Errorf("got figure %q, want %q", got, tt.figure)
			}
		})
	}
}

// greek has ties, missing figures and a model for every reason not to be eligible.
func greek(t testing.TB) []catalog.Model {
	published := date(t, "2025-01-10")
	models := []catalog.Model{
		{ID: "beta", ParamsB: new(7.0), InputPrice: new(0.1), Speed: new(3.0), PublishedAt: published, ContextTokens: 131072},
		{ID: "alpha", ParamsB: new(7.0), InputPrice: new(0.1), Speed: new(3.0), PublishedAt: published,
			ContextTokens: 32768, MaxOutputTokens: 4096},
		{ID: "gamma", ParamsB: new(7.0), PublishedAt: published, ContextTokens: 32768},
		{ID: "delta", ParamsB: new(70.0), InputPrice: new(0.0), Speed: new(1.0), MaxOutputTokens: 8192},
		{ID: "epsilon", InputPrice: new(0.0), Speed: new(9.0), PublishedAt: date(t, "28/02/2026")},
		{ID: "zeta", Category: "LLM Guard"},
		{ID: "eta", Tags: []string{"Moderation"}},
		{ID: "theta", Output: []string{"embedding_vector"}},
		{ID: "iota", Input: []string{"sound"}},
		{ID: "kappa"},
		{ID: "lambda", Series: "AcmeGuard"},
	}
	for i := range models {
		m := &models[i]
		m.Available, m.Listed = m.ID != "kappa", true
		m.Publisher = "Acme Labs"
		if m.Series == "" {
			m.Series = "Greek"
		}
		if m.Input == nil {
			m.Input = []string{"image", "text"}
		}
		if m.Output == nil {
			m.Output = []string{"text"}
		}
	}
	return append(models, catalog.Model{ID: "greek", Available: true, Served: true})
}

func TestResolveTiesAndMissingFigures(t *testing.T) {
	tests := []struct {
		query, want string
		excluded    string // of alpha to epsilon
	}{
		// Same size, same day: a missing price comes last, then the id decides.
		{"greek@smallest", "alpha beta gamma delta", "epsilon has no known params"},
		{"GREEK@biggest", "delta alpha beta gamma", "epsilon has no known params"},
		// Free is a price; of the two free ones the missing date is the older.
		{"greek@cheapest", "epsilon delta alpha beta", "gamma has no known input_cost"},
		{"acme labs@fastest", "epsilon alpha beta delta", "gamma has no known speed"},
		{"greek@latest", "epsilon alpha beta gamma", "delta has no known endpoint_publication_date"},
		{"greek@biggest?input_cost=0", "delta",
			"beta has input_cost 0.1, not =0; alpha has input_cost 0.1, not =0; gamma has no known input_cost; " +
				"epsilon has no known params"},
		// 0 tokens of context is a missing figure, not a small one.
		{"greek@cheapest?context_size<=32768", "alpha",
			"beta has context_size 131072, not <=32768; gamma has no known input_cost; " +
				"delta has no known context_size; epsilon has no known context_size"},
		{"greek@biggest?max_tokens>4095", "delta alpha",
			"beta has no known max_tokens; gamma has no known max_tokens; " +
				"epsilon has no known max_tokens and has no known params"},
		{"greek@biggest?endpoint_publication_date<=10/01/2025", "alpha beta gamma",
			"delta has no known endpoint_publication_date; " +
				"epsilon has endpoint_publication_date 2026-02-28, not <=2025-01-10 and has no known params"},
	}
	models := greek(t)
	ineligible := "zeta is a guard model; eta is a guard model; theta does not answer in text; iota takes no text; kappa is not available"
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			res, err := virtual.Resolve(models, parse(t, tt.query), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(res.Candidates); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			want := tt.excluded + "; " + ineligible
			if strings.HasPrefix(tt.query, "acme") {
				want += "; lambda is a guard model"
			}
			if got := exclusions(res.Excluded); got != want {
				t.Errorf("excluded %s\nwant     %s", got, want)
			}
		})
	}
}

func exclusions(excluded []virtual.Exclusion) string {
	var list []string
	for _, e := range excluded {
		list = append(list, e.Model+" "+e.Reason)
	}
	return strings.Join(list, "; ")
}

func TestResolveExcludes(t *testing.T) {
	hasVision := func(m catalog.Model) string {
		if m.HasInput("image") {
			return ""
		}
		return "has no vision"
	}
	models := catalog.Snapshot().Models()
	// Of the models for code, only the two Qwen take images.
	res, err := virtual.Resolve(models, parse(t, "code_chat@biggest"), hasVision)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ids(res.Candidates), "Qwen3.6-27B Qwen3.5-9B"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := (virtual.Exclusion{Model: "gpt-oss-120b", Reason: "has no vision"}); !slices.Contains(res.Excluded, want) {
		t.Errorf("%v lacks %v", res.Excluded, want)
	}

	_, err = virtual.Resolve(models, parse(t, "gpt-oss@latest?params>500"), hasVision)
	want := `no model matches "gpt-oss@latest?params>500": of 2 models with the tag, 2 removed by "has no vision"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestKnownTags(t *testing.T) {
	// Guard, embedding, speech and image models have no tags here; of "qwen" and "Qwen" the series comes first.
	want := "code_chat code_completion code_explanation emotion_detection entity_extraction gpt-oss llama meta-llama " +
		"multi_language_coding multilingual multimodal OpenAI paraphrasing qwen sentiment_analysis summarization " +
		"text_generation text_only_compatible translation"
	if got := strings.Join(virtual.KnownTags(catalog.Snapshot().Models()), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := virtual.KnownTags(greek(t)), []string{"Acme Labs", "Greek"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := virtual.KnownTags(nil); len(got) > 0 {
		t.Errorf("got %q for no models", got)
	}
}
