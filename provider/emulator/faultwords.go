package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// FaultWord is a word of the language in which a request asks for a fault; see
// [Options.RequestedFaults]. It is "name" or "name=value".
type FaultWord struct {
	Form    string // as it is written: "status=N"
	Meaning string

	kind  wordKind
	needs requestKind
	set   func(f *Fault, value string) (ok bool)
}

// wordKind is what a word does to the answer. Of those that choose or replace it, a
// request can have one, and a replaced one cannot be changed.
type wordKind int

const (
	besideAnswer wordKind = iota
	changesAnswer
	choosesAnswer
	replacesAnswer
)

// requestKind is a set of kinds of requests: the kind of one, or those that a word is for.
type requestKind int

const (
	otherRequest requestKind = 1 << iota
	embeddingRequest
	transcriptionRequested
	chatRequested
	streamedCompletion
	batchCreation

	chatCompletion = chatRequested | streamedCompletion
	textAnswer     = chatCompletion | transcriptionRequested
	modelRequest   = textAnswer | embeddingRequest
	anyRequest     = modelRequest | batchCreation | otherRequest
)

func (k requestKind) String() string {
	return map[requestKind]string{
		streamedCompletion: "a streamed chat completion", chatCompletion: "a chat completion",
		textAnswer: "a chat completion or a transcription", modelRequest: "a request to a model", batchCreation: "a batch to be created",
	}[k]
}

// The bounds of what a request may ask for.
const (
	maxFaultDelay = 10 * time.Minute
	maxFaultCount = 1000
	maxRetryAfter = 3600 // seconds
)

// FaultWords returns the words, those that replace the answer first.
func FaultWords() []FaultWord {
	return []FaultWord{
		{"status=N", "the answer is an error with this status, 400 to 599, and the service's body for it; `429` is short for `status=429`",
			replacesAnswer, anyRequest, number(400, 599, func(f *Fault, n int) { f.refuse(n) })},
		{"drop", "the connection is closed without an answer",
			replacesAnswer, anyRequest, flag(func(f *Fault) { f.DropConnection = true })},
		{"hang", "the headers of a stream are sent, and then nothing until the client goes away",
			replacesAnswer, anyRequest, flag(func(f *Fault) { f.Hang = true })},
		{"empty", "the answer is a success without any text",
			choosesAnswer, textAnswer, flag(func(f *Fault) { f.Empty = true })},
		{"length", "the answer ends after three tokens, with the finish reason `length`",
			choosesAnswer, chatCompletion, flag(func(f *Fault) { f.Truncated = true })},
		{"refusal", "the answer has a `refusal` and no content",
			choosesAnswer, chatCompletion, flag(func(f *Fault) { f.Refusal = true })},
		{"malformed", "the JSON of the answer is cut in the middle; in a stream, that of its second event",
			choosesAnswer, anyRequest, flag(func(f *Fault) { f.Malformed = true })},
		{"invalid", "the batch that is created fails in validation",
			choosesAnswer, batchCreation, flag(func(f *Fault) { f.Batch = BatchInvalid })},
		{"stuck", "the batch that is created does nothing until its window is over, and expires",
			choosesAnswer, batchCreation, flag(func(f *Fault) { f.Batch = BatchStuck })},
		{"expire", "the batch that is created expires when half of its lines are done, without waiting for its window",
			choosesAnswer, batchCreation, flag(func(f *Fault) { f.Batch = BatchExpired })},
		{"cut=N", "the connection is closed after so many events of a stream, 0 to 1000",
			changesAnswer, streamedCompletion, number(0, maxFaultCount, func(f *Fault, n int) { f.Cut = &n })},
		{"no-done", "the stream ends without `[DONE]`",
			changesAnswer, streamedCompletion, flag(func(f *Fault) { f.NoDone = true })},
		{"no-usage", "the answer does not count tokens",
			changesAnswer, modelRequest, flag(func(f *Fault) { f.NoUsage = true })},
		{"delay=DURATION", "time before the answer, such as `1.5s`, up to `10m`",
			besideAnswer, anyRequest, faultDelay},
		{"retry-after=N", "the header `Retry-After` of an error, 0 to 3600 seconds",
			besideAnswer, anyRequest, number(0, maxRetryAfter, func(f *Fault, n int) { f.Header["Retry-After"] = strconv.Itoa(n) })},
		{"times=N", "only N requests in a row get the fault, 1 to 1000; the next one is answered, and then it starts again",
			besideAnswer, anyRequest, number(1, maxFaultCount, func(f *Fault, n int) { f.Times = n })},
	}
}

func (w FaultWord) name() string {
	name, _, _ := strings.Cut(w.Form, "=")
	return name
}

func flag(set func(*Fault)) func(*Fault, string) bool {
	return func(f *Fault, value string) bool {
		set(f)
		return value == ""
	}
}

func number(least, most int, set func(*Fault, int)) func(*Fault, string) bool {
	return func(f *Fault, value string) bool {
		n, err := strconv.Atoi(value)
		set(f, n)
		return err == nil && n >= least && n <= most
	}
}

func faultDelay(f *Fault, value string) bool {
	d, err := time.ParseDuration(value)
	f.Delay = d
	return err == nil && d > 0 && d <= maxFaultDelay
}

// refuse makes the answer an error in the service's words.
func (f *Fault) refuse(status int) {
	f.Status, f.Body = status, string(encode(serviceError(status).body))
}

// parseFault reads words, separated by blanks or commas, that a request of this kind
// asks for a fault with. Its errors say what is allowed.
func parseFault(spec string, kind requestKind) (Fault, error) {
	f := Fault{Header: map[string]string{emulatorHeader: emulatorName}}
	var given []FaultWord
	for _, text := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		word, value, err := findWord(text)
		if err != nil {
			return f, err
		}
		if !word.set(&f, value) {
			return f, fmt.Errorf("%.40q is not allowed; give %s: %s", text, word.Form, word.Meaning)
		}
		if kind&word.needs == 0 {
			return f, fmt.Errorf("%s needs %s", word.name(), word.needs)
		}
		for _, other := range given {
			if other.Form == word.Form {
				return f, fmt.Errorf("%s is given twice", word.name())
			}
			if other.contradicts(word) {
				return f, fmt.Errorf("%s and %s contradict each other", other.name(), word.name())
			}
		}
		given = append(given, word)
	}
	switch {
	case f.Header["Retry-After"] != "" && f.Status == 0:
		return f, fmt.Errorf("retry-after needs a status such as %d", http.StatusTooManyRequests)
	case !slices.ContainsFunc(given, func(w FaultWord) bool { return w.name() != "times" }):
		return f, fmt.Errorf("no fault is named; the words are %s", wordForms())
	}
	return f, nil
}

func findWord(text string) (word FaultWord, value string, err error) {
	name, value, _ := strings.Cut(text, "=")
	if _, err := strconv.Atoi(text); err == nil {
		name, value = "status", text
	}
	words := FaultWords()
	i := slices.IndexFunc(words, func(w FaultWord) bool { return w.name() == name })
	if i < 0 {
		return FaultWord{}, "", fmt.Errorf("unknown word %.40q; the words are %s", text, wordForms())
	}
	return words[i], value, nil
}

func wordForms() string {
	var forms []string
	for _, w := range FaultWords() {
		forms = append(forms, w.Form)
	}
	return strings.Join(forms, ", ")
}

func (w FaultWord) contradicts(other FaultWord) bool {
	first, second := max(w.kind, other.kind), min(w.kind, other.kind)
	return first == replacesAnswer && second != besideAnswer || first == choosesAnswer && second == choosesAnswer
}
