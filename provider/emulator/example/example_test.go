package example_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/example"
)

// instance makes an instance as JSON.
func instance(t testing.TB, schema, text string) string {
	t.Helper()
	value, err := example.Of(json.RawMessage(schema), text)
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func validator(t testing.TB, schema string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

const letter = "Name: Ada Lovelace, age is 36, born on 10/12/1815. She is happy! Mail ada@example.org or see https://example.org/ada. " +
	"Her balance: EUR 1,200.50; she paid 19.99 on 2026-03-01 as VIP."

func TestInstancesConform(t *testing.T) {
	for name, schema := range map[string]string{
		"person": `{"type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"type":"string"},
			"age":{"type":"integer","minimum":0,"maximum":150},"tags":{"type":"array","items":{"type":"string"}},"vip":{"type":"boolean"}}}`,
		"rankings of the guide": `{"$defs":{},"properties":{"languages":{"title":"Languages","type":"array","items":{"type":"object","properties":
			{"name":{"type":"string"},"website":{"type":"string"},"ranking":{"type":"number"}},"required":["name","website","ranking"]}}},
			"required":["languages"],"title":"LanguageRankings","type":"object"}`,
		"any":                 `{}`,
		"true":                `true`,
		"scalar":              `{"type":"integer"}`,
		"null":                `{"type":"null"}`,
		"type list":           `{"type":["null","integer"],"minimum":100}`,
		"enum of all kinds":   `{"enum":[{"a":[1]},null,"x"]}`,
		"enum beside a type":  `{"type":"string","enum":[null,"x"]}`,
		"const":               `{"const":{"a":[1,null]}}`,
		"anyOf":               `{"anyOf":[{"type":"string","maxLength":0,"minLength":1},{"type":"integer"}]}`,
		"anyOf with siblings": `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"anyOf":[{"properties":{"b":{"const":1}},"required":["b"]}]}`,
		"oneOf overlapping":   `{"oneOf":[{"type":"integer","maximum":10},{"type":"integer","minimum":5}]}`,
		"oneOf required":      `{"type":"object","properties":{"a":{},"b":{}},"oneOf":[{"required":["a"]},{"required":["b"]}]}`,
		"oneOf discriminated": `{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"}},"required":["kind"]},{"type":"object","properties":{"kind":{"const":"b"}},"required":["kind"]}]}`,
		"two anyOf":           `{"allOf":[{"anyOf":[{"type":"integer"},{"type":"string"}]},{"anyOf":[{"type":"string"},{"type":"null"}]}]}`,
		"allOf":               `{"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":3}},"required":["a"]},{"properties":{"a":{"maximum":4},"b":{"type":"string"}},"required":["b"]}]}`,
		"allOf of types":      `{"allOf":[{"type":["number","string"]},{"type":["integer","null"]}],"minimum":5}`,
		"allOf of bounds": `{"type":"object","required":["n","s","l"],"properties":{"n":{"type":"integer","allOf":[{"minimum":3,"maximum":90},{"minimum":80,"maximum":99}]},
			"s":{"type":"string","allOf":[{"minLength":2,"maxLength":9},{"minLength":5}]},"l":{"allOf":[{"items":{"type":"integer"},"minItems":1},{"items":{"minimum":7},"minItems":3}]}}}`,
		"allOf of properties":         `{"allOf":[{"type":"object","additionalProperties":{"type":"number"},"required":["x"]},{"additionalProperties":{"minimum":2},"required":["x","y"]}]}`,
		"ref into a list":             `{"anyOf":[{"type":"integer"}],"$ref":"#/anyOf/0"}`,
		"optional group in a pattern": `{"type":"string","pattern":"^\\s?[-_](?:q{2,3}|z)*.$"}`,
		"same address twice":          `{"type":"array","items":{"type":"string","format":"email"}}`,
		"older tuple":                 `{"$schema":"http://json-schema.org/draft-07/schema#","type":"array","items":[{"type":"integer"},{"type":"null"}],"additionalItems":false}`,
		"allOf of enums":              `{"allOf":[{"enum":[1,2,3]},{"enum":[3,4]}]}`,
		"defs":                        `{"type":"object","properties":{"a~/b":{"$ref":"#/$defs/x~1y"}},"required":["a~/b"],"$defs":{"x/y":{"type":"string","minLength":200}}}`,
		"ref with siblings":           `{"$ref":"#/$defs/n","minimum":50,"$defs":{"n":{"type":"integer","maximum":60}}}`,
		"list of itself":              `{"type":"object","properties":{"v":{"type":"number"},"next":{"$ref":"#"}},"required":["v"]}`,
		"tree":                        `{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"number"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}},"required":["v","next","kids"]}}}`,
		"mutual recursion":            `{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"b":{"$ref":"#/$defs/b"}}},"b":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"]}}}`,
		"range":                       `{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.01}`,
		"negative":                    `{"type":"integer","maximum":-7}`,
		"negative range":              `{"type":"number","minimum":-3.5,"exclusiveMaximum":-3}`,
		"multiple":                    `{"type":"number","multipleOf":0.1,"minimum":0.25,"maximum":0.35}`,
		"integer multiple":            `{"type":"integer","multipleOf":7,"minimum":50,"maximum":60}`,
		"length":                      `{"type":"string","minLength":30,"maxLength":31}`,
		"short":                       `{"type":"string","maxLength":3}`,
		"pattern in the text":         `{"type":"string","pattern":"^[A-Z]{3}$"}`,
		"pattern elsewhere":           `{"type":"string","pattern":"^INV-\\d{4}(-[a-f]+)?$"}`,
		"pattern and length":          `{"type":"string","pattern":"^[x-z]+$","minLength":20,"maxLength":25}`,
		"pattern alternatives":        `{"type":"string","pattern":"^(alpha|beta)[^a-z]\\w*\\.$"}`,
		"date":                        `{"type":"string","format":"date"}`,
		"formats": `{"type":"object","properties":{"a":{"type":"string","format":"date-time"},"b":{"type":"string","format":"time"},"c":{"type":"string","format":"email"},
			"d":{"type":"string","format":"uri"},"e":{"type":"string","format":"uuid"},"f":{"type":"string","format":"ipv4"},"g":{"type":"string","format":"ipv6"},
			"h":{"type":"string","format":"hostname"},"i":{"type":"string","format":"duration"},"j":{"type":"string","format":"date"},"k":{"type":"string","format":"date"}}}`,
		"list size":               `{"type":"array","items":{"type":"string"},"minItems":5,"maxItems":6}`,
		"no items":                `{"type":"array","maxItems":0}`,
		"one item":                `{"type":"array","items":{"type":"boolean"},"maxItems":1}`,
		"unique enum":             `{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true,"minItems":3}`,
		"unique numbers":          `{"type":"array","items":{"type":"integer","minimum":1,"maximum":4},"uniqueItems":true,"minItems":4}`,
		"unique booleans":         `{"type":"array","items":{"type":"boolean"},"uniqueItems":true,"minItems":2}`,
		"unique strings":          `{"type":"array","items":{"type":"string"},"uniqueItems":true,"minItems":30}`,
		"tuple":                   `{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}`,
		"required but not listed": `{"type":"object","required":["x"],"additionalProperties":{"type":"integer"}}`,
		"map":                     `{"type":"object","additionalProperties":{"type":"integer"},"minProperties":2}`,
		"few properties":          `{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"maxProperties":1}`,
		"impossible but optional": `{"type":"object","properties":{"a":false,"b":{"type":"string"}},"required":["b"]}`,
		"choices at two places": `{"type":"object","required":["a","b"],"properties":{"a":{"oneOf":[{"const":1},{"const":1},{"const":2}]},
			"b":{"oneOf":[{"const":"x"},{"const":"x"},{"type":"object","properties":{"c":{"not":{}}}}]}}}`,
		"not one of the enum":    `{"enum":["a","b","c"],"not":{"enum":["a","b"]}}`,
		"wrong but optional":     `{"type":"object","properties":{"a":{"type":"string","pattern":"^b+$","maxLength":0},"b":{"type":"string"}},"required":["b"]}`,
		"bounds of bounds":       `{"allOf":[{"type":"integer","minimum":3,"exclusiveMaximum":9},{"exclusiveMinimum":3,"maximum":9},{"multipleOf":1.5}]}`,
		"type from the keywords": `{"properties":{"a":{"items":{"minimum":3}}},"required":["a"]}`,
	} {
		for _, text := range []string{letter, ""} {
			t.Run(name, func(t *testing.T) {
				got := instance(t, schema, text)
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(got))
				if err != nil {
					t.Fatalf("%v in %s", err, got)
				}
				if err := validator(t, schema).Validate(value); err != nil {
					t.Errorf("%s: %v", got, err)
				}
			})
		}
	}
}

func TestValuesComeFromTheText(t *testing.T) {
	for _, c := range []struct{ name, schema, want string }{
		{"labelled", `{"properties":{"name":{"type":"string"},"age":{"type":"integer"},"balance":{"type":"number"}}}`,
			`{"age":36,"balance":1200.5,"name":"Ada Lovelace"}`},
		{"mentioned enum value", `{"enum":["sad","happy"]}`, `"happy"`},
		{"first enum value", `{"enum":["blue","green"]}`, `"blue"`},
		{"enum value is a word", `{"enum":["sea","hap"]}`, `"sea"`},
		{"numbers in order", `{"type":"array","items":{"type":"integer","minimum":1000},"maxItems":2}`, `[1815,2026]`},
		{"phrases in order", `{"type":"array","items":{"type":"string"}}`, `["Name: Ada Lovelace","age is 36"]`},
		{"formats", `{"properties":{"mail":{"format":"email","type":"string"},"site":{"format":"uri","type":"string"}}}`,
			`{"mail":"ada@example.org","site":"https://example.org/ada"}`},
		{"dates", `{"properties":{"a":{"format":"date","type":"string"}}}`, `{"a":"2026-03-01"}`},
		{"pattern", `{"type":"string","pattern":"^[A-Z]{3}$"}`, `"EUR"`},
		{"booleans", `{"properties":{"vip":{"type":"boolean"},"banned":{"type":"boolean"}}}`, `{"banned":false,"vip":true}`},
		{"camel case", `{"properties":{"herBalance":{"type":"number"}}}`, `{"herBalance":1200.5}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := instance(t, c.schema, letter); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestArgumentsAreThoseOfTheText(t *testing.T) {
	properties := `"properties":{"query":{"type":"string"},"limit":{"type":"integer"},"model":{"type":"string"}}`
	for _, c := range []struct{ name, schema, text, want string }{
		{"required and labelled", `{"required":["query"],` + properties + `}`, "find, query: cats, limit: 3", `{"limit":3,"query":"cats"}`},
		{"required", `{"required":["query"],` + properties + `}`, "query: cats", `{"query":"cats"}`},
		{"required, not labelled", `{"required":["query"],` + properties + `}`, "cats", `{"query":"cats"}`},
		{"labelled, none required", `{` + properties + `}`, "limit: 3", `{"limit":3}`},
		{"nothing labelled or required", `{` + properties + `}`, "7 cats", `{"limit":7,"model":"7 cats","query":"7 cats (2)"}`},
		{"needed by another", `{"required":["query"],"dependentRequired":{"query":["limit"]},` + properties + `}`, "query: cats, 7",
			`{"limit":7,"model":"query: cats","query":"cats"}`},
		{"nested", `{"required":["q"],"properties":{"q":{"required":["query"],` + properties + `}}}`, "query: cats", `{"q":{"query":"cats"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, err := example.Arguments(json.RawMessage(c.schema), c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(value); err != nil || string(got) != c.want {
				t.Errorf("got %s, want %s (error %v)", got, c.want, err)
			}
		})
	}
}

func TestListItemsDiffer(t *testing.T) {
	text := "Name: Ada, price: 3. Name: Bob, price: 5."
	schema := `{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"price":{"type":"number"}}}}`
	want := `[{"name":"Ada","price":3},{"name":"Bob","price":5}]`
	if got := instance(t, schema, text); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestImpossibleSchemas(t *testing.T) {
	for name, schema := range map[string]string{
		"false":                   `false`,
		"not a schema":            `7`,
		"leads nowhere":           `{"$ref":"#/$defs/x"}`,
		"leaves the document":     `{"$ref":"https://example.com/schema.json"}`,
		"requires itself":         `{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`,
		"refers to itself":        `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
		"merges itself":           `{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}}}`,
		"empty range":             `{"type":"integer","minimum":1.2,"maximum":1.8}`,
		"empty enum":              `{"enum":[]}`,
		"disjoint types":          `{"allOf":[{"type":"string"},{"type":"null"}]}`,
		"unknown type":            `{"type":"date"}`,
		"endless string":          `{"type":"string","minLength":1e12}`,
		"endless list":            `{"type":"array","items":{"type":"integer"},"minItems":1e12}`,
		"grows without end":       `{"$ref":"#/$defs/0","$defs":{"0":{"allOf":[{"$ref":"#/$defs/1"},{"$ref":"#/$defs/1"}]},` + doubling(40) + `}}`,
		"a required false":        `{"type":"object","properties":{"a":false},"required":["a"]}`,
		"alternatives of nothing": `{"anyOf":[false,{"type":"integer","minimum":2,"maximum":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if value, err := example.Of(json.RawMessage(schema), "hi"); err == nil {
				t.Errorf("got %v, want an error", value)
			}
		})
	}
}

// TestWorkIsBounded would not end within the test's deadline otherwise.
func TestWorkIsBounded(t *testing.T) {
	twice := func(keyword, schema string) string {
		var definitions strings.Builder
		for i := range 40 {
			fmt.Fprintf(&definitions, `"%d":{%q:{"a":{"$ref":"#/definitions/%d"},"b":{"$ref":"#/definitions/%d"}}},`, i, keyword, i+1, i+1)
		}
		return fmt.Sprintf(`{%s,"properties":{"a":{},"b":{}},"not":{"$ref":"#/definitions/0"},"definitions":{%s"40":false}}`, schema,
			&definitions)
	}
	long := strings.Repeat(`"0123456789",`, 20_000) + `""`
	for name, schema := range map[string]string{
		"references in not": `{"type":"string","not":{"$ref":"#/$defs/0"},"$defs":{"0":{"anyOf":[{"$ref":"#/$defs/1"},{"$ref":"#/$defs/1"}]},` + doubling(40) + `}}`,
		"dependencies":      twice("dependencies", `"$schema":"http://json-schema.org/draft-07/schema#"`),
		"dependent schemas": twice("dependentSchemas", `"type":"object"`),
		"branches of nothing": strings.ReplaceAll(strings.ReplaceAll(`{"$ref":"#/$defs/1","$defs":{`+doubling(40)+`}}`, "allOf", "anyOf"), `{}`,
			`false`),
		"repetition of nothing": `{"type":"string","minLength":5,"pattern":"((((((^*)*)*)*)*)*)*"}`,
		"lists of long strings": `{"minItems":1000,"items":{"minItems":1000,"items":{"type":"string","minLength":100000}}}`,
		"lists of constants":    `{"minItems":1000,"items":{"minItems":1000,"items":{"const":[` + long + `]}}}`,
		"lists of enums":        `{"minItems":1000,"uniqueItems":true,"items":{"enum":[` + long + `]}}`,
		"too many bytes":        `{"enum":[` + long + "," + long + `]}`,
		"too many levels":       strings.Repeat(`{"items":`, 5000) + "{}" + strings.Repeat("}", 5000),
		"more properties":       `{"minProperties":1e9}`,
	} {
		t.Run(name, func(t *testing.T) {
			value, err := example.Of(json.RawMessage(schema), strings.Repeat(letter, 100))
			data, _ := json.Marshal(value)
			if len(data) > 30_000_000 {
				t.Errorf("an instance of %d bytes, error %v", len(data), err)
			}
		})
	}
}

func TestASchemaOfALargerLanguage(t *testing.T) {
	for name, schema := range map[string]string{
		"look-ahead":   `{"type":"string","pattern":"^(?!x)","maxLength":8}`,
		"odd required": `{"type":"string","required":["a",5],"maxLength":8}`,
	} {
		if got := instance(t, schema, letter); got != `"Name: Ad"` {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// doubling returns definitions 1 to n that each need the next one twice.
func doubling(n int) string {
	var definitions strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&definitions, `"%d":{"allOf":[{"$ref":"#/$defs/%d"},{"$ref":"#/$defs/%d"}]},`, i, i+1, i+1)
	}
	fmt.Fprintf(&definitions, `"%d":{}`, n+1)
	return definitions.String()
}

func FuzzOf(f *testing.F) {
	f.Add(`{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"type":"string","pattern":"(a|b)*c{2,}"}]}`, "text")
	f.Add(`{"type":["array","null"],"items":[{"enum":[1]}],"uniqueItems":true,"minItems":3}`, "1,000 and -5")
	f.Add(`{"type":"object","properties":{"é":{"format":"date"}},"required":["é",5],"allOf":[{"properties":{"é":true}}]}`, "é: 31/12/2026")
	f.Fuzz(func(t *testing.T, schema, text string) {
		value, err := example.Of(json.RawMessage(schema), text)
		if err != nil {
			return
		}
		if _, err := json.Marshal(value); err != nil {
			t.Errorf("not JSON: %v", err)
		}
	})
}

// A version of a UUID is one of the text's, or made up.
func TestUUIDsOfAVersion(t *testing.T) {
	const text = "Its id was 123e4567-e89b-12d3-a456-426614174000, and is 123e4567-e89b-42d3-a456-426614174000."
	for version, want := range map[string]string{
		"uuid1": `"123e4567-e89b-12d3-a456-426614174000"`, "uuid4": `"123e4567-e89b-42d3-a456-426614174000"`,
		"uuid7": `"00000000-0000-7000-8000-000000000000"`,
	} {
		if got := instance(t, `{"type":"string","format":"`+version+`"}`, text); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}

func TestMentions(t *testing.T) {
	const text = "Get weather, getWeather and get_time; forget weather"
	for name, want := range map[string]string{
		"get_weather": "[[0 11] [13 23]]", "GetTime": "[[28 36]]", "get": "[[0 3] [28 31]]", "weather-report": "[]", "": "[]", "_": "[]",
	} {
		if got := fmt.Sprint(example.Mentions(text, []string{name})[0]); got != want {
			t.Errorf("%q is mentioned at %s, want %s", name, got, want)
		}
	}
}
