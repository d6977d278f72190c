package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxWork bounds the work on one answer: in a kilobyte of schema, references that
// double at each level ask for more than any machine can do, and the validator
// knows no deadline. A unit takes at most about a microsecond and 300 bytes.
const maxWork = 1_000_000

var errBudgetSpent = errors.New("it takes too many steps to check")

// budget limits the work of a validation. Every compiled schema charges it before
// it does its work, and panics when it is spent: there is no other way to stop the
// validator.
type budget struct {
	left    int64
	ended   func() bool          // nobody waits for the result any more
	charges int                  // since ended was asked
	schemas []*jsonschema.Schema // all that were compiled, but for true and false
	textLen int                  // of the whole schema
	cyclic  bool
	price   int64 // of each step on the present value
}

// newBudget collects the schemas that compiler compiles, with a vocabulary that
// has no keywords. They are counted once limit was called.
func newBudget(ctx context.Context, compiler *jsonschema.Compiler) *budget {
	b := &budget{}
	compiler.RegisterVocabulary(&jsonschema.Vocabulary{
		URL: "urn:ai-endpoints-mcp:budget",
		Compile: func(c *jsonschema.CompilerContext, _ map[string]any) (jsonschema.SchemaExt, error) {
			b.schemas = append(b.schemas, c.Enqueue(nil)) // the one that is being compiled
			return nil, ctx.Err()
		},
	})
	compiler.AssertVocabs()
	return b
}

// limit makes the schemas charge the budget. It is called once, after everything
// that reads them.
func (b *budget) limit(textLen int) {
	b.textLen, b.cyclic = textLen, isCyclic(b.schemas)
	for _, s := range b.schemas {
		b.compareByKey(s)
		b.countSteps(s)
	}
}

// countSteps makes a schema charge its work through its format, which is the only
// keyword that is always looked at before any other schema. Extensions are not:
// the validator skips them inside of a "not" that has already failed.
func (b *budget) countSteps(s *jsonschema.Schema) {
	format := b.readFormat(s.Format)
	names := len(s.Required)
	for _, required := range s.DependentRequired {
		names += 1 + len(required)
	}
	for _, dependency := range s.Dependencies {
		required, _ := dependency.([]string)
		names += 1 + len(required)
	}
	// Schemas that fail early, such as false, are paid for by the one that holds them.
	schemas := int64(1 + len(sameValue(s)))
	s.Format = &jsonschema.Format{Name: format.Name, Validate: func(value any) error {
		b.spend(shallowSize(value)*schemas+int64(names/4), b.price)
		return format.Validate(value)
	}}
}

// budgetSpent is the panic that stops a validation.
type budgetSpent struct{}

// start begins the work on an answer, which ends with ctx.
func (b *budget) start(ctx context.Context) {
	b.left, b.charges, b.ended = maxWork, 0, func() bool { return ctx.Err() != nil }
}

// chargesBetween is how many charges pass before the budget asks again whether somebody
// waits: it is cheap, but not free.
const chargesBetween = 256

// spend charges units of work at a price each.
func (b *budget) spend(units, price int64) {
	b.left -= min(units, maxWork+1) * min(price, maxWork+1)
	if b.charges++; b.charges%chargesBetween == 0 && b.ended() {
		b.left = -1
	}
	if b.left < 0 {
		panic(budgetSpent{})
	}
}

// read decodes JSON, whose values cost time and memory before any schema looks at them:
// in millions of empty objects, each takes twenty times its text.
func (b *budget) read(text []byte) (any, error) {
	values := int64(Values(text))
	if b.left -= values / 8; b.left < 0 || values > maxWork {
		return nil, errBudgetSpent
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// validate checks a value of the given depth within what is left of the budget.
func (b *budget) validate(compiled *jsonschema.Schema, value any, depth int) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if _, spent := cause.(budgetSpent); !spent {
				panic(cause)
			}
			err = errBudgetSpent
		}
	}()
	b.price = b.stepPrice(int64(depth))
	return compiled.Validate(value)
}

// stepPrice returns what a step costs on a value of the given depth. The validator
// looks for cycles among the schemas that are open for the same value, and copies
// the path into each violation. A cycle, once found, is described by the path of
// all open schemas, written anew for each of them.
func (b *budget) stepPrice(depth int64) int64 {
	schemas := int64(len(b.schemas))
	price := 1 + schemas/256 + depth/8
	if b.cyclic {
		open := schemas * (depth + 1)
		price += open * (2400 + int64(b.textLen)*(depth+1)) / 16_000
	}
	return price
}

// shallowSize returns the size of a value that a schema's own keywords look at: its
// members, but not theirs.
func shallowSize(value any) int64 {
	size := scalarSize(value)
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			size += scalarSize(item)
		}
	case map[string]any:
		for name, member := range value {
			size += int64(len(name)/128) + scalarSize(member)
		}
	}
	return size
}

// scalarSize returns 1 for an object or a list.
func scalarSize(value any) int64 {
	switch value := value.(type) {
	case string:
		return int64(1 + len(value)/128)
	case json.Number: // becomes an exact fraction
		size := int64(1 + len(value)/20)
		if strings.ContainsAny(string(value), "eE") {
			size += 3
		}
		return size
	default:
		return 1
	}
}
