package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxInstructions bounds the size of all patterns of a schema, compiled: each
// instruction takes about 100 bytes, and a kilobyte of pattern can have a million.
const maxInstructions = 500_000

// patterns compiles the patterns of a schema, each of them once.
type patterns struct {
	budget       *budget
	known        map[string]*pattern
	instructions int
}

// pattern is a regular expression that charges its work to a budget.
type pattern struct {
	*regexp.Regexp
	budget       *budget
	instructions int
}

func (p *patterns) compile(text string) (jsonschema.Regexp, error) {
	if known := p.known[text]; known != nil {
		return known, nil
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := instructions(parsed)
	if p.instructions += size; p.instructions > maxInstructions {
		return nil, errors.New("the patterns are too large, or repeat too much")
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	p.known[text] = &pattern{compiled, p.budget, size}
	return p.known[text], nil
}

// instructions returns about how many instructions an expression has, compiled.
func instructions(expression *syntax.Regexp) int {
	size := 2
	if expression.Op == syntax.OpLiteral {
		size += len(expression.Rune)
	}
	for _, part := range expression.Sub {
		size += instructions(part)
	}
	if expression.Op == syntax.OpRepeat {
		size *= max(expression.Min, expression.Max, 1)
	}
	return size
}

// MatchString takes up to the time of all instructions for each byte.
func (p *pattern) MatchString(text string) bool {
	p.budget.spend(1+int64(len(text))*int64(p.instructions)/256, 1)
	return p.Regexp.MatchString(text)
}
