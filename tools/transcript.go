package tools

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
)

// The extensions of files of transcripts.
const (
	extText   = ".txt"
	extSubRip = ".srt"
	extWebVTT = ".vtt"
)

func isSubtitles(to *save.Destination) bool {
	return to != nil && (to.Extension() == extSubRip || to.Extension() == extWebVTT)
}

// readable returns a transcript as people read it: a line for each segment with its time
// and speaker, as far as they are wanted.
func (in transcribeInput) readable(t *provider.Transcript) string {
	if len(t.Segments) == 0 || !in.showsTimes() && !in.Diarize {
		return t.Text
	}
	var lines []string
	speaker := ""
	for _, s := range t.Segments {
		line := s.Text
		if s.Speaker != speaker && s.Speaker != "" {
			line = s.Speaker + ": " + line
		}
		switch {
		case in.showsTimes():
			line = fmt.Sprintf("[%s-%s] %s", clock(s.Start), clock(s.End), line)
		case len(lines) > 0 && s.Speaker == speaker:
			lines[len(lines)-1] += " " + s.Text
			continue
		}
		speaker = s.Speaker
		lines = append(lines, line)
		if in.Timestamps == "word" && s.Words != nil {
			lines = append(lines, wordTimes(s.Words))
		}
	}
	return strings.Join(lines, "\n")
}

// wordTimes returns words with the second at which each begins and ends.
func wordTimes(words []provider.Word) string {
	var b strings.Builder
	for _, w := range words {
		fmt.Fprintf(&b, " %s (%.2f-%.2f)", w.Word, w.Start, w.End)
	}
	return " " + b.String()
}

// clock returns a time with tenths of a second: 1:02:03.4.
func clock(seconds float64) string {
	tenths := int64(math.Round(seconds * 10))
	minutes := fmt.Sprintf("%d:%02d.%d", tenths/600%60, tenths/10%60, tenths%10)
	if hours := tenths / 36_000; hours > 0 {
		minutes = fmt.Sprintf("%d:%02d:%02d.%d", hours, tenths/600%60, tenths/10%60, tenths%10)
	}
	return minutes
}

// document returns a transcript as JSON, as the structured content has it.
func (in transcribeInput) document(t *provider.Transcript) string {
	content, _ := json.MarshalIndent(struct {
		Text     string             `json:"text"`
		Language string             `json:"language,omitempty"`
		Seconds  float64            `json:"duration_s,omitempty"`
		Segments []provider.Segment `json:"segments,omitempty"`
	}{t.Text, t.Language, t.Seconds, t.Segments}, "", "  ") // times are finite
	return string(content) + "\n"
}

// cuesOf returns what subtitles show, nil if no times are known.
func cuesOf(t *provider.Transcript) []provider.Segment {
	if len(t.Segments) == 0 && t.Seconds > 0 {
		return []provider.Segment{{End: t.Seconds, Text: t.Text}}
	}
	return t.Segments
}

// subRip returns subtitles in the format of SubRip.
func subRip(cues []provider.Segment) string {
	var b strings.Builder
	for i, cue := range cues {
		if cue.Speaker != "" {
			cue.Text = cue.Speaker + ": " + cue.Text
		}
		fmt.Fprintf(&b, "%d\n%s --> %s\n%s\n\n", i+1, cueTime(cue.Start, ","), cueTime(cue.End, ","), oneLine(cue.Text))
	}
	return b.String()
}

// webVTT returns subtitles in the format of the web, where speakers are voices.
func webVTT(cues []provider.Segment) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, cue := range cues {
		shown := escape.Replace(oneLine(cue.Text))
		if cue.Speaker != "" {
			shown = "<v " + cue.Speaker + ">" + shown
		}
		fmt.Fprintf(&b, "%s --> %s\n%s\n\n", cueTime(cue.Start, "."), cueTime(cue.End, "."), shown)
	}
	return b.String()
}

// oneLine returns a text without the line ends that would end a cue.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// cueTime returns a time with thousandths of a second behind the point.
func cueTime(seconds float64, point string) string {
	ms := int64(math.Round(seconds * 1000))
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, point, ms%1000)
}
