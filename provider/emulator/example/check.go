package example

import (
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The work on one schema is counted in bytes that are written. A step of the
// generator or of the validator costs as much as stepCost of them.
const (
	maxWork  = 20_000_000
	stepCost = 200
)

// budget is the work that is left.
type budget struct{ left int }

// spend returns false if n is more than that.
func (b *budget) spend(n int) bool {
	b.left -= n
	return b.left >= 0
}

// checker validates instances against the whole schema. A nil schema, one that
// the validator cannot read, accepts all of them.
type checker struct{ schema *jsonschema.Schema }

func newChecker(root any, work *budget) checker {
	const name = "schema:root"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{}) // has no scheme: other documents are not read
	compiler.RegisterVocabulary(counted(work))
	compiler.AssertVocabs()
	if compiler.AddResource(name, root) != nil {
		return checker{}
	}
	schema, _ := compiler.Compile(name)
	return checker{schema}
}

// outOfWork is what a validation is stopped with.
type outOfWork struct{}

// counted stops a validation that is too much work: references that double at
// each level would take for ever, and the validator knows no deadline. The
// format is the one keyword that it looks at before it goes deeper.
func counted(work *budget) *jsonschema.Vocabulary {
	return &jsonschema.Vocabulary{
		URL: "urn:ai-endpoints-mcp:work",
		Compile: func(c *jsonschema.CompilerContext, _ map[string]any) (jsonschema.SchemaExt, error) {
			schema := c.Enqueue(nil) // the one that is being compiled
			format := &jsonschema.Format{Validate: func(any) error { return nil }}
			if schema.Format != nil {
				format = schema.Format
			}
			schema.Format = &jsonschema.Format{Name: format.Name, Validate: func(v any) error {
				if !work.spend(stepCost) {
					panic(outOfWork{})
				}
				return format.Validate(v)
			}}
			return nil, nil
		},
	}
}

// violations returns the places in an instance that are wrong, as
// "/items/0/name", nil if it conforms or the work on it became too much.
func (c checker) violations(value any) (places []string) {
	if c.schema == nil {
		return nil
	}
	defer func() {
		cause := recover()
		if _, isOver := cause.(outOfWork); cause != nil && !isOver {
			panic(cause)
		}
	}()
	var wrong *jsonschema.ValidationError
	if !errors.As(c.schema.Validate(value), &wrong) {
		return nil
	}
	return placesOf(wrong)
}

func placesOf(e *jsonschema.ValidationError) (places []string) {
	for _, cause := range e.Causes {
		places = append(places, placesOf(cause)...)
	}
	if places == nil {
		place := ""
		if len(e.InstanceLocation) > 0 {
			place = "/" + strings.Join(e.InstanceLocation, "/")
		}
		places = []string{place}
	}
	return places
}
