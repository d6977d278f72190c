package passage

import (
	"slices"
	"strings"
	"unicode"
)

// gatherer makes passages of pieces. It holds those of about three passages: what may
// follow decides where the first one ends.
type gatherer struct {
	text         string
	max, overlap int // the most that a passage and an overlap weigh

	pieces   []piece
	repeated int  // how many of them were in the passage before
	ended    bool // no more follow
	passages []Passage
}

func (g *gatherer) add(p piece) {
	g.pieces = append(g.pieces, p)
	for !g.ended && g.weight(0, len(g.pieces)) > 3*g.max {
		g.cut()
	}
}

func (g *gatherer) finish() {
	g.ended = true
	for len(g.pieces) > g.repeated {
		g.cut()
	}
}

// weight returns the weight of the text from a piece to the one before end.
func (g *gatherer) weight(start, end int) int { return g.pieces[end-1].to - g.pieces[start].from }

// cut emits the first passage. It leaves what follows, and in front of it the overlap.
func (g *gatherer) cut() {
	room := g.max - (g.pieces[g.wholeFrom(g.repeated)-1].to - g.pieces[0].from)
	headings, weight := headingsOf(g.pieces[0].under, min(g.max/4, room))
	end := g.end(g.max - weight)
	from, to := g.pieces[0], g.pieces[end-1]
	g.passages = append(g.passages, Passage{
		Text: passageText(headings, g.text[from.start:to.end]), LineStart: from.line, LineEnd: to.line,
	})
	if end == len(g.pieces) {
		g.pieces, g.repeated = nil, 0
		return
	}
	start := g.overlapBefore(end)
	g.repeated = end - start
	g.pieces = slices.Delete(g.pieces, 0, start)
}

// wholeFrom returns the end of the block that begins with a piece, if it fits into a
// passage, and the next piece if not.
func (g *gatherer) wholeFrom(start int) int {
	for end := start + 1; ; end++ {
		switch {
		case end == len(g.pieces) && !g.ended, g.weight(start, end) > g.max:
			return start + 1
		case end == len(g.pieces), g.pieces[end].seam.isBlock():
			return end
		}
	}
}

// end returns the first piece that is not in the first passage, which may weigh limit.
func (g *gatherer) end(limit int) int {
	most := g.repeated + 1
	for most < len(g.pieces) && g.weight(0, most+1) <= limit {
		most++
	}
	// A section is a passage, unless it is short: what it says is not mixed with another's.
	for end := g.repeated + 1; end <= most && end < len(g.pieces); end++ {
		if g.pieces[end].seam == atSection && g.weight(0, end) >= limit/4 {
			return end
		}
	}
	if most == len(g.pieces) {
		return most
	}
	// The best seam behind the first third, and the last of those.
	best, end := most, most
	for ; end > g.repeated && g.weight(0, end) >= limit/3; end-- {
		if g.pieces[end].seam > g.pieces[best].seam {
			best = end
		}
	}
	if g.pieces[best].seam.isBlock() {
		return best
	}
	// A block that has begun before it and need not be cut.
	for ; end > g.repeated; end-- {
		if g.pieces[end].seam.isBlock() && g.wholeFrom(end) > best {
			return end
		}
	}
	return best
}

// headingsOf returns the texts of a heading and those above it, from the highest, without
// the highest if they weigh more than limit; and their weight.
func headingsOf(h *heading, limit int) (texts []string, weight int) {
	for weight = len(headingsEnd); h != nil && weight+h.weight <= limit; h = h.under {
		texts, weight = append(texts, h.text), weight+h.weight
	}
	if texts == nil {
		return nil, 0
	}
	slices.Reverse(texts)
	return texts, weight
}

// overlapBefore returns the first piece that the passage from end on repeats. It may cut
// that piece: then only its last sentences are left.
func (g *gatherer) overlapBefore(end int) int {
	next := g.pieces[end]
	limit := min(g.overlap, g.max-(g.pieces[g.wholeFrom(end)-1].to-next.from))
	if next.seam == atSection || limit <= 0 {
		return end
	}
	start := end
	for start > 1 && next.from-g.pieces[start-1].from <= limit {
		start--
		if g.pieces[start].seam == atSection {
			return start
		}
	}
	if next.from-g.pieces[start].from < limit/2 {
		if last, ok := g.lastSentences(g.pieces[start-1], next.from-limit); ok {
			start--
			g.pieces[start] = last
		}
	}
	return start
}

// lastSentences returns the end of a piece, from the first sentence that begins at a
// weight or behind it.
func (g *gatherer) lastSentences(p piece, from int) (piece, bool) {
	for p.from < from {
		text := g.text[p.start:p.end]
		rest := strings.TrimLeftFunc(text[sentenceEnd(text):], unicode.IsSpace)
		if rest == "" {
			return piece{}, false
		}
		skipped := text[:len(text)-len(rest)]
		p.start, p.from, p.seam = p.start+len(skipped), p.from+weigh(skipped), atSentence
	}
	return p, true
}
