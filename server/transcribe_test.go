package server_test

import (
	"encoding/base64"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

// speech is a second of sound as a data: URL, in which the emulator hears "A4 A5".
var speech = "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(
	tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 0.5}, tonetest.Note{Seconds: 0.4}, tonetest.Note{Hertz: 880, Seconds: 0.1}))
