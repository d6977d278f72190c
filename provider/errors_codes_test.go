package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Clients branch on codes and warnings, so none may lack its meaning.
func TestEveryCodeAndWarningHasAMeaning(t *testing.T) {
	var codes, warnings []string
	for _, c := range provider.Codes() {
		if codes = append(codes, string(c.Code)); c.Meaning == "" {
			t.Errorf("%s has no meaning", c.Code)
		}
	}
	for _, w := range provider.Warnings() {
		if warnings = append(warnings, string(w.Code)); w.Meaning == "" {
			t.Errorf("%s has no meaning", w.Code)
		}
	}
	for kind, described := range map[string][]string{"Code": codes, "WarningCode": warnings} {
		declared := constants(t, "errors.go", kind)
		slices.Sort(declared)
		slices.Sort(described)
		if !slices.Equal(declared, described) {
			t.Errorf("of the type %s %v are declared and %v described", kind, declared, described)
		}
	}
}

// constants returns the values of a file's constants of a type.
func constants(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}
