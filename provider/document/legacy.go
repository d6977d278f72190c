package document

import (
	"context"
	"slices"

	"github.com/gogs/chardet"
)

const (
	// maxBadWords is how many words of a text may be of no language: of this many, one.
	maxBadWords = 8
	// leastBadWords is by how many words of no language another reading is ruled out, whatever
	// the detector says.
	leastBadWords = 3
	// leastWithin is how many characters of a text are not all in half of a charset by chance.
	leastWithin = 10
	// leastConfidence is what of the confidence in a reading that of another one must reach, in
	// percent, to count.
	leastConfidence = 70
	goodConfidence  = 40
	greatConfidence = 55
)

// reading is a text as it reads in an encoding.
type reading struct {
	charset    charset
	text       string
	words, bad int // words with characters beyond ASCII; of them, those of no language
	confidence int // in percent, by the frequency of letters and syllables
}

// readLegacy reads a text in an encoding that it does not name, if it is certain which.
func readLegacy(ctx context.Context, data []byte, content contents) (text, encodingName string, err error) {
	readings := readingsOf(sampleOf(data))
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	best, certain := choose(readings)
	switch {
	case content.isMixed(best.charset.badBytes(certain)):
		return "", "", mixedError()
	case !certain:
		return "", "", encodingError(namesOf(readings))
	}
	text, ok := decode(ctx, best.charset.encoding, data)
	if !ok {
		return "", "", damagedError(best.charset.name)
	}
	return text, best.charset.name, nil
}

// readingsOf returns the readings of a sample, the most probable first.
func readingsOf(sample []byte) []reading {
	confidence := make(map[string]int)
	if results, err := chardet.NewTextDetector().DetectAll(sample); err == nil {
		for _, r := range results {
			confidence[r.Charset] = r.Confidence
		}
	}
	var readings []reading
	for _, c := range charsets() {
		text, ok := sampleText(c.encoding, sample)
		if !ok || slices.ContainsFunc(readings, func(r reading) bool { return r.text == text }) {
			continue
		}
		r := reading{charset: c, text: text}
		if r.words, r.bad = c.judge(text); r.words == 0 || r.bad*maxBadWords > r.words {
			continue
		}
		for _, name := range c.detected {
			r.confidence = max(r.confidence, confidence[name])
		}
		readings = append(readings, r)
	}
	slices.SortStableFunc(readings, func(a, b reading) int {
		switch {
		case a.beats(b):
			return -1
		case b.beats(a):
			return 1
		}
		return b.confidence - a.confidence
	})
	return readings
}

// choose returns the first reading, and whether all others are improbable beside it.
func choose(readings []reading) (best reading, certain bool) {
	if len(readings) == 0 {
		return reading{}, false
	}
	best = readings[0]
	for _, other := range readings[1:] {
		if !best.beats(other) {
			return best, false
		}
	}
	return best, best.confidence > 0 || best.words >= leastBadWords || len(readings) == 1 && best.bad == 0
}

// beats reports whether r is right and other is wrong, beyond doubt.
func (r reading) beats(other reading) bool {
	switch {
	case r.bad+leastBadWords <= other.bad:
		return true
	case r.bad > other.bad:
		return false
	case other.charset.rare && !r.charset.rare && r.isTypography():
		return true
	case r.charset.within == other.charset.name && r.words >= leastWithin:
		return true
	case r.bad < other.bad && r.confidence >= other.confidence:
		return true
	}
	// Most letters of both are those of ASCII.
	good := goodConfidence
	if r.words < leastBadWords {
		good = greatConfidence
	}
	if r.charset.latin && other.charset.latin && r.confidence < good {
		return false
	}
	return other.confidence*100 < r.confidence*leastConfidence
}

// isTypography reports whether all that is beyond ASCII are quotation marks and other signs, as
// word processors make them. A text of DOS would need to have just their few bytes as letters.
func (r reading) isTypography() bool {
	signs := 0
	for _, c := range r.text {
		switch {
		case c == '…', c == '‚', c == '„':
			return false // à and é in DOS, the commonest letters of French
		case isSign(c):
			signs++
		}
	}
	return r.bad == 0 && signs == r.words
}

func namesOf(readings []reading) []string {
	const most = 3
	var names []string
	for _, r := range readings[:min(len(readings), most)] {
		names = append(names, r.charset.name)
	}
	return names
}
