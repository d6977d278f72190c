package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// entry is the part of a catalogue entry that the project reads. The service may
// change the payload at any time, so only the name is required.
type entry struct {
	Slug        string `json:"id"`
	Name        string `json:"name"` // the callable id; "id" is only a slug
	Available   bool   `json:"available"`
	Category    string `json:"category"`
	Description string `json:"description"`
	Metadata    struct {
		Aliases    []string `json:"aliases"`
		ModelSpecs struct {
			Capabilities struct {
				FunctionCalling bool     `json:"function_calling"`
				Reasoning       bool     `json:"reasoning"`
				Input           []string `json:"input_modality"`
				Output          []string `json:"output_modality"`
				ResponseFormat  []string `json:"response_format"`
				UseCaseTags     []string `json:"use_case_tag"`
			} `json:"capabilities"`
			Parameters struct {
				Params params `json:"params"`
			} `json:"model_parameters"`
			Billions figure `json:"nb_of_billion_parameters"`
		} `json:"model_specs"`
		Publishing struct {
			Publisher    string `json:"publisher"`
			Series       string `json:"series"`
			EndpointDate Date   `json:"endpoint_publication_date"`
			ModelDate    Date   `json:"model_publication_date"`
			EndOfLife    Date   `json:"model_eol_date"`
		} `json:"publishing_information"`
		Usage struct {
			Throughput figure   `json:"avg_throughtput"` // sic
			Status     string   `json:"status"`
			Statuses   []string `json:"statuses"`
			Pricing    []struct {
				Price figure `json:"price"`
				Unit  string `json:"price_unit"`
			} `json:"pricing"`
			RateLimit struct {
				Key       []rate `json:"rate_limit_api"`
				Anonymous []rate `json:"rate_limit_api_anonymous"`
			} `json:"rate_limit"`
		} `json:"usage_information"`
	} `json:"metadata"`
}

type rate struct {
	Unit  string `json:"rate_limit_unit"`
	Value figure `json:"rate_limit_value"`
}

// params is an object, or an empty array if there are no parameters.
type params struct {
	ContextK        figure `json:"context_size_k"` // language models: thousands of tokens
	ContextTokens   figure `json:"context_size"`   // embedding models: tokens
	MaxOutputK      figure `json:"max_output_token_k"`
	MaxImages       figure `json:"max_images_per_prompt"`
	MaxBatch        figure `json:"max_batch_size"`
	OutputDimension figure `json:"output_dimension"`
	MinDimension    figure `json:"output_dimension_min"`
	MaxDimension    figure `json:"output_dimension_max"`
}

func (p *params) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		*p = params{}
		return nil
	}
	type plain params
	return json.Unmarshal(data, (*plain)(p))
}

// Decode reads a catalogue payload: a JSON array of entries. An entry that cannot
// be read is left out and reported in skipped, so that the others stay usable. The
// error means that the payload as a whole is not a catalogue.
func Decode(payload []byte) (models []Model, skipped []error, err error) {
	var raw []json.RawMessage
	if json.Unmarshal(payload, &raw) != nil {
		return nil, nil, errors.New("decoding the catalogue: it is not a JSON array")
	}
	seen := make(map[string]bool, len(raw))
	for i, data := range raw {
		var e entry
		if err := json.Unmarshal(data, &e); err != nil {
			skipped = append(skipped, fmt.Errorf("catalogue entry %d: %w", i, err))
			continue
		}
		switch id := strings.TrimSpace(e.Name); {
		case id == "":
			skipped = append(skipped, fmt.Errorf("catalogue entry %d (%q): no name", i, e.Slug))
		case seen[id]:
			skipped = append(skipped, fmt.Errorf("catalogue entry %d: %q is listed twice", i, id))
		default:
			seen[id] = true
			models = append(models, e.model(id))
		}
	}
	if len(models) == 0 {
		return nil, skipped, errors.New("decoding the catalogue: it lists no model")
	}
	return models, skipped, nil
}

// DecodeServed returns the ids in an answer of /v1/models. The stray "ppl" of the
// real answer is not a model and is dropped.
func DecodeServed(payload []byte) ([]string, error) {
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(payload, &list) != nil {
		return nil, errors.New("decoding the list of served models: it is not an answer of /v1/models")
	}
	var ids []string
	for _, model := range list.Data {
		if id := strings.TrimSpace(model.ID); id != "" && id != "ppl" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("decoding the list of served models: it has no id")
	}
	return ids, nil
}

func (e entry) model(id string) Model {
	meta, caps := e.Metadata, e.Metadata.ModelSpecs.Capabilities
	p := meta.ModelSpecs.Parameters.Params
	m := Model{
		ID: id, Slug: e.Slug, Aliases: meta.Aliases, Category: e.Category, Description: e.Description,
		Available: e.Available, Listed: true, Status: meta.Usage.Status,
		Publisher: meta.Publishing.Publisher, Series: meta.Publishing.Series, Tags: caps.UseCaseTags,
		Input: caps.Input, Output: caps.Output, FunctionCalling: caps.FunctionCalling,
		Reasoning: caps.Reasoning, ResponseFormats: caps.ResponseFormat,
		ParamsB: meta.ModelSpecs.Billions.value, ContextTokens: tokens(p.ContextK), MaxOutputTokens: tokens(p.MaxOutputK),
		MaxImages: p.MaxImages.count(), Speed: meta.Usage.Throughput.value,
		AnonymousPerMinute: perMinute(meta.Usage.RateLimit.Anonymous), KeyPerMinute: perMinute(meta.Usage.RateLimit.Key),
		PublishedAt: meta.Publishing.EndpointDate, RetiresAt: meta.Publishing.EndOfLife, ModelCreatedAt: meta.Publishing.ModelDate,
	}
	if m.ContextTokens == 0 {
		m.ContextTokens = p.ContextTokens.count()
	}
	if m.Status == "" && len(meta.Usage.Statuses) > 0 {
		m.Status = meta.Usage.Statuses[0]
	}
	for _, price := range meta.Usage.Pricing {
		switch price.Unit {
		case "million_input_tokens":
			m.InputPrice = price.Price.value
		case "million_output_tokens":
			m.OutputPrice = price.Price.value
		}
	}
	if p.OutputDimension.count() > 0 {
		m.Embedding = &Embedding{
			Dimensions: p.OutputDimension.count(), MaxBatch: p.MaxBatch.count(),
			MinDimensions: p.MinDimension.count(), MaxDimensions: p.MaxDimension.count(),
		}
	}
	return m
}

// tokens turns the catalogue's rounded thousands into tokens. Most sizes are powers
// of two (131 stands for 131072, 32 for 32768); other figures are exact.
func tokens(thousands figure) int {
	if thousands.value == nil {
		return 0
	}
	for size := 1024; size <= 1<<24; size *= 2 {
		if float64(size/1000) == *thousands.value {
			return size
		}
	}
	return int(*thousands.value * 1000)
}

func perMinute(rates []rate) int {
	for _, r := range rates {
		if r.Unit == "req/m" {
			return r.Value.count()
		}
	}
	return 0
}

// figure is a number of the payload; value is nil if it is missing, negative, above
// maxFigure or not a number.
type figure struct{ value *float64 }

func (f *figure) UnmarshalJSON(data []byte) error {
	const maxFigure = 1e9
	var value *float64
	if json.Unmarshal(data, &value) != nil || value == nil || *value < 0 || *value > maxFigure {
		value = nil
	}
	f.value = value
	return nil
}

// count returns the figure as a whole number, 0 if it is not known.
func (f figure) count() int {
	if f.value == nil {
		return 0
	}
	return int(*f.value)
}
