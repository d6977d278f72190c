package passage_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/passage"
)

// check fails the test if the passages of a text break a promise.
func check(t *testing.T, text string, o passage.Options) {
	t.Helper()
	newline := "\n"
	if !strings.Contains(text, newline) {
		newline = "\r"
	}
	lines := strings.SplitAfter(strings.ToValidUTF8(strings.TrimPrefix(text, "\uFEFF"), "\uFFFD"), newline)
	covered := make([]bool, len(lines))
	lastStart, lastEnd := 1, 0
	for _, p := range passage.Split(text, o) {
		switch {
		case strings.TrimSpace(p.Text) == "":
			t.Fatalf("a blank passage from line %d", p.LineStart)
		case !utf8.ValidString(p.Text):
			t.Fatalf("%q is not UTF-8", p.Text)
		case p.LineStart < lastStart, p.LineEnd < lastEnd, p.LineEnd < p.LineStart, p.LineEnd > len(lines):
			t.Fatalf("a passage from %d to %d follows one from %d to %d, of %d", p.LineStart, p.LineEnd, lastStart, lastEnd, len(lines))
		case tokensOf(p.Text) > max(16, o.MaxTokens):
			t.Fatalf("%q is %d tokens, over %d", p.Text, tokensOf(p.Text), o.MaxTokens)
		}
		lastStart, lastEnd = p.LineStart, p.LineEnd
		for i := p.LineStart; i <= p.LineEnd; i++ {
			covered[i-1] = true
		}
		checkBody(t, p, lines[p.LineStart-1:p.LineEnd], lines[:p.LineStart-1])
	}
	for i, line := range lines {
		if !covered[i] && strings.TrimSpace(line) != "" {
			t.Fatalf("line %d, %q, is in no passage", i+1, line)
		}
	}
}

// checkBody fails the test unless the passage is from its lines, in whole but for the
// first and the last, behind headings of lines above.
func checkBody(t *testing.T, p passage.Passage, lines, above []string) {
	t.Helper()
	body := p.Text
	for !strings.Contains(strings.Join(lines, ""), body) {
		heading, rest, ok := strings.Cut(body, "\n")
		if !ok || !strings.Contains(strings.Join(above, ""), heading) {
			t.Fatalf("%q is not from %q", p.Text, lines)
		}
		body = rest
	}
	for _, line := range lines[min(1, len(lines)):max(1, len(lines)-1)] {
		if !strings.Contains(body, line) {
			t.Fatalf("%q lacks %q", p.Text, line)
		}
	}
	for _, line := range []string{lines[0], lines[len(lines)-1]} {
		if word := strings.Fields(line); len(word) == 0 {
			t.Fatalf("%q is said to begin or to end at a blank line", p.Text)
		}
	}
}

// tokensOf is how provider estimates tokens.
func tokensOf(s string) int { return (len(s) + 2) / 3 }

func randomText(random *rand.Rand, parts int) string {
	atoms := []string{
		"word ", "two words", "A sentence. ", "is it so? ", "\n", "\n", "\n\n", "\r\n", "\r", "# One\n\n", "\n\n## Two\n", "\n### Three\n\n",
		"\n```\n", "\n~~~~\n", "\n=====\n", "\n---\n", "\n\tindented", "    }\n", "日本語の文。", "привет ", "👩\u200d💻", "\xff", "\u00a0", strings.Repeat("x", 90),
		strings.Repeat("- item of a list\n", 4), `{"a": 1, "b": [2, 3]}` + "\n", "a,b,c\n1,2,3\n", "\uFEFF", "   ", strings.Repeat("\n", 50),
	}
	var text strings.Builder
	for range parts {
		text.WriteString(atoms[random.IntN(len(atoms))])
	}
	return text.String()
}

func TestEveryLineIsInAPassage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		o := passage.Options{MaxTokens: 16 + random.IntN(60), Overlap: random.IntN(40) - 1}
		check(t, randomText(random, random.IntN(120)), o)
	}
}

// A block that fits into a passage is whole in one, whatever is repeated around it.
func TestBlocksStayWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		var blocks []string
		for range random.IntN(30) {
			block := strings.TrimSpace(lines(1+random.IntN(6), 1+random.IntN(12)))
			if random.IntN(3) == 0 {
				block = "```\n" + block + "\n\n" + block + "\n```"
			}
			if tokensOf(block) > 80 {
				continue
			}
			if random.IntN(4) == 0 {
				blocks = append(blocks, "## "+words(1+random.IntN(9)))
			}
			blocks = append(blocks, block+strings.Repeat("\n", random.IntN(20)))
		}
		all := "\n" + strings.Join(texts(passage.Split(strings.Join(blocks, "\n\n"), passage.Options{MaxTokens: 120, Overlap: 40})), "\n\n\n\n") + "\n"
		for _, block := range blocks {
			if !strings.Contains(all, "\n"+strings.TrimSpace(block)+"\n") {
				t.Fatalf("%q is cut in %q", block, all)
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(randomText(random, 40), 20, 6)
	}
	f.Fuzz(func(t *testing.T, text string, maxTokens, overlap int) {
		check(t, text, passage.Options{MaxTokens: 16 + maxTokens&127, Overlap: overlap & 63})
	})
}

func TestSplitIsLinear(t *testing.T) {
	for name, part := range map[string]string{
		"prose": "This is a sentence. And another one, which is longer!\n\n", "one line": "This is a sentence. ", "words": "word ",
		"no blanks": "xyz", "blanks": " ", "newlines": "\n", "blank runs": "a" + strings.Repeat("\n", 2000), "dots": ".", "abbreviations": "e. ",
		"headings": "# a\n", "nested headings": "# a\n\n## b\n\n### c\n\n", "open fences": "```\n", "marks": "```` ", "underlines": "a\n\n---\n",
		"rows": "1,two,\"three\"\n", "not UTF-8": "\xff", "wide": "日本語の文。", "hashes": "#", "indented": "\tx\n\n", "closing": ")",
	} {
		t.Run(name, func(t *testing.T) {
			linear.Check(t, 40_000, func(n int) func() {
				text := strings.Repeat(part, n/len(part)+1)
				return func() {
					for range 5 {
						passage.Split(text, passage.Options{})
					}
				}
			})
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	for name, part := range map[string]string{
		"prose": strings.Repeat("This is a sentence. And another one, which is longer!\n", 5) + "\n", "one line": "word "} {
		text := strings.Repeat(part, 10_000_000/len(part))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				passage.Split(text, passage.Options{})
			}
		})
	}
}
