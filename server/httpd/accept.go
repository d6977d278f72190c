package httpd

import (
	"mime"
	"strconv"
	"strings"
)

// acceptedForms returns which forms of an answer the Accept headers of a request take: a
// JSON document, a stream of events. Without a header that can be read, that is both.
func acceptedForms(headers []string) (document, events bool) {
	qualities := map[string]float64{}
	for entry := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		form, parameters, err := mime.ParseMediaType(entry)
		if err != nil {
			continue
		}
		quality, err := strconv.ParseFloat(parameters["q"], 64)
		if err != nil {
			quality = 1
		}
		qualities[form] = quality
	}
	if len(qualities) == 0 {
		return true, true
	}
	accepts := func(ranges ...string) bool {
		for _, r := range ranges { // from the most specific
			if quality, ok := qualities[r]; ok {
				return quality > 0
			}
		}
		return false
	}
	return accepts("application/json", "application/*", "*/*"), accepts("text/event-stream", "text/*", "*/*")
}
