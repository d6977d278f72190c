// Package passage splits a text into passages for embedding: pieces of one subject each,
// small enough for a model and large enough to mean something on their own. It is pure.
//
// A passage is cut where the text has a seam: before a heading if it can be, else at a
// blank line. A section, a paragraph or a fenced code block that is longer than a passage
// is cut at its blank lines, then at lines, sentences and spaces, and only then inside a
// word. A heading stays with what follows it. A passage that begins inside a section
// repeats the headings that it stands under, and the end of the passage before it:
// what it says is then found by the words of its subject, too.
package passage

import "strings"

const (
	defaultMaxTokens = 400
	defaultOverlap   = 60
	leastMaxTokens   = 16
	mostMaxTokens    = 1 << 20
)

// Options say how long passages are, in estimated tokens: three letters, one and a half
// digits, or one other character, which errs on the high side.
type Options struct {
	MaxTokens int // of a passage with what it repeats, at least 16 and at most 2^20; 0 is 400
	// Overlap is how much of the end of a passage is repeated by the next, at most half
	// of MaxTokens: whole lines or sentences, and nothing where a section begins.
	// 0 is 60, less disables it.
	Overlap int
}

// Passage is a part of a text.
type Passage struct {
	// Text is valid UTF-8 and never blank. The headings that it may begin with are those
	// of the lines before LineStart.
	Text string
	// LineStart and LineEnd are the first and the last line that the passage is from;
	// the first of the text is 1.
	LineStart, LineEnd int
}

// Split returns the passages of text, in order. Each line that is not blank is in at
// least one of them. It takes linear time, and little memory besides what it returns.
func Split(text string, o Options) []Passage {
	if o.MaxTokens <= 0 {
		o.MaxTokens = defaultMaxTokens
	}
	if o.Overlap == 0 {
		o.Overlap = defaultOverlap
	}
	limit := weightPerToken * min(max(o.MaxTokens, leastMaxTokens), mostMaxTokens)
	g := &gatherer{text: text, max: limit, overlap: weightPerToken * min(max(o.Overlap, 0), limit/weightPerToken/2)}
	s := &scanner{text: text, max: limit, emit: g.add, afterBlank: true}
	s.scan()
	g.finish()
	return g.passages
}

// passageText returns the headings and the body that stands under them.
func passageText(headings []string, body string) string {
	if len(headings) > 0 {
		body = strings.Join(headings, "\n") + headingsEnd + body
	}
	return strings.ToValidUTF8(body, "\uFFFD")
}

const headingsEnd = "\n\n"
