package tones

import (
	"math"
	"strconv"
)

// What is a tone, and how much of a file is looked at.
const (
	windowsPerSecond = 10
	maxSeconds       = 3 * 60 * 60
	silence          = 0.01 // a root mean square below it is silent, of samples from -1 to 1
	sameTone         = 0.03 // windows whose frequencies differ by less are one tone: half a semitone
)

// Side is the channel that a tone is on.
type Side int

// A tone is on one side if it is at least twice as loud there.
const (
	Center Side = iota // mono, or about as loud on both channels
	Left
	Right
)

// Tone is a part of a sound that has one frequency, at most a second and a half long.
type Tone struct {
	Start, End float64 // seconds
	Hertz      float64 // 0 for a noise without a frequency
	Side       Side
}

// Note returns the name of the nearest note, such as "A4" for 440 Hz or "C#5"; "noise"
// for what has no frequency.
func (t Tone) Note() string {
	if t.Hertz < 16 {
		return "noise"
	}
	key := int(math.Round(69 + 12*math.Log2(t.Hertz/440)))
	names := [...]string{"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"}
	return names[key%12] + strconv.Itoa(key/12-1)
}

// window is a tenth of a second of one or two channels.
type window struct {
	rate    int
	samples [][]float64
}

// tone returns what sounds in the window; ok is false for silence.
func (w window) tone(start, end float64) (t Tone, ok bool) {
	t = Tone{Start: start, End: end}
	loudness, loudest := make([]float64, len(w.samples)), 0
	for i, samples := range w.samples {
		if loudness[i] = level(samples); loudness[i] > loudness[loudest] {
			loudest = i
		}
	}
	if loudness[loudest] < silence {
		return t, false
	}
	if len(loudness) == 2 {
		switch {
		case loudness[0] >= 2*loudness[1]:
			t.Side = Left
		case loudness[1] >= 2*loudness[0]:
			t.Side = Right
		}
	}
	t.Hertz = frequency(w.samples[loudest], w.rate)
	return t, true
}

// level takes the mean off the samples and returns their root mean square.
func level(samples []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range samples {
		mean += v / float64(len(samples))
	}
	for i := range samples {
		samples[i] -= mean
		squares += samples[i] * samples[i]
	}
	return math.Sqrt(squares / float64(len(samples)))
}

// frequency measures the time between the first and the last rise through zero. A rise
// counts only after the samples were well below zero, so noise does not add any.
func frequency(samples []float64, rate int) float64 {
	peak := 0.0
	for _, v := range samples {
		peak = max(peak, math.Abs(v))
	}
	first, last, rises, below := 0.0, 0.0, 0, false
	for i, v := range samples {
		below = below || v < -peak/4
		if !below || v < 0 {
			continue
		}
		below = false
		previous := samples[i-1] // below zero, so i is not the first
		at := float64(i) - v/(v-previous)
		if rises == 0 {
			first = at
		}
		last = at
		rises++
	}
	if rises < 2 {
		return 0
	}
	return float64(rises-1) * float64(rate) / (last - first)
}

// tracker joins windows of the same frequency.
type tracker struct{ runs []run }

// run is a tone of several windows.
type run struct {
	Tone
	windows int
}

func (k *tracker) add(t Tone, ok bool) {
	if !ok {
		return
	}
	if n := len(k.runs); n > 0 {
		last := &k.runs[n-1]
		if last.End == t.Start && last.Side == t.Side && math.Abs(last.Hertz-t.Hertz) <= sameTone*last.Hertz {
			last.End = t.End
			last.Hertz += (t.Hertz - last.Hertz) / float64(last.windows+1)
			last.windows++
			return
		}
	}
	k.runs = append(k.runs, run{t, 1})
}

// tones returns the tones, long ones cut into one a second. A single window between two
// tones holds the end of one and the start of the other, and is not a tone of its own.
func (k *tracker) tones() []Tone {
	var kept []run
	for i, r := range k.runs {
		follows := len(kept) > 0 && kept[len(kept)-1].End == r.Start
		switch {
		case r.windows == 1 && follows:
			kept[len(kept)-1].End = r.End
		case r.windows == 1 && i+1 < len(k.runs) && k.runs[i+1].Start == r.End:
			k.runs[i+1].Start = r.Start
		default:
			kept = append(kept, r)
		}
	}
	var cut []Tone
	for _, r := range kept {
		for r.End-r.Start >= 1.5 {
			second := r.Tone
			second.End = second.Start + 1
			cut = append(cut, second)
			r.Start = second.End
		}
		cut = append(cut, r.Tone)
	}
	return cut
}
