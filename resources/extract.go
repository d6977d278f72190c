package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const (
	argFields = "fields"
	argText   = "text"
	argImage  = "image"
)

// extractData turns a list of fields into a call of structured-extract.
func extractData() prompt {
	return prompt{
		Prompt: mcp.NewPrompt(promptExtract,
			mcp.WithPromptTitle("Extract data"),
			mcp.WithPromptDescription("Take named fields out of a text or an image, as JSON that follows a schema."),
			mcp.WithArgument(argFields, mcp.RequiredArgument(), mcp.ArgumentTitle("Fields"),
				mcp.ArgumentDescription("What to extract, as in: invoice number, date, total in EUR, line items")),
			mcp.WithArgument(argText, mcp.ArgumentTitle("Text"),
				mcp.ArgumentDescription("The text to read; give this or image")),
			mcp.WithArgument(argImage, mcp.ArgumentTitle("Image"),
				mcp.ArgumentDescription("The image to read, as an https URL, a data: URL or a path; give this or text")),
		),
		tool:  toolExtract,
		write: writeExtract,
	}
}

func writeExtract(_ context.Context, _ *catalog.Catalog, arguments map[string]string) ([]mcp.PromptMessage, error) {
	if len(splitList(arguments[argFields])) == 0 {
		return nil, fmt.Errorf("argument %q names no field", argFields)
	}
	text, image := arguments[argText], arguments[argImage]
	if strings.ContainsAny(image, "\r\n") {
		return nil, fmt.Errorf("argument %q is not a URL or path: it has several lines", argImage)
	}
	if text == "" && image == "" {
		return nil, errors.New(`argument "text" or "image" is missing: give what to read`)
	}
	how, source := whatToRead(text, image)
	ask := ""
	if slices.ContainsFunc([]string{arguments[argFields], text, image}, isPlaceholder) {
		ask = "\nIf the fields, or what to read, are missing in this message, ask me for them first.\n"
	}
	return []mcp.PromptMessage{userText(fmt.Sprintf(`Extract data with the structured-extract tool.

Fields: %s
%s
1. Write a JSON Schema for them: an object with one property a field, each with a type, a short description, `+
		`and an enum or format where it fits. List every property in required, set additionalProperties to false, `+
		`and let what may be absent be null.
2. Call structured-extract with schema set to it and %s.
3. Show the data as JSON and as a short table. Point out what is null or looks doubtful; fill in nothing yourself. `+
		`If the call fails, correct the schema as the error says and call once more.

%s
`, arguments[argFields], ask, how, source))}, nil
}

// whatToRead returns how the call gets a text or an image, of which one may be "", and
// what they are.
func whatToRead(text, image string) (how, source string) {
	switch {
	case text == "":
		return "images set to a list of the image below", labelled("Image", " ", image)
	case image == "":
		return "text set to the text below, word for word", labelled("Text", "\n\n", text)
	}
	how = "text set to the text and images to a list of the image below"
	if isPlaceholder(text) || isPlaceholder(image) {
		how += ", each left out if it is empty"
	}
	return how, labelled("Image", " ", image) + "\n\n" + labelled("Text", "\n\n", text)
}

func labelled(label, gap, value string) string {
	if isPlaceholder(value) {
		label += ", if any"
	}
	return label + ":" + gap + value
}
