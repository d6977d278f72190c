package provider

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/audio"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// TranscribeRequest asks for the text of an audio file.
type TranscribeRequest struct {
	Audio    string // a path below an allowed folder, an https URL or a data: URL
	Model    string // id, alias, named model or query; "" is the default
	Language string // of the speech, as [audio.Language] reads it; "" is detected
	Prompt   string // names and words that are likely to occur; may be ""
	Segments bool   // the times of segments are wanted
	Words    bool   // the times of words are wanted, too
	Diarize  bool   // the speakers are wanted

	OnWait func(reason string) // is called with each wait that a person would notice; nil disables it
	// OnProgress is called, never concurrently, with the megabytes of a large file that
	// were sent; nil disables it.
	OnProgress func(done, total int)
}

// Transcript is what was said in an audio file.
type Transcript struct {
	Text     string
	Language string    // as the service names it; "" is unknown
	Seconds  float64   // how long the audio lasts; 0 is unknown
	Segments []Segment // in order, as far as the service returned them
	Meta
}

// Segment is a part of a transcript. Times are in seconds from the start.
type Segment struct {
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	Text    string  `json:"text"`
	Speaker string  `json:"speaker,omitempty"` // "Speaker 1" is the first to speak; "" is unknown
	Words   []Word  `json:"words,omitempty"`
}

// Word is a word of a segment.
type Word struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Word  string  `json:"word"`
}

// Transcribe returns what is said in an audio file, which is sent as it is. What is not
// audio, or is too long or too large for the model, is refused before. The error is an
// [Error].
func (p *Provider) Transcribe(ctx context.Context, req TranscribeRequest) (*Transcript, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	if err := req.adaptLanguage(&c.warnings); err != nil {
		return nil, err
	}
	model, err := p.models.resolve(ctx, req.Model, p.models.defaults().Speech, require(catalog.SpeechToText))
	if err != nil {
		return nil, err
	}
	file, err := p.openAudio(ctx, req.Audio, *model.entry)
	if err != nil {
		return nil, err
	}
	defer file.close()
	return (&transcription{p, c, req, file}).run(ctx, model)
}

// adaptLanguage replaces the language by its code.
func (r *TranscribeRequest) adaptLanguage(w *warnings) error {
	given := unquote(r.Language)
	if given == "" || strings.EqualFold(given, "auto") {
		r.Language = ""
		return nil
	}
	code, ok := audio.Language(given)
	if !ok {
		hint := "give a code of ISO 639-1 such as en, fr or de, or leave it out: then it is detected"
		if similar := virtual.Suggest(given, audio.LanguageNames()); similar != "" {
			hint = fmt.Sprintf("did you mean %s? Else %s", similar, hint)
		}
		return InvalidArgument(fmt.Sprintf("language: %q is not a known language", excerpt(given)), hint)
	}
	if !strings.EqualFold(code, given) {
		w.add(WarnArgumentAdapted, "language: %q was read as %s", excerpt(given), code)
	}
	r.Language = code
	return nil
}

// transcription is one call of [Provider.Transcribe].
type transcription struct {
	*Provider
	call *call
	req  TranscribeRequest
	file *audioFile
}

// run asks the model, and then its fallbacks in turn.
func (t *transcription) run(ctx context.Context, model resolvedModel) (*Transcript, error) {
	var failed error // of the last model that a request went to
	for next, ok := t.models.avoidCooling(ctx, model), true; ok; {
		got, tried, err := t.askModel(ctx, next)
		if err == nil {
			t.cooldown.Succeed(next.id)
			return t.result(ctx, next, got), nil
		}
		failure := AsError(err)
		if !tried {
			failed = notSent(failed, err)
		} else if failed = err; leadsToFallback(ctx, failure) {
			t.cooldown.Fail(next.id)
		}
		next, ok = t.models.next(ctx, next, failure)
	}
	failure := t.call.fail(failed)
	if failure.Code == CodeFileUnreadable {
		failure.Retryable = true // it changed: not now, but when nothing writes to it
	}
	return nil, failure
}

// askModel asks one model, again after failures that may pass, and without the fields
// that it refuses although the call can do without them. tried reports whether a request
// went out.
func (t *transcription) askModel(ctx context.Context, model resolvedModel) (got *heard, tried bool, err error) {
	if err := t.checkLimits(*model.entry); err != nil {
		return nil, false, err
	}
	charge := budget.NewAudioCharge(t.pricedModels(ctx), model.id, t.expectedSeconds(*model.entry))
	var (
		refused, given []string
		cause          error // of the request before, which was refused
	)
	for {
		made, err := t.sender.withRetry(ctx, OperationTranscriptions, model, t.call.wait, charge, func() (err error) {
			var fields []formField
			fields, given = t.req.fields(model.id, slices.Concat(t.niceties.of(model.id), refused))
			if got, err = t.send(ctx, fields); err != nil {
				return t.models.explainNotFound(ctx, model, err)
			}
			charge.Answered(model.id, nil)
			charge.Heard(got.seconds(t.file.info))
			t.call.cost = charge.Cost()
			return nil
		})
		t.call.attempts = append(t.call.attempts, made...)
		if tried = tried || len(made) > 0; len(made) == 0 {
			return nil, tried, notSent(cause, err)
		}
		more := refusedFormFields(err, given)
		if len(more) == 0 {
			if err == nil {
				t.niceties.remember(model.id, refused)
			}
			return got, tried, err
		}
		refused, cause = append(refused, more...), err
	}
}

// checkLimits refuses a file that the model does not take of this caller.
func (t *transcription) checkLimits(m catalog.Model) error {
	anonymous := t.client.key == ""
	seconds, bytes := m.Audio.Limits(anonymous)
	keySeconds, keyBytes := m.Audio.Limits(false)
	info, size := t.file.info, t.file.size
	var has, most, withKey string
	helps := false // a key does
	switch {
	case bytes > 0 && size > bytes:
		has, most, withKey, helps = text.Bytes(size), text.Bytes(bytes), text.Bytes(keyBytes), size <= keyBytes
	case seconds > 0 && info.Exact && info.Seconds > float64(seconds):
		has, most, withKey = text.Number(math.Ceil(info.Seconds))+" s", fmt.Sprintf("%d s", seconds), fmt.Sprintf("%d s", keySeconds)
		helps = info.Seconds <= float64(keySeconds)
	default:
		return nil
	}
	e := &Error{
		Code: CodePayloadTooLarge, Message: fmt.Sprintf("audio: %s has %s, and %s takes %s", t.file.name, has, m.ID, most),
		Hint: fmt.Sprintf("cut it into parts, by: ffmpeg -i FILE -f segment -segment_time %d -c copy part%%03d%s",
			cmp.Or(seconds, 600), info.Extension),
	}
	if anonymous {
		e.Message += fmt.Sprintf(" without a key (%s with one)", withKey)
	}
	if anonymous && helps {
		e.Hint = "set a key, or " + e.Hint + ". " + t.client.noKey()
	}
	return e
}

// expectedSeconds estimates how long the audio lasts, on the high side. What a header says
// is believed as far as the size of the file bears it out: speech has at least 8 kbit/s,
// MPEG audio at most 448, and PCM at most 8 channels of 32 bits at 192 kHz.
func (t *transcription) expectedSeconds(m catalog.Model) float64 {
	const leastBytes, mostBytes, mostExact, most = 1000, 56_000, 6_200_000, 10_800
	info, size := t.file.info, float64(t.file.size)
	limit, _ := m.Audio.Limits(t.client.key == "")
	longest := float64(cmp.Or(limit, most))
	switch {
	case info.Exact:
		return max(info.Seconds, size/mostExact)
	case info.Seconds > 0:
		return min(max(info.Seconds, size/mostBytes), longest)
	default:
		return min(size/leastBytes, longest)
	}
}

// result returns the transcript of an answer, and says what it lacks.
func (t *transcription) result(ctx context.Context, model resolvedModel, got *heard) *Transcript {
	w := &t.call.warnings
	w.addAll(model.warnings)
	t.models.warnDeprecated(ctx, w, got.notice, model.id, model.requirements)
	result := &Transcript{Text: got.text, Language: got.language, Segments: got.joined()}
	if seconds := got.seconds(t.file.info); seconds != nil {
		result.Seconds = *seconds
	} else if model.entry.Price(catalog.AudioSeconds) != nil {
		w.add(WarnUsageMissing, "the service did not say how long the audio lasts, so the cost is unknown")
	}
	switch {
	case result.Text == "":
		w.add(WarnEmptyResponse, "no speech was found in the audio")
	case t.req.Words && !slices.ContainsFunc(result.Segments, func(s Segment) bool { return s.Words != nil }):
		w.add(WarnArgumentIgnored, "timestamps: %s returned no times of words", model.id)
	case t.req.Segments && len(result.Segments) == 0:
		w.add(WarnArgumentIgnored, "timestamps: %s returned no times", model.id)
	}
	if t.req.Diarize && result.Text != "" && !slices.ContainsFunc(result.Segments, func(s Segment) bool { return s.Speaker != "" }) {
		w.add(WarnArgumentIgnored, "diarize had no effect: %s returned no speakers", model.id)
	}
	result.Meta = t.call.meta(Meta{Model: model.id, RequestedModel: model.requested, ResolvedBy: model.resolvedBy})
	return result
}

// send sends the file once and reads the answer.
func (t *transcription) send(ctx context.Context, fields []formField) (*heard, error) {
	form := newUpload(fields, t.file, t.req)
	if t.req.OnWait != nil && t.file.size >= largeUpload {
		t.req.OnWait("sending " + text.Bytes(t.file.size) + " of audio")
	}
	got, err := t.client.transcribe(ctx, form, growing{hold: t.holdAnswer})
	if failed := form.stop(); failed != nil {
		return nil, t.audioError(ctx, failed)
	}
	if err == nil {
		return got, nil
	}
	failure := *AsError(err)
	switch {
	case failure.Status == http.StatusRequestEntityTooLarge:
		failure.Hint = "cut the audio into parts, or compress it"
	case failure.Code == CodeUpstreamTimeout:
		failure.Hint = "try again, cut the audio into parts, or raise --timeout"
	}
	return nil, &failure
}
