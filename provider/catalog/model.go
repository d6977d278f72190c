// Package catalog knows the models of AI Endpoints: it decodes the service's
// catalogue and its list of served ids, joins them, and answers lookups by id,
// alias or slug.
//
// A [Catalog] is immutable and safe for concurrent use. [Live] keeps one fresh;
// [Snapshot] returns the one that is built into the program.
package catalog

// Model is one model of the service. Figures that are missing in the catalogue are
// nil or zero, as each field says; a price of 0 means free.
type Model struct {
	ID          string   `json:"id"` // what a request's "model" must say, exactly
	Slug        string   `json:"slug,omitempty"`
	Aliases     []string `json:"aliases,omitempty"`
	Category    string   `json:"category,omitempty"`
	Description string   `json:"description,omitempty"`

	Available bool   `json:"available"`        // listed as available, or served
	Listed    bool   `json:"listed"`           // the catalogue has an entry
	Served    bool   `json:"served"`           // the id is in /v1/models
	Status    string `json:"status,omitempty"` // live, beta, new … as the catalogue says

	Publisher string   `json:"publisher,omitempty"`
	Series    string   `json:"series,omitempty"`
	Licence   string   `json:"licence,omitempty"` // its name, such as Apache 2.0
	Tags      []string `json:"tags,omitempty"`    // use-case tags: code_chat, summarization …

	Input           []string `json:"input,omitempty"`  // modalities: text, image, sound
	Output          []string `json:"output,omitempty"` // modalities: text, embedding_vector, image, sound
	FunctionCalling bool     `json:"function_calling"`
	Reasoning       bool     `json:"reasoning"`
	ResponseFormats []string `json:"response_formats,omitempty"` // raw_text, json_object, json_schema

	// Unknown are the capabilities of which the entry says nothing that can be read.
	Unknown []Capability `json:"unknown,omitempty"`

	ParamsB         *float64 `json:"params_b,omitempty"`          // billions of parameters
	ContextTokens   int      `json:"context_tokens,omitempty"`    // 0: unknown
	MaxOutputTokens int      `json:"max_output_tokens,omitempty"` // 0: unknown
	MaxImages       int      `json:"max_images,omitempty"`        // images a prompt; 0: none or unknown
	Speed           *float64 `json:"speed,omitempty"`             // avg_throughtput (sic), larger is faster, no unit

	InputPrice  *float64 `json:"input_price,omitempty"`  // EUR per million input tokens
	OutputPrice *float64 `json:"output_price,omitempty"` // EUR per million output tokens
	Prices      []Price  `json:"prices,omitempty"`       // all, also those; at most one of each unit

	Embedding *Embedding `json:"embedding,omitempty"` // nil unless it is an embedding model
	Audio     *Audio     `json:"audio,omitempty"`     // nil unless the entry has limits of audio

	AnonymousPerMinute int `json:"anonymous_per_minute,omitempty"` // requests a minute without a key; 0: unknown
	KeyPerMinute       int `json:"key_per_minute,omitempty"`       // requests a minute with a key; 0: unknown

	PublishedAt    Date `json:"published_at,omitzero"`     // when the endpoint was published
	RetiresAt      Date `json:"retires_at,omitzero"`       // end of life
	ModelCreatedAt Date `json:"model_created_at,omitzero"` // when the publisher released the model
}

// Embedding holds the figures of an embedding model.
type Embedding struct {
	Dimensions    int `json:"dimensions"`
	MinDimensions int `json:"min_dimensions,omitempty"` // 0: the size is fixed
	MaxDimensions int `json:"max_dimensions,omitempty"` // 0: the size is fixed
	MaxBatch      int `json:"max_batch,omitempty"`      // inputs a request; 0: unknown
}

// Audio holds the limits of an audio file that the model takes. 0 is unknown.
type Audio struct {
	Seconds          int `json:"seconds,omitempty"` // with a key
	AnonymousSeconds int `json:"anonymous_seconds,omitempty"`
	MB               int `json:"mb,omitempty"` // of 2^20 bytes, with a key
	AnonymousMB      int `json:"anonymous_mb,omitempty"`
}

// Limits returns how many seconds and bytes a file may have, 0 if that is unknown.
func (a *Audio) Limits(anonymous bool) (seconds int, bytes int64) {
	switch {
	case a == nil:
		return 0, 0
	case anonymous:
		return a.AnonymousSeconds, int64(a.AnonymousMB) << 20
	default:
		return a.Seconds, int64(a.MB) << 20
	}
}

// The statuses of a model that are this program's own.
const (
	StatusRetiring    = "retiring"    // it can be called until RetiresAt
	StatusRetired     = "retired"     // it cannot be called any more
	StatusUnavailable = "unavailable" // it cannot be called, and the catalogue does not say why
)

// CurrentStatus returns whether the model is retired or being retired, else the
// catalogue's own word, "" where it has no word.
func (m Model) CurrentStatus() string {
	switch {
	case m.Available && m.RetiresAt.IsZero():
		return m.Status
	case m.Available:
		return StatusRetiring
	case m.RetiresAt.IsZero():
		return StatusUnavailable
	default:
		return StatusRetired
	}
}
