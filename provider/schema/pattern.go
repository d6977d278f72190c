package schema

import (
	"context"
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxInstructions bounds the size of all patterns of a schema, compiled: each
	// instruction takes about 100 bytes, and a kilobyte of pattern can have a million.
	maxInstructions = 500_000
	// classInstructions is what reading a class such as \p{L} takes: its table has a
	// thousand ranges, which are copied and sorted.
	classInstructions = 250
	// foldedInstructions is what reading a range takes where (?i) is set, of which each
	// character is looked up.
	foldedInstructions = 5000
	// ecmaInstructions is what a pattern for the second engine takes beside its length.
	ecmaInstructions = 500
	// maxECMABytes and maxECMAGroups bound a pattern for the second engine: its compiler
	// takes quadratic time for groups within groups.
	maxECMABytes, maxECMAGroups = 16 << 10, 50
	// maxBacktracking bounds the memory of a match by the second engine, in numbers of
	// 8 bytes.
	maxBacktracking = 1 << 20
	// maxMatch bounds the time of a single match.
	maxMatch = 500 * time.Millisecond
)

// errPatternsTooLarge costs the schema. Any other error costs a pattern.
var errPatternsTooLarge = errors.New("the patterns are too large, or repeat too much")

// patterns compiles the patterns of a schema, each of them once. They are regular
// expressions of ECMAScript: what the standard library can read of them, it matches
// in linear time; the rest takes an engine that goes back and tries again.
type patterns struct {
	ctx          context.Context
	budget       *budget
	known        map[string]compiledPattern
	instructions int
}

type compiledPattern struct {
	regexp jsonschema.Regexp
	err    error
}

func (p *patterns) compile(text string) (jsonschema.Regexp, error) {
	known, ok := p.known[text]
	if ok {
		return known.regexp, known.err
	}
	if p.ctx.Err() != nil {
		return nil, errPatternsTooLarge // nobody waits for the schema any more
	}
	known.regexp, known.err = p.compileLinear(text)
	if known.err != nil && !errors.Is(known.err, errPatternsTooLarge) {
		known.regexp, known.err = p.compileECMA(text)
	}
	p.known[text] = known
	return known.regexp, known.err
}

// readingCost returns what it takes to read a pattern for the standard library, in
// instructions: a class is written in three bytes, and takes thousands.
func readingCost(text string) int {
	cost := len(text)/4 + classInstructions*(strings.Count(text, `\p`)+strings.Count(text, `\P`))
	isASCII := strings.IndexFunc(text, func(r rune) bool { return r > 0x7f }) < 0
	if hasFlags(text) && (!isASCII || strings.Contains(text, `\x`)) {
		cost += foldedInstructions * strings.Count(text, "-")
	}
	return cost
}

func (p *patterns) grow(instructions int) error {
	if p.instructions += instructions; p.instructions > maxInstructions {
		return errPatternsTooLarge
	}
	return nil
}

// pattern is a regular expression that charges its work to a budget.
type pattern struct {
	*regexp.Regexp
	text         string // as the caller wrote it
	budget       *budget
	instructions int
}

func (p *patterns) compileLinear(text string) (jsonschema.Regexp, error) {
	if err := p.grow(readingCost(text)); err != nil {
		return nil, err
	}
	translated := linearSyntax(text)
	parsed, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := instructions(parsed)
	if err := p.grow(size); err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(translated)
	if err != nil {
		return nil, err
	}
	return &pattern{compiled, text, p.budget, size}, nil
}

// instructions returns about how many instructions an expression has, compiled.
func instructions(expression *syntax.Regexp) int {
	size := 2
	switch expression.Op {
	case syntax.OpLiteral:
		size += len(expression.Rune)
	case syntax.OpCharClass:
		size += len(expression.Rune) / 32 // they are looked up by halves
	}
	for _, part := range expression.Sub {
		size += instructions(part)
	}
	if expression.Op == syntax.OpRepeat {
		size *= max(expression.Min, expression.Max, 1)
	}
	return size
}

func (p *pattern) String() string { return p.text }

// MatchString takes up to the time of all instructions for each byte.
func (p *pattern) MatchString(text string) bool {
	p.budget.spend(1+int64(len(text))*int64(p.instructions)/256, 1)
	return p.Regexp.MatchString(text)
}

// ecmaPattern is a regular expression with lookaheads, backreferences and the like. A
// match can take exponential time, so it has a limit, and is charged by the clock.
type ecmaPattern struct {
	*regexp2.Regexp
	budget *budget
}

func (p *patterns) compileECMA(text string) (jsonschema.Regexp, error) {
	if len(text) > maxECMABytes || groupDepth(text) > maxECMAGroups {
		return nil, errors.New("it is too large")
	}
	if err := p.grow(ecmaInstructions + 4*len(text)); err != nil {
		return nil, err
	}
	compiled, err := regexp2.Compile(text, regexp2.ECMAScript, regexp2.Unicode, regexp2.OptionMaxBacktrackingStackSize(maxBacktracking))
	if err != nil {
		return nil, err
	}
	return &ecmaPattern{compiled, p.budget}, nil
}

// MatchString panics as a spent budget does if the match takes too much time or
// memory.
func (p *ecmaPattern) MatchString(text string) bool {
	p.budget.spend(1+int64(len(text)/64), 1)
	p.MatchTimeout = min(time.Duration(p.budget.left)*time.Microsecond, maxMatch)
	start := time.Now()
	matched, err := p.Regexp.MatchString(text)
	if err != nil {
		panic(budgetSpent{})
	}
	p.budget.spend(time.Since(start).Microseconds(), 1)
	return matched
}

// groupDepth returns at most how deep the groups of a pattern are nested.
func groupDepth(pattern string) int {
	depth, deepest := 0, 0
	for i := range len(pattern) {
		switch pattern[i] {
		case '(':
			depth++
			deepest = max(deepest, depth)
		case ')':
			depth--
		}
	}
	return deepest
}
