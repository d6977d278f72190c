package e2e

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

// A Go client has files, batches and transcriptions of the emulator as of the service.
func TestABatchOnTheEmulator(t *testing.T) {
	client, ctx := startEmulator(t, "--batch-time", "0s").client(), testContext(t)
	const line = `{"custom_id":"one","method":"POST","url":"/v1/chat/completions",
		"body":{"model":"gpt-oss-20b","messages":[{"role":"user","content":"Why is the sky blue?"}]}}`
	file, err := client.Files.New(ctx, openai.FileNewParams{
		File: openai.File(strings.NewReader(strings.ReplaceAll(line, "\n", "")), "requests.jsonl", "application/jsonl"), Purpose: openai.FilePurposeBatch,
	})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := client.Batches.New(ctx, openai.BatchNewParams{
		InputFileID: file.ID, Endpoint: openai.BatchNewParamsEndpointV1ChatCompletions, CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
	})
	if err != nil {
		t.Fatal(err)
	}
	if batch.Status != openai.BatchStatusCompleted || batch.RequestCounts.Completed != 1 {
		t.Fatalf("the batch is %s", batch.RawJSON())
	}
	answer, err := client.Files.Content(ctx, batch.OutputFileID)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if output, err := io.ReadAll(answer.Body); err != nil || !bytes.Contains(output, []byte("Why is the sky blue?")) {
		t.Errorf("%v in %s", err, output)
	}
}

func TestATranscriptionOnTheEmulator(t *testing.T) {
	client := startEmulator(t).client()
	tune := tonetest.WAV(tonetest.Format{Channels: 2}, tonetest.Note{Hertz: 440, Seconds: 1}, tonetest.Note{Hertz: 880, Seconds: 1})
	heard, err := client.Audio.Transcriptions.New(testContext(t), openai.AudioTranscriptionNewParams{
		File: openai.File(bytes.NewReader(tune), "tune.wav", "audio/wav"), Model: "whisper-large-v3-turbo",
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(heard.RawJSON(), "}") || !strings.Contains(heard.RawJSON(), "[emulator] A4 A5") {
		t.Errorf("heard %s", heard.RawJSON())
	}
}
