package server_test

import (
	"slices"
	"strings"
	"testing"
)

// sixPixels are one image more than the service accepts.
var sixPixels = `"` + onePixel + strings.Repeat(`","`+onePixel, 5) + `"`

func chatWith(parts ...string) string {
	return `{"messages":[{"role":"user","content":[` + strings.Join(parts, ",") + `]}]}`
}

var badDescriptions = []badInput{
	{"no image", "describe-image", `{"prompt":"What is it?"}`, "invalid_argument", "image and images", []string{"missing", "up to 5"}},
	{"an empty image", "describe-image", `{"image":""}`, "invalid_argument", "image", []string{"up to 5"}},
	{"both image and images", "describe-image", `{"image":"` + onePixel + `","images":["` + onePixel + `"]}`, "invalid_argument",
		"image and images", []string{"both"}},
	{"no images", "describe-image", `{"images":[]}`, "invalid_argument", "images", []string{"missing"}},
	{"six images", "describe-image", `{"images":[` + sixPixels + `]}`, "invalid_argument", "images", []string{"6", "at most 5"}},
	{"six images to read", "structured-extract", `{"schema":{"type":"object"},"images":[` + sixPixels + `]}`, "invalid_argument", "images",
		[]string{"6", "at most 5"}},
	{"six images in a chat", "chat", chatWith(slices.Repeat([]string{`{"type":"image_url","image_url":{"url":"` + onePixel + `"}}`}, 6)...),
		"invalid_argument", "messages[0].content[5].image_url.url", []string{"6", "at most 5"}},
	{"a number as an image", "describe-image", `{"image":42}`, "invalid_argument", "image", []string{"string"}},
	{"an object as an image", "describe-image", `{"image":{"url":"https://example.com/a.png"}}`, "invalid_argument", "image",
		[]string{"string"}},
	{"a number among the images", "describe-image", `{"images":["` + onePixel + `",1]}`, "invalid_argument", "images[1]",
		[]string{"string"}},
	{"an unknown detail", "describe-image", `{"image":"` + onePixel + `","detail":"medium"}`, "invalid_argument", "detail",
		[]string{"medium", "auto, low, high"}},
	{"an unknown detail in a chat", "chat", chatWith(`{"type":"image_url","image_url":{"url":"` + onePixel + `","detail":"medium"}}`),
		"invalid_argument", "messages[0].content[0].image_url.detail", []string{"medium", "auto, low or high"}},
	{"an image part that is a text", "chat", chatWith(`{"type":"image_url","image_url":42}`), "invalid_argument",
		"messages[0].content[0].image_url", []string{`{"url":`}},
	{"an image part whose URL is a number", "chat", chatWith(`{"type":"image_url","image_url":{"url":42}}`), "invalid_argument",
		"messages[0].content[0].image_url", []string{"url"}},
	{"an image part without a source", "chat", chatWith(`{"type":"image_url","image_url":{}}`), "invalid_argument",
		"messages[0].content[0].image_url.url", []string{"https URL"}},
	{"a model without vision", "describe-image", `{"image":"` + onePixel + `","model":"gpt-oss-120b"}`, "unsupported", "model",
		[]string{"gpt-oss-120b", "Qwen2.5-VL-72B-Instruct", "Qwen3.5-9B", "Qwen3.6-27B", "Qwen3.5-397B-A17B"}},
	{"a model without vision, to read", "structured-extract",
		`{"schema":{"type":"object"},"images":["` + onePixel + `"],"model":"gpt-oss-20b"}`, "unsupported", "model",
		[]string{"gpt-oss-20b", "Qwen3.5-9B"}},
	{"a query that no model with vision satisfies", "describe-image", `{"image":"` + onePixel + `","model":"llama@latest"}`, "no_match",
		"llama", []string{"take images"}},
	{"an unknown model", "describe-image", `{"image":"` + onePixel + `","model":"Qwen3.5-9C"}`, "unknown_model", "model",
		[]string{"Qwen3.5-9B"}},
	{"no tokens", "describe-image", `{"image":"` + onePixel + `","max_tokens":-1}`, "invalid_argument", "max_tokens", []string{"at least 1"}},
	{"too hot", "describe-image", `{"image":"` + onePixel + `","temperature":3}`, "invalid_argument", "temperature", []string{"at most 2"}},
	{"an unknown argument", "describe-image", `{"picture":"` + onePixel + `"}`, "invalid_argument", "picture",
		[]string{"detail, image, images, max_tokens, model, prompt, temperature"}},
}

// extractOf returns arguments with this schema.
func extractOf(schema string) string { return `{"text":"Ada is 36.","schema":` + schema + `}` }

var badExtractions = []badInput{
	{"neither text nor images", "structured-extract", `{"schema":{"type":"object"}}`, "invalid_argument", "text, images and files",
		[]string{"missing"}},
	{"blank text", "structured-extract", `{"schema":{"type":"object"},"text":" \n"}`, "invalid_argument", "text, images and files",
		[]string{"missing"}},
	{"no images", "structured-extract", `{"schema":{"type":"object"},"images":[]}`, "invalid_argument", "images", []string{"missing"}},
	{"no schema", "structured-extract", `{"text":"x"}`, "invalid_argument", "schema", []string{"required"}},
	{"a schema that is a list", "structured-extract", extractOf(`[{}]`), "invalid_argument", "schema", []string{"object"}},
	{"a schema that is true", "structured-extract", extractOf(`true`), "invalid_argument", "schema", []string{"object"}},
	{"a schema that is prose", "structured-extract", extractOf(`"the name and the age"`), "invalid_argument", "schema", []string{"object"}},
	{"a schema that is cut JSON text", "structured-extract", extractOf(`"{\"type\":"`), "invalid_argument", "schema", []string{"object"}},
	{"an empty schema", "structured-extract", extractOf(`{}`), "schema_invalid", "schema: it asserts nothing",
		[]string{"which type", "Hint: "}},
	{"an empty schema as text", "structured-extract", extractOf(`"{}"`), "schema_invalid", "schema: it asserts nothing", nil},
	{"a schema that only describes", "structured-extract", extractOf(`{"title":"Person","description":"name and age"}`), "schema_invalid",
		"schema: it asserts nothing", nil},
	{"a choice of anything", "structured-extract", extractOf(`{"anyOf":[{"type":"string"},{}]}`), "schema_invalid",
		"schema: it asserts nothing", nil},
	{"a map of properties", "structured-extract", extractOf(`{"name":{"type":"string"}}`), "schema_invalid",
		"schema: it is a map of properties", []string{`{"type":"object","properties":{…}}`}},
	{"a map of properties named as keywords", "structured-extract",
		extractOf(`{"type":{"type":"string"},"items":{"type":"array"},"name":{"type":"string"}}`), "schema_invalid",
		"schema: it is a map of properties", nil},
	{"an example instance", "structured-extract", extractOf(`{"name":"Ada","age":36}`), "schema_invalid",
		"schema: it looks like an example instance", []string{`"properties":{"name":{"type":"string"}}`}},
	{"an empty schema in a response format", "structured-extract", extractOf(`{"type":"json_schema","json_schema":{"name":"x","schema":{}}}`),
		"schema_invalid", "schema: it asserts nothing", nil},
	{"an unknown type", "structured-extract", extractOf(`{"properties":{"age":{"type":"int"}}}`), "schema_invalid", "schema: ",
		[]string{"properties.age.type", "'integer'"}},
	{"several mistakes", "structured-extract", extractOf(`{"properties":{"b":{"minimum":"1"},"c":{"required":"c"}}}`), "schema_invalid",
		"schema: ", []string{"b.minimum", "number"}},
	{"an invalid pattern", "structured-extract", extractOf(`{"pattern":"("}`), "schema_invalid", "schema: ", []string{"pattern"}},
	{"a schema of 1 MB", "structured-extract", extractOf(`{"description":"` + strings.Repeat("a", 1<<20) + `"}`), "schema_invalid", "schema: ",
		[]string{"bytes", "262144 are allowed"}},
	{"a schema of many levels", "structured-extract", extractOf(strings.Repeat(`{"not":`, 300) + "{}" + strings.Repeat("}", 300)),
		"schema_invalid", "schema: ", []string{"100 levels"}},
	{"a network reference", "structured-extract", extractOf(`{"$ref":"https://example.com/person.json"}`), "schema_invalid", "schema: ",
		[]string{"https://example.com/person.json", "without references"}},
	{"a network metaschema", "structured-extract", extractOf(`{"$schema":"https://example.com/meta.json"}`), "schema_invalid", "schema: ",
		[]string{"asserts nothing"}}, // it is not fetched
	{"a reference to a file", "structured-extract", extractOf(`{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`), "schema_invalid",
		"schema: ", []string{"not followed"}},
	{"a reference to a file by the schema's name", "structured-extract", extractOf(`{"$id":"file:///etc/","$ref":"passwd"}`), "schema_invalid",
		"schema: ", []string{"not followed"}},
	{"a reference to nowhere", "structured-extract", extractOf(`{"$ref":"#/$defs/person"}`), "schema_invalid", "schema: ",
		[]string{"#/$defs/person"}},
	{"a number of astronomic size", "structured-extract", extractOf(`"{\"maximum\":1e999999999}"`), "schema_invalid", "1e999999999", nil},
	{"too many repairs", "structured-extract", `{"text":"x","schema":{"type":"object"},"max_repairs":4}`, "invalid_argument", "max_repairs",
		[]string{"at least 0", "at most 3"}},
	{"fewer repairs than none", "structured-extract", `{"text":"x","schema":{"type":"object"},"max_repairs":-1}`, "invalid_argument",
		"max_repairs", []string{"at least 0"}},
	{"a text as a number", "structured-extract", `{"text":42,"schema":{"type":"object"}}`, "invalid_argument", "text", []string{"string"}},
	{"too long a text", "structured-extract",
		`{"schema":{"type":"object"},"model":"gpt-oss-120b","text":"` + strings.Repeat("word ", 200_000) + `"}`, "context_too_long", "text",
		[]string{"250", "131072", "split"}},
	{"a model that does not chat", "structured-extract", `{"text":"x","schema":{"type":"object"},"model":"bge-m3"}`, "unsupported", "model",
		[]string{"bge-m3"}},
	{"an unknown argument of the extraction", "structured-extract", `{"text":"x","json_schema":{"type":"object"}}`, "invalid_argument",
		"json_schema", []string{"images, instructions, max_repairs, model, schema, temperature, text"}},
}

func TestABadCallOfTheNewToolsIsExplainedAndNotSent(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	for _, bad := range append(badDescriptions, badExtractions...) {
		t.Run(bad.name, func(t *testing.T) { checkRefusal(t, r.in(t), bad) })
	}
}

// Mistral's API accepts a URL where OpenAI's expects an object, so models write one.
func TestAnImagePartMayBeItsURLAlone(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	var got chatAnswer
	r.succeed("chat", chatWith(`{"type":"image_url","image_url":"`+onePixel+`"}`), &got)
	if sent := r.sentImages(); len(sent) != 1 {
		t.Errorf("%d images were sent", len(sent))
	}
}
