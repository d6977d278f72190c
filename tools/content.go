package tools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// readContent reads a message's content: text, parts, or parts as JSON text. A tool's
// result is data, of which any JSON is the text.
func (c *conversation) readContent(at string, given json.RawMessage, m *provider.Message) error {
	if schema.IsEmpty(given) {
		return nil
	}
	isTool := m.Role == provider.RoleTool
	if given[0] == '"' {
		decoded := fromText(given)
		if isTool || !isParts(decoded) {
			m.Content.Text = textOf(given)
			return nil
		}
		c.adapt(at)
		given = decoded
	}
	parts, err := schema.Items(given)
	switch {
	case err != nil && given[0] == '{' && isParts(schema.List([]json.RawMessage{given})):
		parts = []json.RawMessage{given}
	case isTool && !isParts(given):
		m.Content.Text = string(given)
		return nil
	case err != nil:
		return provider.InvalidArgument(at+" is neither text nor a list", "string or array is allowed")
	}
	for i, part := range parts {
		if err := c.addPart(fmt.Sprintf("%s[%d]", at, i), part, m); err != nil {
			return err
		}
	}
	return nil
}

// adapt remembers a place whose JSON text was read as parts.
func (c *conversation) adapt(at string) {
	if len(c.adapted) < maxNamed {
		c.adapted = append(c.adapted, at)
	}
}

// isParts reports whether JSON is a list of content parts.
func isParts(value json.RawMessage) bool {
	items, err := schema.Items(value)
	return err == nil && len(items) > 0 && !slices.ContainsFunc(items, func(item json.RawMessage) bool {
		kind := fieldsOf(fromText(item)).text("type")
		return !slices.Contains(textParts(), kind) && !slices.Contains(imageParts(), kind) && !slices.Contains(thoughtParts(), kind)
	})
}

// The types of content parts, as the APIs of OpenAI, Anthropic and MCP name them.
func textParts() []string    { return []string{"text", "input_text", "output_text", "refusal"} }
func imageParts() []string   { return []string{"image_url", "input_image", "image"} }
func thoughtParts() []string { return []string{"reasoning", "thinking"} }

// addPart adds a part to a message. A blank text is left out: engines refuse it, also
// beside an image.
func (c *conversation) addPart(at string, raw json.RawMessage, m *provider.Message) error {
	if decoded := fromText(raw); raw[0] == '"' && isParts(schema.List([]json.RawMessage{decoded})) {
		c.adapt(at)
		raw = decoded
	}
	given := fieldsOf(raw)
	kind := given.text("type")
	_, hasImage := given.get("image_url")
	part := provider.Part{Type: "text"}
	switch {
	case raw[0] == '"':
		part.Text = textOf(raw)
	case given == nil:
		return provider.InvalidArgument(at+" is "+excerpt(raw), "text, or an object with a type is allowed")
	case slices.Contains(textParts(), kind), kind == "" && !hasImage:
		part.Text = cmp.Or(given.text("text"), given.text("refusal"))
	case slices.Contains(imageParts(), kind), kind == "" && hasImage:
		image, err := readImage(at, given, m.Role)
		if err != nil {
			return err
		}
		part = provider.Part{Type: "image_url", ImageURL: image}
	case slices.Contains(thoughtParts(), kind) && m.Role == provider.RoleAssistant:
		thought, _ := given.first("thinking", "reasoning", "text")
		m.Reasoning = strings.TrimPrefix(m.Reasoning+"\n\n"+textOf(thought), "\n\n")
		return nil
	default:
		return provider.InvalidArgument(fmt.Sprintf("%s.type is %q", at, text.Cut(kind, maxExcerpt)), "text and image_url are allowed")
	}
	for _, f := range given {
		if part.Type == "text" && !slices.Contains([]string{"type", "text", "refusal"}, f.Name) {
			c.ignore(f)
		}
	}
	if part.Type != "text" || strings.TrimSpace(part.Text) != "" {
		m.Content.Parts = append(m.Content.Parts, part)
	}
	return nil
}

// readImage reads a part with an image: its URL as an object, or alone; or its data, as
// the APIs of Anthropic and MCP have it.
func readImage(at string, part fields, role string) (*provider.ImageURL, error) {
	if role != provider.RoleUser {
		return nil, provider.InvalidArgument(at+": images belong to role user only, not to "+role, "show it in a message of the user")
	}
	given, ok := part.first("image_url", "source", "image", "url", "data")
	if !ok {
		return nil, provider.InvalidArgument(at+".image_url is missing", `give {"type":"image_url","image_url":{"url":"https://…"}}`)
	}
	image := &provider.ImageURL{Detail: part.text("detail")}
	if object := fieldsOf(fromText(given)); object != nil {
		given, _ = object.first("url", "data")
		image.Detail = object.text("detail")
	}
	_ = json.Unmarshal(given, &image.URL) // what is not text is no URL
	image.Detail = strings.ToLower(strings.TrimSpace(image.Detail))
	switch {
	case image.URL == "":
		return nil, provider.InvalidArgument(at+".image_url.url is missing",
			`give {"url":…} with an https URL, a data: URL, base64, or a path below an allowed folder`)
	case !slices.Contains([]string{"", "auto", "low", "high"}, image.Detail):
		return nil, provider.InvalidArgument(
			fmt.Sprintf("%s.image_url.detail is %q", at, text.Cut(image.Detail, maxExcerpt)), "use auto, low or high")
	}
	return image, nil
}

const maxExcerpt = 60 // characters of a value that an error shows

// excerpt returns a value as it was written, cut.
func excerpt(value json.RawMessage) string { return text.Excerpt(string(value), maxExcerpt) }

// fields are the members of a JSON object. Those of anything else are nil.
type fields []schema.Member

func fieldsOf(raw json.RawMessage) fields {
	members, err := schema.Members(raw)
	if err != nil {
		return nil
	}
	return append(fields{}, members...)
}

// get returns the value of a field, if there is one that is not null.
func (f fields) get(name string) (json.RawMessage, bool) {
	i := slices.IndexFunc(f, func(m schema.Member) bool { return m.Name == name && string(m.Value) != "null" })
	if i < 0 {
		return nil, false
	}
	return f[i].Value, true
}

// first returns the value of the first of the names that is there.
func (f fields) first(names ...string) (value json.RawMessage, ok bool) {
	for _, name := range names {
		if value, ok = f.get(name); ok {
			break
		}
	}
	return value, ok
}

// text returns the text of a field, "" if it has none.
func (f fields) text(name string) string {
	value, _ := f.get(name)
	return textOf(value)
}

// textOf returns the text of a JSON string, and any other scalar but null as it was
// written: some clients send numbers as ids.
func textOf(value json.RawMessage) string {
	if len(value) == 0 || value[0] == '{' || value[0] == '[' || value[0] == 'n' {
		return ""
	}
	if said, err := schema.Unquote(value); err == nil {
		return said
	}
	return string(value)
}

// longText is an argument that may have megabytes.
type longText string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *longText) UnmarshalJSON(data []byte) error {
	text, err := schema.Unquote(data)
	*t = longText(text)
	return err
}

// fromText returns the JSON that a JSON string holds, and anything else as it is.
func fromText(value json.RawMessage) json.RawMessage {
	if len(value) == 0 || value[0] != '"' {
		return value
	}
	if inner := json.RawMessage(strings.TrimSpace(textOf(value))); json.Valid(inner) {
		return inner
	}
	return value
}
