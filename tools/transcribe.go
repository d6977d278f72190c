package tools

import (
	"context"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

type transcribeInput struct {
	Audio      string `json:"audio" jsonschema:"required" jsonschema_description:"Path below an allowed folder, https URL or data: URL"`
	Model      string `json:"model,omitempty" jsonschema_description:"Id of a speech-to-text model; by default the cheapest"`
	Language   string `json:"language,omitempty" jsonschema_description:"Of the speech, as in de; detected if absent"`
	Prompt     string `json:"prompt,omitempty" jsonschema_description:"Names and terms that occur"`
	Timestamps string `json:"timestamps,omitempty" jsonschema:"enum=none,enum=segment,enum=word,default=none" jsonschema_description:"Times to return"`
	Diarize    bool   `json:"diarize,omitempty" jsonschema_description:"Tell speakers apart"`
	SaveTo     string `json:"save_to,omitempty" jsonschema_description:"File below --write-dir: .txt, .srt, .vtt or .json"`
}

type transcribeOutput struct {
	Text     string  `json:"text" jsonschema:"required"`
	Language string  `json:"language,omitempty"`
	Seconds  float64 `json:"duration_s,omitempty"`
	Saved    *saved  `json:"saved,omitempty"`
	resultMeta
	Segments []provider.Segment `json:"segments,omitempty"`
}

func transcribe(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "transcribe", title: "Turn speech into text", writes: p.Saves(),
		use:    "speech to text.",
		search: "transcribe audio, speech to text, subtitles (srt, vtt), who said what (diarization), recordings, meetings, voice messages",
		description: "Turn the speech in an audio or video file into text, on request with times, speakers or subtitles. " +
			"Use it for recordings, meetings and voice messages. Not for music or sounds, nor to translate (pass the text to chat).",
	}
	return newTool[transcribeInput](spec, transcribeOutput{}, func(ctx context.Context, in transcribeInput, events Events) (output, error) {
		to, err := p.Destination(in.SaveTo, extText, extSubRip, extWebVTT, extJSON)
		if err != nil {
			return output{}, err
		}
		t, err := p.Transcribe(ctx, provider.TranscribeRequest{
			Audio: in.Audio, Model: in.Model, Language: in.Language, Prompt: strings.TrimSpace(in.Prompt),
			Segments: in.showsTimes() || isSubtitles(to), Words: in.Timestamps == "word", Diarize: in.Diarize,
			OnWait: events.OnWait, OnProgress: events.OnProgress,
		})
		if err != nil {
			return output{}, err
		}
		return in.output(t, to), nil
	})
}

// showsTimes reports whether the caller wants times in the result.
func (in transcribeInput) showsTimes() bool {
	return in.Timestamps == "segment" || in.Timestamps == "word"
}

// output shapes a transcript. What was saved is left out.
func (in transcribeInput) output(t *provider.Transcript, to *save.Destination) output {
	out := &transcribeOutput{Language: t.Language, Seconds: t.Seconds}
	o := output{structured: out, meta: t.Meta}
	if out.Saved = o.saveTranscript(to, in, t); out.Saved != nil {
		return o
	}
	if isSubtitles(to) && !in.showsTimes() {
		in.Timestamps = "segment" // they would be in the file
	}
	out.Text = t.Text
	if in.showsTimes() || in.Diarize {
		out.Segments = t.Segments
	}
	shown := in.readable(t)
	if t.Text == "" {
		shown = "No transcript: " + emptyReason(t.Warnings)
	}
	o.text = append(o.text, shown)
	return o
}

// saveTranscript saves a transcript in the format of the file's extension.
func (o *output) saveTranscript(to *save.Destination, in transcribeInput, t *provider.Transcript) *saved {
	if to == nil {
		return nil
	}
	if t.Text == "" {
		o.notSaved(to, "there is no text")
		return nil
	}
	var content string
	switch to.Extension() {
	case extSubRip, extWebVTT:
		cues := cuesOf(t)
		if cues == nil {
			o.notSaved(to, "the service returned no times, which subtitles need")
			return nil
		}
		if content = subRip(cues); to.Extension() == extWebVTT {
			content = webVTT(cues)
		}
	case extJSON:
		content = in.document(t)
	default:
		content = in.readable(t) + "\n"
	}
	return o.save(to, text.Cut(t.Text, maxPreview), writeText(content))
}
