package schema

import (
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxSteps bounds the validations of one answer: a kilobyte of schema whose references double
// at each level asks for more steps than anybody has time for, and the validator
// knows no deadline. A million takes a second or two.
const maxSteps = 1_000_000

var errTooManySteps = errors.New("it takes too many steps to check")

// steps counts the schemas that a validation applies. It takes part in every
// schema as a vocabulary without keywords, the validator's one way to be
// stopped.
type steps struct{ left int }

// countSteps makes compiler's schemas count.
func countSteps(compiler *jsonschema.Compiler) *steps {
	s := &steps{}
	compiler.RegisterVocabulary(&jsonschema.Vocabulary{
		URL: "urn:ai-endpoints-mcp:steps",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) {
			return s, nil
		},
	})
	compiler.AssertVocabs()
	return s
}

// outOfSteps is what a validation is stopped with.
type outOfSteps struct{}

// Validate is called by the validator for each schema that it applies.
func (s *steps) Validate(*jsonschema.ValidatorContext, any) {
	if s.left--; s.left < 0 {
		panic(outOfSteps{})
	}
}

// check validates value with the steps that are left.
func (s *steps) check(schema *jsonschema.Schema, value any) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if _, stopped := cause.(outOfSteps); !stopped {
				panic(cause)
			}
			err = errTooManySteps
		}
	}()
	return schema.Validate(value)
}
