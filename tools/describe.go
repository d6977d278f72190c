package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

type describeInput struct {
	Image       string   `json:"image,omitempty" jsonschema_description:"One image: https or data: URL, base64, or a path below an allowed folder"`
	Images      []string `json:"images,omitempty" jsonschema:"maxItems=5" jsonschema_description:"Up to 5 images, instead of image"`
	Prompt      string   `json:"prompt,omitempty" jsonschema:"default=Describe what can be seen and repeat text that stands there." jsonschema_description:"What to say about them"`
	Model       string   `json:"model,omitempty" jsonschema_description:"Id, alias or query; by default the cheapest with vision"`
	Detail      string   `json:"detail,omitempty" jsonschema:"enum=auto,enum=low,enum=high,default=auto" jsonschema_description:"low scales to 768 pixels, others to 2048"`
	MaxTokens   *int     `json:"max_tokens,omitempty" jsonschema:"minimum=1" jsonschema_description:"Most tokens to generate; reasoning counts too"`
	Temperature *float64 `json:"temperature,omitempty" jsonschema:"minimum=0,maximum=2" jsonschema_description:"Randomness; 0 is the most predictable"`
}

type describeOutput struct {
	Description string           `json:"description" jsonschema:"required"`
	Images      []provider.Image `json:"images,omitempty"`
	resultMeta
}

const defaultPrompt = "Describe what can be seen and repeat text that stands there."

func describeImage(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "describe-image", title: "Describe images",
		use:    "ask about images.",
		search: "look at images: describe, OCR, read screenshots, photos, scans, charts with a vision model in the EU",
		description: "Show images to a vision model and return what it says. Use it for images that you cannot see yourself, and for " +
			"the text in them. Not for data by a schema (structured-extract) or for images within a conversation (chat). " +
			"They are scaled and stripped of metadata before they are sent.",
	}
	return newTool[describeInput](spec, describeOutput{}, func(ctx context.Context, in describeInput, events Events) (output, error) {
		images, err := in.imageURLs()
		if err != nil {
			return output{}, err
		}
		content := provider.Content{Parts: []provider.Part{{Type: "text", Text: cmp.Or(strings.TrimSpace(in.Prompt), defaultPrompt)}}}
		for _, image := range images {
			content.Parts = append(content.Parts, provider.Part{Type: "image_url", ImageURL: &image})
		}
		result, err := p.Chat(ctx, provider.ChatRequest{
			Messages: []provider.Message{{Role: provider.RoleUser, Content: content}},
			Model:    in.Model, MaxTokens: in.MaxTokens, Temperature: in.Temperature,
			OnText: events.OnText, OnWait: events.OnWait,
		})
		if err != nil {
			return output{}, err
		}
		return output{
			structured: &describeOutput{Description: result.Content, Images: result.Images},
			text:       chatText(result),
			meta:       result.Meta,
			untrusted:  true,
		}, nil
	})
}

// imageURLs returns what image or images names.
func (in describeInput) imageURLs() ([]provider.ImageURL, error) {
	switch {
	case in.Image != "" && in.Images != nil:
		return nil, provider.InvalidArgument("image and images are both given", "give image for one, or images for up to 5")
	case in.Image == "" && in.Images == nil:
		return nil, provider.InvalidArgument("image and images are both missing", "give image for one, or images for up to 5")
	case in.Images != nil:
		return imageURLs("images", in.Images, in.Detail), nil
	default:
		return []provider.ImageURL{{URL: in.Image, Detail: in.Detail, Label: "image"}}, nil
	}
}

// imageURLs labels images by their place in a parameter.
func imageURLs(parameter string, sources []string, detail string) []provider.ImageURL {
	var all []provider.ImageURL
	for i, source := range sources {
		all = append(all, provider.ImageURL{URL: source, Detail: detail, Label: fmt.Sprintf("%s[%d]", parameter, i)})
	}
	return all
}
