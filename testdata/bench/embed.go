package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// measureEmbed compares texts in the arguments, whose vectors are in the result, with
// the direct batched call.
func (r *run) measureEmbed(ctx context.Context) error {
	server, err := r.programs[oursColumn].startStdio(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	for _, floats := range []bool{true, false} {
		r.upstream.embeddings.onlyFloats.Store(floats)
		for _, count := range []int{1, 25, 1000} {
			texts := embedTexts(count)
			request := map[string]any{"model": embedModel, "input": texts}
			if !floats {
				request["output"] = "base64"
			}
			arguments, err := json.Marshal(request)
			if err != nil {
				return err
			}
			candidates := [columns]candidate{
				oursColumn: {call: func(ctx context.Context) error {
					_, err := callTool(ctx, server, "embed", string(arguments), nil)
					return err
				}},
				directColumn: {call: func(ctx context.Context) error {
					_, err := r.upstream.embed(ctx, texts, floats)
					return err
				}},
			}
			measure := fmt.Sprintf("`embed` of %s, as %s", thousands(count), encodingName(floats))
			if err := r.compare(ctx, measure, max(1, batch/count), candidates); err != nil {
				return err
			}
		}
	}
	return nil
}

func embedTexts(count int) []string {
	texts := make([]string, count)
	for i := range texts {
		texts[i] = fmt.Sprintf("%s%d says why the sky is blue.", marker, i)
	}
	return texts
}
