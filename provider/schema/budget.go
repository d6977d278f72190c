package schema

import (
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxValidations bounds the validations of one answer: in a kilobyte of schema,
// references that double at each level ask for more than any machine can do, and
// the validator knows no deadline. A million takes a second or two.
const maxValidations = 1_000_000

var errBudgetSpent = errors.New("it takes too many steps to check")

// budget limits the work of a validation. It is part of every compiled schema as
// a vocabulary without keywords, which is the only way to stop the validator.
type budget struct{ left int }

// newBudget makes the schemas that compiler compiles count as work.
func newBudget(compiler *jsonschema.Compiler) *budget {
	b := &budget{}
	compiler.RegisterVocabulary(&jsonschema.Vocabulary{
		URL: "urn:ai-endpoints-mcp:budget",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) {
			return b, nil
		},
	})
	compiler.AssertVocabs()
	return b
}

// budgetSpent is the panic that stops a validation.
type budgetSpent struct{}

// Validate is called by the validator for each schema that it applies.
func (b *budget) Validate(*jsonschema.ValidatorContext, any) {
	if b.left--; b.left < 0 {
		panic(budgetSpent{})
	}
}

// validate checks value within what is left of the budget.
func (b *budget) validate(compiled *jsonschema.Schema, value any) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if _, spent := cause.(budgetSpent); !spent {
				panic(cause)
			}
			err = errBudgetSpent
		}
	}()
	return compiled.Validate(value)
}
