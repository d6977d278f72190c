package e2e

import (
	"strings"
)

func (r *realRun) checkImage() {
	photo := dataURL(readPhoto(r.T))
	got := r.call(r.chat, "describe-image", map[string]any{"model": r.model, "image": photo, "max_tokens": 60}, "")
	inChat := r.call(r.chat, "chat", map[string]any{"model": r.model, "max_tokens": 60, "messages": []any{map[string]any{
		"role": "user", "content": []any{
			map[string]any{"type": "text", "text": "What is this?"},
			map[string]any{"type": "image_url", "image_url": map[string]any{"url": photo}},
		},
	}}}, "")
	if !r.lacksAbility("vision") {
		if got.isError || inChat.isError || got.structured["description"] == "" {
			r.Errorf("got %v and %v", got.structured, inChat.structured)
		}
		return
	}
	r.fails(inChat, "unsupported")
	r.notes = nil // the other says the same
	r.fails(got, "unsupported")
}

func (r *realRun) checkOverflow() {
	if r.context == 0 {
		r.Skip("AI_ENDPOINTS_TEST_CONTEXT does not say how long the context is")
	}
	prompt := strings.Repeat("word ", r.context)
	got := r.call(r.chat, "chat", map[string]any{"model": r.model, "prompt": prompt, "max_tokens": 8}, "")
	r.fails(got, "context_too_long")
	if got.structured["attempts"] != nil {
		r.Errorf("it was asked again: %v", got.structured["attempts"])
	}
}

func (r *realRun) checkBadParameter() {
	got := r.call(r.chat, "chat", map[string]any{"model": r.model, "prompt": "hi", "temperature": 3}, "")
	r.fails(got, "invalid_argument", "temperature")
	// An engine that refuses one of these is asked again without it.
	got = r.call(r.chat, "chat", map[string]any{
		"model": r.model, "prompt": "hi", "max_tokens": 8, "reasoning_effort": "low", "user": "somebody", "presence_penalty": 1,
	}, "")
	if got.isError {
		r.Errorf("fields that a call can do without: %s", got.texts[0])
	}
	r.warned(got, "argument_ignored")
}

func (r *realRun) checkWrongKey() {
	if r.key == "" {
		r.Skip("AI_ENDPOINTS_TEST_KEY holds no key, so none can be wrong")
	}
	r.Setenv("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "sk-0123456789abcdef0123456789abcdef")
	got := r.call(r.start(r.url), "chat", map[string]any{"model": r.model, "prompt": "hi", "max_tokens": 8}, "")
	r.fails(got, "auth_failed")
	if strings.Contains(got.texts[0], "0123456789abcdef") {
		r.Errorf("the key is in the error: %s", got.texts[0])
	}
}

func (r *realRun) checkWrongPath() {
	a := r.start(strings.TrimSuffix(r.url, "/v1") + "/wrong")
	r.fails(r.call(a, "chat", map[string]any{"model": r.model, "prompt": "hi", "max_tokens": 8}, ""), "upstream_rejected", "--base-url")
}
