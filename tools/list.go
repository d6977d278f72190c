package tools

import (
	"cmp"
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

type listInput struct {
	Kind     catalog.Group        `json:"kind,omitempty" jsonschema:"enum=chat,enum=vision,enum=embedding,enum=speech,enum=image,enum=moderation" jsonschema_description:"What they are for; chat includes vision"`
	Supports []catalog.Capability `json:"supports,omitempty" jsonschema:"enum=tools,enum=json_schema,enum=reasoning,enum=vision,maxItems=4" jsonschema_description:"Abilities that each has"`
	Tag      string               `json:"tag,omitempty" jsonschema_description:"Series, publisher or use case, as in llama"`
	Sort     catalog.Order        `json:"sort,omitempty" jsonschema:"enum=price,enum=context,enum=size,enum=date,default=price" jsonschema_description:"Price ascending, others descending"`
	Limit    int                  `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50,default=20" jsonschema_description:"Most models to show"`
}

type listOutput struct {
	Models  []listedModel `json:"models" jsonschema:"required"`
	Total   int           `json:"total,omitempty" jsonschema_description:"matches, before the limit"`
	Catalog catalogInfo   `json:"catalog,omitzero"`
	resultMeta
}

// listedModel is a model with what is known of it. Prices are EUR for one PriceUnit.
type listedModel struct {
	ID              string               `json:"id"`
	Kind            catalog.Group        `json:"kind,omitempty"`
	ContextTokens   int                  `json:"context_tokens,omitempty"`
	MaxOutputTokens int                  `json:"max_output_tokens,omitempty"`
	InputPrice      *float64             `json:"input_price,omitempty"`
	OutputPrice     *float64             `json:"output_price,omitempty"` // EUR per million output tokens
	PriceUnit       string               `json:"price_unit,omitempty"`
	ParamsB         *float64             `json:"params_b,omitempty"`
	Supports        []catalog.Capability `json:"supports,omitempty"`
	Published       catalog.Date         `json:"published,omitzero"`
	Status          string               `json:"status,omitempty"`
	Retires         catalog.Date         `json:"retires,omitzero"`
	Replacement     string               `json:"replacement,omitempty"`
}

const defaultListed = 20

func listModels(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "list-models", title: "List the models",
		use:    "models by kind and price.",
		search: "list models: chat, vision, embedding, speech, image, moderation; prices, context, abilities, what replaces a retired one",
		description: "List the models that can be called now, with price, context, abilities and age, and what replaces a retired one. " +
			"Use it to find a model for a task, then pass its id as model. Not to let a query pick one (resolve-virtual-model).",
		idempotent: true, inView: true,
	}
	return newTool[listInput](spec, listOutput{Models: []listedModel{}}, func(ctx context.Context, in listInput, _ Events) (output, error) {
		by := cmp.Or(in.Sort, catalog.ByPrice)
		list, err := p.List(ctx, catalog.Filter{Group: in.Kind, Supports: in.Supports, Tag: in.Tag}, by)
		if err != nil {
			return output{}, err
		}
		out := newListOutput(list, in.Kind, cmp.Or(in.Limit, defaultListed))
		return output{structured: out, text: []string{listText(list, out, by)}, meta: list.Meta}, nil
	})
}

func newListOutput(list *provider.ModelList, asked catalog.Group, limit int) *listOutput {
	if list.Service != "" {
		asked = "" // nothing is known of the models' kinds
	}
	out := &listOutput{Models: []listedModel{}, Total: len(list.Models), Catalog: newCatalogInfo(list.Catalog)}
	for _, m := range list.Models[:min(limit, len(list.Models))] {
		out.Models = append(out.Models, newListedModel(m, asked, list.Replacement(m)))
	}
	return out
}

// newListedModel returns a model as it is listed. Its kind is the one that was asked for,
// or its own.
func newListedModel(m catalog.Model, asked catalog.Group, replacement string) listedModel {
	shown := listedModel{
		ID: m.ID, Kind: cmp.Or(asked, m.Group()), ContextTokens: m.ContextTokens, MaxOutputTokens: m.MaxOutputTokens,
		OutputPrice: m.OutputPrice, PriceUnit: m.PriceUnit(), ParamsB: m.ParamsB, Supports: m.Capabilities(catalog.ListedCapabilities()),
		Published: m.PublishedAt, Status: m.CurrentStatus(), Retires: m.RetiresAt, Replacement: replacement,
	}
	if shown.PriceUnit == catalog.MillionOutputTokens {
		shown.PriceUnit = catalog.MillionInputTokens // whose price is unknown
	}
	shown.InputPrice = m.Price(shown.PriceUnit)
	return shown
}
