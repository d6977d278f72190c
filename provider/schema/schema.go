// Package schema gets data out of a model's answer by a caller's JSON Schema.
//
// Start at [Compile], which takes the schema as a caller wrote it, and
// [Schema.Read], which returns the value of an answer that is valid against it.
// Dialects are JSON Schema's own, 2020-12 unless the schema's $schema says
// otherwise, and what libraries mix into them: OpenAPI's nullable, draft 4's bounds,
// Google's names of types. A schema is rewritten into plain JSON Schema once, in its
// order, and that is both what data is checked against and what is sent. Patterns
// are ECMAScript's, and formats are asserted.
//
// Both inputs come from strangers, so this is promised:
//
//   - The package is pure: nothing is read, written or fetched. A reference to
//     another document is an error.
//   - Work is bounded, whatever the schema and the answer: by the size and depth
//     of the schema, its number of schemas, its addresses and the size of its
//     patterns, and by a budget of work for each answer. It ends soon after its
//     context.
//   - Data is never changed or completed. It is a part of the answer, byte for
//     byte, and common JSON decoders can read it.
//   - Valid means something: a schema that accepts any value is an error.
//
// The rules for numbers, [HugeNumber] and [Shorten], and [Members], which keeps the
// order of an object, also serve the arguments of tools.
package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxBytes bounds a schema, which becomes a part of every prompt.
	maxBytes = 256 << 10
	// maxDepth bounds the nesting of a schema and of data: compiling a schema of
	// 2,000 levels takes 25 s.
	maxDepth = 100
	// maxSchemas and maxPointers bound how many schemas there are, and the length of
	// the JSON pointers to all of them: the compiler compares each with each.
	maxSchemas, maxPointers = 10_000, 1 << 20
)

// Schema is a compiled JSON Schema. It is not safe for concurrent use.
type Schema struct {
	Text               json.RawMessage // as the caller wrote it, taken out of a response format, without needless escapes
	WithoutAnnotations json.RawMessage // what it means in 2020-12, without titles, defaults and the like
	Dropped            []string        // the keywords that WithoutAnnotations lacks, sorted
	Adapted            []string        // what cannot be checked, and is not sent either: each with its place and reason
	compiled           *jsonschema.Schema
	budget             *budget
}

// Error says why a schema cannot be used. The reason may quote the schema at
// any length.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

func errorf(format string, args ...any) *Error { return &Error{fmt.Sprintf(format, args...)} }

// Compile reads a JSON Schema object, alone or within OpenAI's response format.
// It returns an [Error] if the schema cannot be used, and that of ctx once that ends.
func Compile(ctx context.Context, raw json.RawMessage) (*Schema, error) {
	if len(raw) > maxBytes {
		return nil, errorf("it has %d bytes, and %d are allowed", len(raw), maxBytes)
	}
	raw = unwrap(unwrap(raw, "json_schema"), "schema")
	object, err := decode(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case isOpenAPI(object):
		return nil, &Error{isOpenAPIReason}
	case isPropertyMap(object):
		return nil, &Error{isPropertyMapReason}
	}
	meaning, err := readDocument(raw)
	if err != nil {
		return nil, err
	}
	s := &Schema{Text: Readable(raw)}
	s.compiled, s.budget, err = meaning.compile(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, explainRefusal(err, object)
	}
	switch {
	case asserts(s.compiled):
		s.budget.limit(len(raw))
	case isInstance(object):
		return nil, &Error{isInstanceReason}
	default:
		reason := "it asserts nothing, so any answer would be valid: say at least which type the data has"
		return nil, &Error{strings.Join(append([]string{reason}, meaning.adapted...), "; ")}
	}
	s.Adapted = meaning.adapted
	s.Dropped = meaning.dropAnnotations()
	slices.Sort(s.Dropped)
	s.Dropped = slices.Compact(s.Dropped)
	s.WithoutAnnotations = meaning.root.json()
	return s, nil
}

// decode reads a schema that is safe to compile.
func decode(raw json.RawMessage) (map[string]any, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, errorf("it is not JSON: %v", err)
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, errorf("it is not an object")
	}
	if number, huge := HugeNumber(document); huge {
		return nil, errorf("it holds the number %s", Shorten(number))
	}
	if depth(document) > maxDepth {
		return nil, errorf("it is nested deeper than %d levels", maxDepth)
	}
	return object, nil
}

// compile writes the document in the words of JSON Schema, and compiles that.
func (d *document) compile(ctx context.Context) (*jsonschema.Schema, *budget, error) {
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	compiler.AssertFormat()
	registerUUIDs(compiler)
	work := newBudget(ctx, compiler)
	readable := &patterns{ctx: ctx, budget: work, known: map[string]compiledPattern{}}
	compiler.UseRegexpEngine(readable.compile)
	if err := d.checkReferences(); err != nil {
		return nil, nil, err
	}
	if err := d.dropPatterns(readable); err != nil {
		return nil, nil, err
	}
	d.rewrite()
	if err := d.checkAddresses(d.pointReferences()); err != nil {
		return nil, nil, err
	}
	if schemas, pointers := d.root.schemas(0); schemas > maxSchemas || pointers > maxPointers {
		return nil, nil, errorf("it has %d schemas, whose places take %d bytes, and %d and %d are allowed",
			schemas, pointers, maxSchemas, maxPointers)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.root.json()))
	if err != nil {
		return nil, nil, errorf("it is not JSON: %v", err)
	}
	if err := compiler.AddResource(base, resource); err != nil {
		return nil, nil, errorf("%v", err)
	}
	compiled, err := compiler.Compile(base)
	if err != nil {
		return nil, nil, d.refusal(err, resource)
	}
	return compiled, work, nil
}

// noLoader refuses every document but the schema itself: with a remote one, a
// caller could make this program fetch any address.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errOtherDocument }

// Read returns the last valid JSON value of a model's answer. If none is valid, it
// returns what is wrong with the last one, each with its JSON path; if there is no
// value at all, or once ctx ends, both results are nil.
func (s *Schema) Read(ctx context.Context, answer string) (data json.RawMessage, wrong []string) {
	s.budget.start(ctx)
	ofObject := false
	for _, candidate := range findJSON(ctx, answer) {
		found, err := s.validate(candidate)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err == nil {
			return candidate, nil
		}
		// Between other text, a list can be a mark such as [1].
		if isObject := candidate[0] == '{'; wrong == nil || isObject && !ofObject {
			wrong, ofObject = violations(err, found, nil), isObject
		}
		if errors.Is(err, errBudgetSpent) {
			break
		}
	}
	return nil, wrong
}

// validate checks a value, and that every client can read it.
func (s *Schema) validate(candidate json.RawMessage) (value any, err error) {
	if value, err = s.budget.read(candidate); err != nil {
		return nil, err
	}
	if number, huge := HugeNumber(value); huge {
		return nil, fmt.Errorf("it holds no JSON value that a machine can read: the number %s", Shorten(number))
	}
	levels := depth(value)
	if levels > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	if hasLoneSurrogate(candidate) {
		return nil, errors.New(`it holds half of a surrogate pair, such as "\ud83d", which many programs refuse`)
	}
	return value, s.budget.validate(s.compiled, value, levels)
}
