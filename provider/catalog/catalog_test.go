package catalog_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sameDay compares dates, whose field is not exported.
var sameDay = cmp.Comparer(func(a, b catalog.Date) bool { return a.Compare(b) == 0 })

func TestLookup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string // want "" is no model
		exact          bool
	}{
		{"an id", "Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", true},
		{"an id that is only served", "Qwen3-32B", "Qwen3-32B", true},
		{"a slug", "llama-3-3-70b-instruct", "Meta-Llama-3_3-70B-Instruct", false},
		{"an alias", "meta-llama/Llama-3.3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", false},
		{"an id in other case", "META-LLAMA-3_3-70B-INSTRUCT", "Meta-Llama-3_3-70B-Instruct", false},
		{"an alias in other case", "baai/BGE-M3", "bge-m3", false},
		{"an alias that differs from the id by case", "BGE-M3", "bge-m3", false},
		{"an alias that is served as an id of its own", "stabilityai/stable-diffusion-xl-base-1.0", "stable-diffusion-xl-base-v10", false},
		{"an alias of four models is the first's", "NVIDIA-RIVA", "nvr-tts-it-it", false},
		{"no model", "gpt-5", "", false},
		{"the stray ppl", "ppl", "", false},
		{"nothing", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, exact, ok := catalog.Snapshot().Lookup(tt.in)
			if m.ID != tt.want || exact != tt.exact || ok != (tt.want != "") {
				t.Errorf("got %q, exact %t, ok %t; want %q, %t", m.ID, exact, ok, tt.want, tt.exact)
			}
		})
	}
}

// TestJoin joins listed models with ids of /v1/models.
func TestJoin(t *testing.T) {
	t.Parallel()
	price := 0.5
	llama := catalog.Model{
		ID: "Llama-70B", Slug: "llama-70b-slug", Aliases: []string{"meta/Llama-70B"}, Listed: true, Available: true, InputPrice: &price,
	}
	hidden := catalog.Model{ID: "Hidden-1B", Listed: true}
	with := func(m catalog.Model, change func(*catalog.Model)) catalog.Model { change(&m); return m }
	served := func(m *catalog.Model) { m.Served, m.Available = true, true }
	tests := []struct {
		name   string
		listed []catalog.Model
		served []string
		want   []catalog.Model
	}{
		{"a served id marks its model", []catalog.Model{llama, hidden}, []string{"Llama-70B"}, []catalog.Model{with(llama, served), hidden}},
		{"a served alias marks its model", []catalog.Model{llama}, []string{"meta/Llama-70B"}, []catalog.Model{with(llama, served)}},
		{"a served slug in other case marks its model", []catalog.Model{llama}, []string{"LLAMA-70B-SLUG"},
			[]catalog.Model{with(llama, served)}},
		{"a model that is not available but served is available", []catalog.Model{hidden}, []string{"Hidden-1B"},
			[]catalog.Model{with(hidden, served)}},
		{"a served id without an entry is a model without figures", []catalog.Model{llama}, []string{"Mistral-7B"},
			[]catalog.Model{llama, {ID: "Mistral-7B", Served: true, Available: true}}},
		{"an id that is served twice is one model", nil, []string{"Mistral-7B", "Mistral-7B"},
			[]catalog.Model{{ID: "Mistral-7B", Served: true, Available: true}}},
		{"nothing is known to be served", []catalog.Model{llama, hidden}, nil, []catalog.Model{llama, hidden}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.listed)
			got := catalog.New(tt.listed, tt.served).Models()
			if diff := cmp.Diff(tt.want, got, sameDay); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.listed, sameDay); diff != "" {
				t.Errorf("the caller's models were changed:\n%s", diff)
			}
		})
	}
}

// TestIDsGoBeforeAliases: a model keeps its own id, in any case, even if an
// earlier model claims it as an alias.
func TestIDsGoBeforeAliases(t *testing.T) {
	t.Parallel()
	c := catalog.New([]catalog.Model{{ID: "Thief", Aliases: []string{"victim", "Victim"}}, {ID: "Victim"}}, nil)
	for _, name := range []string{"Victim", "victim", "VICTIM"} {
		if m, _, _ := c.Lookup(name); m.ID != "Victim" {
			t.Errorf("%q finds %q", name, m.ID)
		}
	}
}

// TestServedIDsAreExact: an id that is served is sent as it is, also where the listed
// model that has it as an alias is itself not served.
func TestServedIDsAreExact(t *testing.T) {
	t.Parallel()
	listed := []catalog.Model{{ID: "Model-1", Slug: "slug", Aliases: []string{"vendor/Model-1"}, Listed: true, Series: "s"}}
	tests := []struct {
		name, in string
		served   []string
		want     string
		exact    bool
	}{
		{"only the alias is served", "vendor/Model-1", []string{"vendor/Model-1"}, "vendor/Model-1", true},
		{"only the id in other case is served", "MODEL-1", []string{"MODEL-1"}, "MODEL-1", true},
		{"another alias", "slug", []string{"vendor/Model-1"}, "Model-1", false},
		{"both are served", "vendor/Model-1", []string{"vendor/Model-1", "Model-1"}, "Model-1", false},
		{"neither is known to be served", "vendor/Model-1", nil, "Model-1", false},
	}
	for _, tt := range tests {
		m, exact, ok := catalog.New(listed, tt.served).Lookup(tt.in)
		if m.ID != tt.want || exact != tt.exact || !ok || m.Series != "s" {
			t.Errorf("%s: got %q, exact %t, ok %t; want %q", tt.name, m.ID, exact, ok, tt.want)
		}
	}
}

// TestJoinLeavesTheCallersMemoryAlone: catalogues share the slices of the models
// that they are made of.
func TestJoinLeavesTheCallersMemoryAlone(t *testing.T) {
	t.Parallel()
	aliases := append(make([]string, 0, 2), "alias")
	catalog.New([]catalog.Model{{ID: "Model-1", Slug: "slug", Aliases: aliases}}, []string{"alias", "other"})
	if beyond := aliases[:2]; beyond[1] != "" {
		t.Errorf("%q was written after the aliases", beyond[1])
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	c := catalog.Snapshot()
	if c.Source != catalog.SourceSnapshot || c.ServedLive || c.Complete() || c.FetchedAt.IsZero() {
		t.Errorf("got source %s, served live %t, fetched at %s", c.Source, c.ServedLive, c.FetchedAt)
	}
	var unlisted []string
	for _, m := range c.Models() {
		if !m.Listed {
			unlisted = append(unlisted, m.ID)
		}
	}
	want := []string{
		"Qwen3-32B", "Qwen3-Coder-30B-A3B-Instruct", "Mistral-7B-Instruct-v0.3",
		"Mistral-Nemo-Instruct-2407", "Mistral-Small-3.2-24B-Instruct-2506",
	}
	if diff := cmp.Diff(want, unlisted); diff != "" {
		t.Errorf("served without an entry (-want +got):\n%s", diff)
	}
	if n := len(c.Models()); n != 19+len(want) {
		t.Errorf("%d models, want the 19 of the capture and %d", n, len(want))
	}
	if voice, _, _ := c.Lookup("nvr-tts-it-it"); voice.Served || !voice.Available {
		t.Errorf("a voice is listed, but not in /v1/models: %+v", voice)
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		model              catalog.Model
		prompt, completion int
		want               float64
		ok                 bool
	}{
		{"both prices", catalog.Model{InputPrice: new(0.5), OutputPrice: new(2.0)}, 1_000_000, 500_000, 1.5, true},
		{"free", catalog.Model{InputPrice: new(0.0), OutputPrice: new(0.0)}, 1000, 1000, 0, true},
		{"an embedding has no output", catalog.Model{InputPrice: new(0.01)}, 2_000_000, 0, 0.02, true},
		{"output without a price", catalog.Model{InputPrice: new(0.01)}, 10, 10, 0, false},
		{"no price at all", catalog.Model{}, 10, 10, 0, false},
		{"only an output price", catalog.Model{OutputPrice: new(0.01)}, 10, 10, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := tt.model.Cost(tt.prompt, tt.completion)
			if ok != tt.ok || got-tt.want > 1e-12 || tt.want-got > 1e-12 {
				t.Errorf("got %g, %t; want %g, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"12/08/2025", "2025-08-12"},
		{"2025-08-12", "2025-08-12"},
		{"29/02/2024", "2024-02-29"},
		{"31/06/2024", ""},
		{"29/02/2025", ""},
		{"None", ""},
		{"", ""},
		{"08/2025", ""},
		{"2025-08-12T00:00:00Z", ""},
	}
	for _, tt := range tests {
		got, ok := catalog.ParseDate(tt.in)
		if got.String() != tt.want || ok != (tt.want != "") || got.IsZero() == ok {
			t.Errorf("%q: got %q, %t; want %q", tt.in, got, ok, tt.want)
		}
		var read catalog.Date
		if err := read.UnmarshalText([]byte(tt.in)); err != nil || read.String() != tt.want {
			t.Errorf("%q as text: got %q, %v", tt.in, read, err)
		}
	}
	older, newer := catalog.Date{}, catalog.Date{}
	_ = newer.UnmarshalText([]byte("01/01/1970"))
	if older.Compare(newer) >= 0 || newer.Compare(older) <= 0 || newer.Compare(newer) != 0 {
		t.Error("a missing date is the oldest")
	}
}
