package emulator

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones"
)

// The bounds of a segment, in seconds: of the silence that ends it, and of itself.
const (
	segmentGap = 0.3
	maxSegment = 30
)

// bytesPerSecond estimates the duration of what is not decoded: 128 kbit/s.
const bytesPerSecond = 16_000

// transcript is what was heard: the tones of a WAV file as words.
type transcript struct {
	seconds  float64
	segments []segment
}

// segment is what is said between two silences.
type segment struct {
	start, end float64
	note       string // of the emulator, before the words
	words      []word
}

type word struct {
	Word  string  `json:"word"`
	Start float64 `json:"start"`
	End   float64 `json:"end"`

	speaker string // left, right, low, middle or high
}

func newTranscript(m catalog.Model, s tones.Sound) transcript {
	t := transcript{seconds: s.Seconds}
	if s.Container != "WAV" {
		t.seconds = math.Max(0.01, float64(s.Bytes)/bytesPerSecond)
		t.segments = []segment{{end: t.seconds, note: fmt.Sprintf(
			"[emulator] %s would transcribe %d bytes of %s here. Only WAV is decoded.", m.ID, s.Bytes, s.Container)}}
		return t
	}
	for _, tone := range s.Tones {
		n := len(t.segments)
		if n == 0 || tone.Start-t.segments[n-1].end >= segmentGap-1e-6 || tone.End-t.segments[n-1].start > maxSegment {
			t.segments = append(t.segments, segment{start: tone.Start})
			n++
		}
		last := &t.segments[n-1]
		last.end = tone.End
		last.words = append(last.words, word{tone.Note(), round(tone.Start), round(tone.End), speakerOf(tone)})
	}
	if t.segments == nil {
		t.segments = []segment{{end: s.Seconds, note: "[emulator] silence"}}
	} else {
		t.segments[0].note = "[emulator]"
	}
	return t
}

// speakerOf tells speakers by the channel, and by the height of their voice where both
// channels are as loud.
func speakerOf(t tones.Tone) string {
	switch {
	case t.Side == tones.Left:
		return "left"
	case t.Side == tones.Right:
		return "right"
	case t.Hertz < 300:
		return "low"
	case t.Hertz < 1000:
		return "middle"
	}
	return "high"
}

func (s segment) text() string {
	texts := []string{}
	if s.note != "" {
		texts = append(texts, s.note)
	}
	for _, w := range s.words {
		texts = append(texts, w.Word)
	}
	return strings.Join(texts, " ")
}

func (t transcript) text() string {
	var texts []string
	for _, s := range t.segments {
		texts = append(texts, s.text())
	}
	return strings.Join(texts, " ")
}

// subtitles returns the segments as SRT or WebVTT, which differ in the head and in the
// decimal point.
func (t transcript) subtitles(head, point string) string {
	var b strings.Builder
	b.WriteString(head)
	for i, s := range t.segments {
		if point == "," {
			fmt.Fprintf(&b, "%d\n", i+1)
		}
		fmt.Fprintf(&b, "%s --> %s\n%s\n\n", clock(s.start, point), clock(s.end, point), s.text())
	}
	return b.String()
}

func clock(seconds float64, point string) string {
	ms := int(math.Round(seconds * 1000))
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, point, ms%1000)
}

func round(seconds float64) float64 { return math.Round(seconds*100) / 100 }

type transcriptionAnswer struct {
	Text  string         `json:"text"`
	Usage *durationUsage `json:"usage,omitempty"`
}

type durationUsage struct {
	Type    string `json:"type"`
	Seconds int    `json:"seconds"`
}

func (t transcript) usage() *durationUsage {
	return &durationUsage{"duration", int(math.Ceil(t.seconds))}
}

type verboseAnswer struct {
	Task     string  `json:"task"`
	Success  bool    `json:"success"`
	Language string  `json:"language"`
	Duration float64 `json:"duration"`
	transcriptionAnswer
	Words       []word          `json:"words,omitempty"`
	Segments    []segmentAnswer `json:"segments,omitempty"`
	Diarization []turn          `json:"diarization,omitempty"`
}

type segmentAnswer struct {
	ID               int     `json:"id"`
	Seek             int     `json:"seek"`
	Start            float64 `json:"start"`
	End              float64 `json:"end"`
	Text             string  `json:"text"`
	Tokens           []int   `json:"tokens"`
	Temperature      float64 `json:"temperature"`
	AvgLogprob       float64 `json:"avg_logprob"`
	CompressionRatio float64 `json:"compression_ratio"`
	NoSpeechProb     float64 `json:"no_speech_prob"`
}

// turn is what one speaker says until another one speaks.
type turn struct {
	Speaker int     `json:"speaker"`
	Text    string  `json:"text"`
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
}

func (t transcript) verbose(answer transcriptionAnswer, r *transcriptionRequest) verboseAnswer {
	v := verboseAnswer{
		Task: "transcribe", Success: true, Language: r.language, Duration: round(t.seconds), transcriptionAnswer: answer,
	}
	for i, s := range t.segments {
		if slices.Contains(r.granularities, "word") {
			v.Words = append(v.Words, s.words...)
		}
		if slices.Contains(r.granularities, "segment") {
			v.Segments = append(v.Segments, s.answer(i))
		}
	}
	if r.diarize {
		v.Diarization = t.turns()
	}
	return v
}

func (s segment) answer(id int) segmentAnswer {
	a := segmentAnswer{
		ID: id, Seek: int(s.start * 100), Start: round(s.start), End: round(s.end), Text: " " + s.text(),
		AvgLogprob: -0.2, CompressionRatio: 1.2, NoSpeechProb: 0.01, Tokens: []int{},
	}
	for _, token := range tokenize(a.Text) {
		a.Tokens = append(a.Tokens, len(a.Tokens)+len(token)*100)
	}
	return a
}

// turns joins the words of a speaker. Speakers are counted as they first speak.
func (t transcript) turns() []turn {
	var turns []turn
	speakers := []string{}
	for _, s := range t.segments {
		for _, w := range s.words {
			speaker := slices.Index(speakers, w.speaker)
			if speaker < 0 {
				speaker = len(speakers)
				speakers = append(speakers, w.speaker)
			}
			if n := len(turns); n > 0 && turns[n-1].Speaker == speaker {
				turns[n-1].Text += " " + w.Word
				turns[n-1].End = w.End
				continue
			}
			turns = append(turns, turn{speaker, w.Word, w.Start, w.End})
		}
	}
	return turns
}
