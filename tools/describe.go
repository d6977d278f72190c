package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

type describeInput struct {
	Image       string   `json:"image,omitempty" jsonschema_description:"One picture: https or data: URL, base64, or a path below an allowed folder"`
	Images      []string `json:"images,omitempty" jsonschema:"minItems=1,maxItems=5" jsonschema_description:"Up to 5 pictures, instead of image"`
	Prompt      string   `json:"prompt,omitempty" jsonschema_description:"What to say about them; default a description"`
	Model       string   `json:"model,omitempty" jsonschema_description:"Id, alias or query; by default the cheapest with vision"`
	Detail      string   `json:"detail,omitempty" jsonschema:"enum=auto,enum=low,enum=high" jsonschema_description:"low scales to 768 pixels, others to 2048"`
	MaxTokens   *int     `json:"max_tokens,omitempty" jsonschema:"minimum=1" jsonschema_description:"Most tokens to generate; reasoning counts too"`
	Temperature *float64 `json:"temperature,omitempty" jsonschema:"minimum=0,maximum=2" jsonschema_description:"Randomness; 0 is the most predictable"`
}

type describeOutput struct {
	Description string    `json:"description,omitempty"`
	Images      []picture `json:"images,omitempty"`
	common
}

// picture tells what was sent of one.
type picture struct {
	MediaType string `json:"media_type"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Bytes     int    `json:"bytes"`
	Resized   bool   `json:"resized"`
}

const defaultPrompt = "Describe what can be seen, and repeat text that stands there."

func describeImage(p *provider.Provider) Tool {
	d := declare{
		name: "describe-image", title: "Describe pictures",
		use:         "ask about pictures.",
		description: "Show pictures to a vision model and return what it says. They are scaled and stripped of metadata before they are sent.",
	}
	return newTool[describeInput, describeOutput](d, func(ctx context.Context, in describeInput, heard Listener) (output, error) {
		shown, err := in.shown()
		if err != nil {
			return output{}, err
		}
		content := provider.Content{Parts: []provider.Part{{Type: "text", Text: cmp.Or(strings.TrimSpace(in.Prompt), defaultPrompt)}}}
		for _, image := range shown {
			content.Parts = append(content.Parts, provider.Part{Type: "image_url", ImageURL: &image})
		}
		result, err := p.Chat(ctx, provider.ChatRequest{
			Messages: []provider.Message{{Role: provider.RoleUser, Content: content}},
			Model:    in.Model, MaxTokens: in.MaxTokens, Temperature: in.Temperature,
			OnText: heard.OnText, OnWait: heard.OnWait,
		})
		if err != nil {
			return output{}, err
		}
		out := describeOutput{Description: result.Content, common: newCommon(result.Meta)}
		for _, sent := range result.Images {
			out.Images = append(out.Images, picture(sent))
		}
		// What a picture says may be written to steer whoever reads the answer.
		return output{structured: out, text: chatText(result), meta: map[string]any{"ai-endpoints-mcp/untrusted": true}}, nil
	})
}

// shown gives the pictures of image or images.
func (in describeInput) shown() ([]provider.ImageURL, error) {
	switch {
	case in.Image != "" && in.Images != nil:
		return nil, provider.InvalidArgument("image and images are both given", "give image for one picture, or images for up to 5")
	case in.Image == "" && in.Images == nil:
		return nil, provider.InvalidArgument("image and images are both missing", "give image for one picture, or images for up to 5")
	case in.Images != nil:
		return images("images", in.Images, in.Detail), nil
	default:
		return []provider.ImageURL{{URL: in.Image, Detail: in.Detail, Label: "image"}}, nil
	}
}

// images names pictures by their place in a parameter.
func images(parameter string, sources []string, detail string) []provider.ImageURL {
	var all []provider.ImageURL
	for i, source := range sources {
		all = append(all, provider.ImageURL{URL: source, Detail: detail, Label: fmt.Sprintf("%s[%d]", parameter, i)})
	}
	return all
}
