package virtual_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func TestParseSyntaxErrors(t *testing.T) {
	tests := []struct {
		name, in, problem string
		column            int
		suggestion        string
	}{
		{"empty", "", "missing tag", 1, "text_generation@latest"},
		{"blank", "  ", "missing tag", 3, "text_generation@latest"},
		{"bare tag", "mistral", `missing "@" and ranker`, 8, "mistral@latest"},
		{"bare tag with a condition", "llama?params>70", `missing "@" and ranker`, 6, "llama@latest?params>70"},
		{"bare ranker word", "Cheapest", `missing "@" and ranker`, 9, "text_generation@cheapest"},
		{"bare ranker", "@latest", "missing tag", 1, "text_generation@latest"},
		{"bare ranker with a condition", "@cheapest ? params>7", "missing tag", 1, "text_generation@cheapest?params>7"},
		{"bare at sign", "@", "missing tag", 1, "text_generation@latest"},
		{"no ranker", "mistral@", "missing ranker", 9, "mistral@latest"},
		{"no ranker but a condition", "mistral@?params>7", "missing ranker", 9, "mistral@latest?params>7"},
		{"misspelt ranker", "llama@fastst", `unknown ranker "fastst"`, 7, "fastest"},
		{"ranker with letters swapped", "llama@samllest", `unknown ranker "samllest"`, 7, "smallest"},
		{"synonym of a ranker", "mistral@newest", `unknown ranker "newest"`, 9, "latest"},
		{"synonym nearer to another ranker", "mistral@largest", `unknown ranker "largest"`, 9, "biggest"},
		{"half a ranker", "mistral@small", `unknown ranker "small"`, 9, "smallest"},
		{"ranker like no other", "mistral@best", `unknown ranker "best"`, 9, ""},
		{"column counts characters", "été@fastst", `unknown ranker "fastst"`, 5, "fastest"},
		{"question mark and nothing", "mistral@latest?", "missing condition", 16, ""},
		{"condition without question mark", "a@latest params>1", `unexpected "params"`, 10, ""},
		{"unknown spec", "x@latest?colour=red", `unknown spec "colour"`, 10, ""},
		{"half a spec", "x@latest?context>1", `unknown spec "context"`, 10, "context_size"},
		{"part of a spec", "x@latest?cost<1", `unknown spec "cost"`, 10, "input_cost"},
		{"spec with a hyphen", "x@latest?max-tokens>1", `unknown spec "max-tokens"`, 10, "max_tokens"},
		{"synonym of a spec", "x@latest?price<1", `unknown spec "price"`, 10, "input_cost"},
		{"no spec", "x@latest?>1", "missing condition", 10, ""},
		{"no operator", "a@latest?params", "missing operator", 16, ""},
		{"operator that is a word", "a@latest?params gt 1", `unexpected "gt"`, 17, ""},
		{"operator of another language", "a@latest?params==1", `unknown operator "=="`, 16, "="},
		{"unequal", "a@latest?params!=1", `unknown operator "!="`, 16, ""},
		{"operator reversed", "a@latest?params=>1", `unknown operator "=>"`, 16, ">="},
		{"operator as a symbol", "a@latest?params≤1", `unknown operator "≤"`, 16, "<="},
		{"operator in two parts", "a@latest?params > = 1", "missing value for params", 19, ""},
		{"no value", "a@latest?params>", "missing value for params", 17, ""},
		{"word for a number", "a@latest?params>big", `params cannot be "big"`, 17, ""},
		{"negative number", "a@latest?params>-1", `params cannot be "-1"`, 17, ""},
		{"signed number", "a@latest?params>+1", `params cannot be "+1"`, 17, ""},
		{"exponent", "a@latest?params>1e3", `params cannot be "1e3"`, 17, ""},
		{"underscore", "a@latest?params>1_000", `params cannot be "1_000"`, 17, ""},
		{"hexadecimal", "a@latest?params>0x10", `params cannot be "0x10"`, 17, ""},
		{"not a number", "a@latest?params>NaN", `params cannot be "NaN"`, 17, ""},
		{"infinite", "a@latest?params<Inf", `params cannot be "Inf"`, 17, ""},
		{"half a fraction", "a@latest?params<.5", `params cannot be ".5"`, 17, ""},
		{"the other half", "a@latest?params<5.", `params cannot be "5."`, 17, ""},
		{"two points", "a@latest?params<1.2.3", `params cannot be "1.2.3"`, 17, ""},
		{"two k", "a@latest?params<1kk", `params cannot be "1kk"`, 17, ""},
		{"only a k", "a@latest?params<k", `params cannot be "k"`, 17, ""},
		{"k after a blank", "a@latest?params<1 k", `unexpected "k"`, 19, ""},
		{"date for a number", "a@latest?params<2025-01-01", `params cannot be "2025-01-01"`, 17, ""},
		{"number for a date", "a@latest?endpoint_publication_date>2025",
			`endpoint_publication_date cannot be "2025"`, 36, ""},
		{"impossible date", "a@latest?endpoint_publication_date>31/06/2024",
			`endpoint_publication_date cannot be "31/06/2024"`, 36, ""},
		{"no leap day", "a@latest?endpoint_publication_date=2025-02-29",
			`endpoint_publication_date cannot be "2025-02-29"`, 36, ""},
		{"date that stands for a missing one", "a@latest?endpoint_publication_date>0001-01-01",
			`endpoint_publication_date cannot be "0001-01-01"`, 36, ""},
		{"nothing after the ampersand", "a@latest?params>1&", "missing condition", 19, ""},
		{"two ampersands", "a@latest?params>1&&params<2", "missing condition", 19, ""},
		{"a word for the ampersand", "a@latest?params>1 and params<2", `unexpected "and"`, 19, ""},
		{"two question marks", "a@latest?params>1?params<2", `unexpected "?"`, 18, ""},
		{"two at signs", "a@b@latest", `second "@"`, 4, ""},
		{"at sign at the end", "a@latest@", `second "@"`, 9, ""},
		{"emoji", "🦙@latest", `unexpected "🦙"`, 1, ""},
		{"emoji inside", "llama🦙@latest", `unexpected "🦙"`, 6, ""},
		{"zero-width space", "a\u200b@latest", `unexpected "\u200b"`, 2, ""},
		{"control character", "a@la\x00test", "control character U+0000", 5, ""},
		{"escape", "a@latest\x1b[31m", "control character U+001B", 9, ""},
		{"line break", "a@latest\n", "control character U+000A", 9, ""},
		{"invalid UTF-8", "é@lat\xffest", "invalid UTF-8", 6, ""},
		{"number too large", "a@latest?params<1" + strings.Repeat("0", 400),
			`params cannot be "1` + strings.Repeat("0", 79) + `…"`, 17, ""},
		{"long tag", strings.Repeat("a", 400), `missing "@" and ranker`, 401, ""},
		{"long query", strings.Repeat("a@latest", 1280), "query longer than 512 bytes", 513, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := virtual.Parse(tt.in)
			e := checkSyntaxError(t, tt.in, err)
			if e.Problem != tt.problem || e.Column != tt.column || e.Suggestion != tt.suggestion {
				t.Errorf("got %q at %d, suggestion %q; want %q at %d, suggestion %q",
					e.Problem, e.Column, e.Suggestion, tt.problem, tt.column, tt.suggestion)
			}
			if !reflect.DeepEqual(q, virtual.Query{}) {
				t.Errorf("a query beside the error: %+v", q)
			}
		})
	}
}

// checkSyntaxError checks what holds of every error of Parse.
func checkSyntaxError(t *testing.T, in string, err error) *virtual.SyntaxError {
	t.Helper()
	e, ok := errors.AsType[*virtual.SyntaxError](err)
	if !ok {
		t.Fatalf("%.80q: got error %v, want a syntax error", in, err)
	}
	if e.Column < 1 || e.Column > utf8.RuneCountInString(in)+1 {
		t.Errorf("%.80q: column %d is outside the query", in, e.Column)
	}
	if message := e.Error(); len(message) > 500 || !utf8.ValidString(message+e.Query) {
		t.Errorf("%.80q: message of %d bytes is long or invalid: %.600q", in, len(message), message)
	}
	if len(e.Query) > 4*81 {
		t.Errorf("%.80q: the excerpt has %d bytes", in, len(e.Query))
	}
	if virtual.IsQuery(e.Suggestion) {
		if _, err := virtual.Parse(e.Suggestion); err != nil {
			t.Errorf("%.80q: the suggestion %q does not parse: %v", in, e.Suggestion, err)
		}
	}
	return e
}

func TestSyntaxErrorMessage(t *testing.T) {
	tests := map[string]string{
		"llama@fastst": `unknown ranker "fastst" at column 7; did you mean "fastest"?`,
		"llama@best":   `unknown ranker "best" at column 7: expected one of fastest, cheapest, biggest, latest, smallest`,
		"a@latest\x00": `control character U+0000 at column 9`,
		"a@latest?params>x": `params cannot be "x" at column 17: ` +
			`expected a number such as 100000, 0.5 or 128k`,
		"a@latest?endpoint_publication_date>x": `endpoint_publication_date cannot be "x" at column 36: ` +
			`expected a calendar date such as 2025-08-12 or 12/08/2025`,
	}
	for in, want := range tests {
		if _, err := virtual.Parse(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}

func TestSynonyms(t *testing.T) {
	for in, want := range map[string]string{
		"a@Recent": "latest", "a@larger": "biggest", "a@quickest": "fastest", "a@speed": "fastest",
		"a@price": "cheapest", "a@cost": "cheapest", "a@tiniest": "smallest",
		"a@latest?input_price<1": "input_cost", "a@latest?context_length>1": "context_size",
		"a@latest?context_window>1": "context_size", "a@latest?max_output_tokens>1": "max_tokens",
		"a@latest?size>1": "params", "a@latest?billions>1": "params",
		"a@latest?Date>1": "endpoint_publication_date", "a@latest?published_at>1": "endpoint_publication_date",
		"a@latest?params=<1": "<=", "a@latest?params≥1": ">=",
	} {
		_, err := virtual.Parse(in)
		if e := checkSyntaxError(t, in, err); e.Suggestion != want {
			t.Errorf("%s: suggestion %q, want %q", in, e.Suggestion, want)
		}
	}
}
