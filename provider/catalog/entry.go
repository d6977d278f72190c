package catalog

import (
	"fmt"
	"strconv"
)

const maxShownID = 60 // characters of an id in an issue

// entry is an entry of the catalogue. Only its name is required.
type entry struct{ object }

// id returns the callable id, which is the name: the member id is only a slug. From
// here on, issues name the entry by it.
func (e *entry) id(where string) (string, bool) {
	id, ok := idOf(e.text("name"))
	switch {
	case ok:
		e.entry = strconv.Quote(clean(id, maxShownID))
	case id == "":
		e.issues.add("entries without a name", fmt.Sprintf("%s, %q", where, clean(e.text("id"), maxShownID)))
	default:
		e.issues.add("entries with an unusable name",
			fmt.Sprintf("%s, %q: over %d bytes or with control characters", where, clean(id, maxShownID), maxID))
	}
	return id, ok
}

func (e entry) model(id string) Model {
	meta := e.object.object("metadata")
	usage, publishing := meta.object("usage_information"), meta.object("publishing_information")
	rateLimit := usage.object("rate_limit")
	available, _ := e.flag("available")
	slug, ok := idOf(e.text("id"))
	if !ok {
		slug = ""
	}
	m := Model{
		ID: id, Slug: slug, Aliases: meta.texts("aliases", idOf), Category: e.label("category"),
		Description: clean(e.text("description"), maxDescription), Available: available, Listed: true, Status: usage.label("status"),
		Publisher: publishing.label("publisher"), Series: publishing.label("series"), Licence: publishing.label("licence_name"),
		Speed:              usage.figure("avg_throughtput"), // sic
		Prices:             readPrices(usage),
		AnonymousPerMinute: perMinute(rateLimit.objects("rate_limit_api_anonymous")),
		KeyPerMinute:       perMinute(rateLimit.objects("rate_limit_api")),
		PublishedAt:        publishing.date("endpoint_publication_date"),
		RetiresAt:          publishing.date("model_eol_date"),
		ModelCreatedAt:     publishing.date("model_publication_date"),
	}
	if statuses := usage.labels("statuses"); m.Status == "" && len(statuses) > 0 {
		m.Status = statuses[0]
	}
	m.InputPrice, m.OutputPrice = m.Price(MillionInputTokens), m.Price(MillionOutputTokens)
	m.readSpecs(meta.object("model_specs"))
	return m
}

// readSpecs reads what the model can do, and its sizes.
func (m *Model) readSpecs(specs object) {
	caps, params := specs.object("capabilities"), specs.object("model_parameters").object("params")
	var callsKnown, reasoningKnown bool
	m.Tags, m.Input, m.Output = caps.labels("use_case_tag"), caps.labels("input_modality"), caps.labels("output_modality")
	m.FunctionCalling, callsKnown = caps.flag("function_calling")
	m.Reasoning, reasoningKnown = caps.flag("reasoning")
	m.ResponseFormats = caps.labels("response_format")

	m.ParamsB = specs.figure("nb_of_billion_parameters")
	m.ContextTokens = tokens(params.figure("context_size_k")) // language models: thousands of tokens
	if inTokens := params.count("context_size"); m.ContextTokens == 0 {
		m.ContextTokens = inTokens // embedding models: tokens
	}
	m.MaxOutputTokens, m.MaxImages = tokens(params.figure("max_output_token_k")), params.count("max_images_per_prompt")
	embedding := Embedding{
		Dimensions: params.count("output_dimension"), MaxBatch: params.count("max_batch_size"),
		MinDimensions: params.count("output_dimension_min"), MaxDimensions: params.count("output_dimension_max"),
	}
	if embedding.Dimensions > 0 {
		m.Embedding = &embedding
	}

	audio := Audio{
		Seconds: params.count("max_audio_duration"), AnonymousSeconds: params.count("max_audio_duration_unauthenticated"),
		MB: params.count("max_audio_size"), AnonymousMB: params.count("max_audio_size_unauthenticated"),
	}
	if audio != (Audio{}) {
		m.Audio = &audio
	}

	noInput, noOutput := len(m.Input) == 0, len(m.Output) == 0
	for _, c := range []struct {
		capability Capability
		unknown    bool
	}{
		{Chat, (noInput || noOutput) && (noInput || m.HasInput("text")) && (noOutput || m.HasOutput("text"))},
		{Vision, noInput},
		{ToolCalls, !callsKnown},
		{Reasoning, !reasoningKnown},
		{JSONSchema, m.ResponseFormats == nil},
		{JSONObject, m.ResponseFormats == nil},
		{Embeddings, noOutput && m.Embedding == nil},
		{SpeechToText, (noInput || noOutput) && (noInput || m.HasInput("sound")) && (noOutput || m.HasOutput("text"))},
	} {
		if c.unknown {
			m.Unknown = append(m.Unknown, c.capability)
		}
	}
}
