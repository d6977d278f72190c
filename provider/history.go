package provider

import "slices"

// leftOut stands for an image that is no longer sent, so that the turn that showed it
// still says so.
const leftOut = "[an image that is no longer sent]"

// trimImages leaves out the oldest images of a conversation that shows more than limit.
// Those of the last message stay: the question is about them.
func trimImages(messages []Message, limit int, w *warnings) []Message {
	over := -limit
	for _, m := range messages {
		over += m.Content.images()
	}
	if over <= 0 {
		return messages
	}
	dropped := 0
	trimmed := slices.Clone(messages)
	for i := range trimmed[:len(trimmed)-1] {
		parts := slices.Clone(trimmed[i].Content.Parts)
		for j := range parts {
			if parts[j].Type == "image_url" && dropped < over {
				parts[j] = Part{Type: "text", Text: leftOut}
				dropped++
			}
		}
		trimmed[i].Content.Parts = parts
	}
	if dropped > 0 {
		w.add(WarnHistoryTrimmed, "the oldest images were left out: %d; the model takes %d", dropped, limit)
	}
	return trimmed
}

func (c Content) images() int {
	count := 0
	for _, part := range c.Parts {
		if part.Type == "image_url" {
			count++
		}
	}
	return count
}
