package emulator

import (
	"cmp"
	"encoding/json"
)

// audioLimits is how long and how large an audio file may be: in seconds, and in MB of
// 2^20 bytes, with a key and without.
type audioLimits struct {
	Seconds          float64 `json:"max_audio_duration"`
	AnonymousSeconds float64 `json:"max_audio_duration_unauthenticated"`
	MB               int64   `json:"max_audio_size"`
	AnonymousMB      int64   `json:"max_audio_size_unauthenticated"`
}

// readAudioLimits returns the limits that a catalogue's payload has, by the model's id.
// Entries that cannot be read have none.
func readAudioLimits(payload []byte) map[string]audioLimits {
	var entries []json.RawMessage
	_ = json.Unmarshal(payload, &entries)
	limits := map[string]audioLimits{}
	for _, raw := range entries {
		var entry struct {
			ID       string
			Name     string
			Metadata struct {
				APIModelName string `json:"api_model_name"`
				ModelSpecs   struct {
					ModelParameters struct {
						Params audioLimits
					} `json:"model_parameters"`
				} `json:"model_specs"`
			}
		}
		if json.Unmarshal(raw, &entry) == nil {
			limits[cmp.Or(entry.Metadata.APIModelName, entry.Name, entry.ID)] = entry.Metadata.ModelSpecs.ModelParameters.Params
		}
	}
	return limits
}

// audioLimits returns the limits of a model, with defaults where its entry has none.
func (m models) audioLimits(id string) audioLimits {
	known := m.audio[id]
	return audioLimits{
		Seconds:          cmp.Or(known.Seconds, defaultAudioSeconds),
		AnonymousSeconds: cmp.Or(known.AnonymousSeconds, defaultAnonymousAudioSeconds),
		MB:               cmp.Or(known.MB, defaultAudioMB),
		AnonymousMB:      cmp.Or(known.AnonymousMB, defaultAnonymousAudioMB),
	}
}

// largestAudio returns the MB of the largest file that any model takes of a caller.
func (m models) largestAudio(caller string) int64 {
	largest := int64(0)
	for id, model := range m.byID {
		if !model.HasInput("sound") {
			continue
		}
		limits := m.audioLimits(id)
		if caller == "" {
			limits.MB = limits.AnonymousMB
		}
		largest = max(largest, limits.MB)
	}
	return cmp.Or(largest, defaultAnonymousAudioMB)
}
