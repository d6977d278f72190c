package tones_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

func read(t testing.TB, file []byte) tones.Sound {
	t.Helper()
	s, err := tones.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// notes writes tones as "A4 0.0-1.0 center, …".
func notes(s tones.Sound) string {
	var texts []string
	for _, tone := range s.Tones {
		texts = append(texts, fmt.Sprintf("%s %.1f-%.1f %s", tone.Note(), tone.Start, tone.End, [...]string{"center", "left", "right"}[tone.Side]))
	}
	return strings.Join(texts, ", ")
}

func TestTonesOfEveryFormat(t *testing.T) {
	for _, f := range []tonetest.Format{
		{},
		{Bits: 8}, {Bits: 24}, {Bits: 32}, {Bits: 32, Float: true}, {Bits: 64, Float: true},
		{Rate: 8000}, {Rate: 11025}, {Rate: 22050}, {Rate: 44100, Channels: 2}, {Rate: 48000, Bits: 24, Channels: 2}, {Rate: 96000},
		{Channels: 6}, {Extensible: true}, {Extensible: true, Bits: 32, Float: true, Channels: 2},
	} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			file := tonetest.WAV(f, tonetest.Note{Hertz: 440, Seconds: 1}, tonetest.Note{Seconds: 0.5},
				tonetest.Note{Hertz: 110, Seconds: 0.5}, tonetest.Note{Hertz: 1046.5, Seconds: 2})
			s := read(t, file)
			want := "A4 0.0-1.0 center, A2 1.5-2.0 center, C6 2.0-3.0 center, C6 3.0-4.0 center"
			if got := notes(s); got != want && f.Rate != 11025 {
				t.Errorf("heard %s, want %s", got, want)
			}
			if got := len(s.Tones); got != 4 {
				t.Errorf("%d tones: %s", got, notes(s))
			}
			if math.Abs(s.Seconds-4) > 0.001 || s.Bytes != int64(len(file)) || s.Container != "WAV" {
				t.Errorf("%s of %v seconds and %d bytes", s.Container, s.Seconds, s.Bytes)
			}
		})
	}
}

func TestSides(t *testing.T) {
	s := read(t, tonetest.WAV(tonetest.Format{Channels: 2}, tonetest.Note{Hertz: 440, Seconds: 0.5, Channel: 1},
		tonetest.Note{Hertz: 440, Seconds: 0.5, Channel: 2}, tonetest.Note{Hertz: 440, Seconds: 0.5}))
	if got, want := notes(s), "A4 0.0-0.5 left, A4 0.5-1.0 right, A4 1.0-1.5 center"; got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
}

// A change within a window makes no tone of its own, and a file may end anywhere.
func TestOddLengths(t *testing.T) {
	s := read(t, tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 262, Seconds: 0.96}, tonetest.Note{Hertz: 523, Seconds: 0.97}))
	if got, want := notes(s), "C4 0.0-1.0 center, C5 1.0-1.9 center"; got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
	beep := tonetest.Note{Hertz: 880, Seconds: 0.05}
	if got := notes(read(t, tonetest.WAV(tonetest.Format{}, beep))); got != "A5 0.0-0.1 center" {
		t.Errorf("a beep: %s", got)
	}
	if s := read(t, tonetest.WAV(tonetest.Format{}, tonetest.Note{Seconds: 2})); s.Tones != nil || s.Seconds != 2 {
		t.Errorf("silence: %+v", s)
	}
	if s := read(t, tonetest.WAV(tonetest.Format{})); s.Tones != nil || s.Seconds != 0 {
		t.Errorf("no samples: %+v", s)
	}
	whole := tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 1})
	if s := read(t, whole[:len(whole)-16_001]); math.Abs(s.Seconds-0.5) > 0.001 {
		t.Errorf("a cut file has %v seconds", s.Seconds)
	}
	piped := bytes.Replace(whole, binary.LittleEndian.AppendUint32([]byte("data"), 32_000), []byte("data\xff\xff\xff\xff"), 1)
	if s := read(t, piped); s.Seconds != 1 || bytes.Equal(piped, whole) {
		t.Errorf("a file of unknown size has %v seconds", s.Seconds)
	}
}

func TestNotes(t *testing.T) {
	for hertz, want := range map[float64]string{
		0: "noise", 15: "noise", 16.35: "C0", 27.5: "A0", 261.63: "C4", 440: "A4", 466: "A#4", 452: "A4", 20000: "D#10",
	} {
		if got := (tones.Tone{Hertz: hertz}).Note(); got != want {
			t.Errorf("%v Hz is %s, want %s", hertz, got, want)
		}
	}
}

func TestContainers(t *testing.T) {
	for head, want := range map[string]string{
		"ID3\x04rest": "MP3", "\xff\xfb\x90\x00": "MP3", "\xff\xf3\x40\x00": "MP3", "\xff\xfd\x90\x00": "MPEG",
		"\xff\xf1\x50\x80": "AAC", "\xff\xf9\x50\x80": "AAC", "fLaC\x00": "FLAC", "OggS\x00\x02": "Ogg",
		"OggS\x00\x02" + strings.Repeat("\x00", 22) + "OpusHead": "Opus", "\x1a\x45\xdf\xa3": "WebM",
		"\x00\x00\x00\x20ftypM4A ": "M4A", "\x00\x00\x00\x20ftypisom": "MP4", "\x00\x00\x01\xba\x44": "MPEG",
	} {
		s, err := tones.Read(iotest.OneByteReader(strings.NewReader(head)))
		if err != nil || s.Container != want || s.Bytes != int64(len(head)) || s.Seconds != 0 {
			t.Errorf("%q: %+v, %v, want %s", head, s, err, want)
		}
	}
}

func TestWhatIsNotAudio(t *testing.T) {
	wav := tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 0.1})
	format := bytes.Index(wav, []byte("fmt ")) + 8
	with := func(at int, value byte) string {
		changed := bytes.Clone(wav)
		changed[at] = value
		return string(changed)
	}
	for name, file := range map[string]string{
		"nothing": "", "text": "hello, this is a text", "a picture": "\x89PNG\r\n\x1a\n", "zeros": strings.Repeat("\x00", 1000),
		"a frame of no version": "\xff\xeb\x90\x00", "a frame of no bit rate": "\xff\xfb\xf0\x00", "AVI": "RIFF\x00\x00\x00\x00AVI LIST",
		"a WAV of nothing": "RIFF\x00\x00\x00\x00WAVE", "a cut head": string(wav[:format+4]), "no data": string(wav[:format+16]),
		"no format": "RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00", "A-law": with(format, 6), "no channel": with(format+2, 0),
		"9 channels": with(format+2, 9), "12 bits": with(format+14, 12), "a short format": with(format-4, 14),
		"a rate of 4 GHz": with(format+7, 0xff),
	} {
		if s, err := tones.Read(strings.NewReader(file)); !errors.Is(err, tones.ErrNotAudio) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestAnErrorOfTheReaderIsReturned(t *testing.T) {
	wav := tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 3})
	for _, at := range []int{0, 10, 600, len(wav) - 1} {
		torn := errors.New("torn")
		_, err := tones.Read(io.MultiReader(bytes.NewReader(wav[:at]), iotest.ErrReader(torn)))
		if !errors.Is(err, torn) {
			t.Errorf("after %d bytes: %v", at, err)
		}
	}
}

// zeros is a file of any size that is not held anywhere.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestReadIsLinear(t *testing.T) {
	head := tonetest.WAV(tonetest.Format{Rate: 8000, Bits: 8})
	copy(head[len(head)-4:], "\xff\xff\xff\xff")
	took := func(size int64) time.Duration {
		began := time.Now()
		if _, err := tones.Read(io.MultiReader(bytes.NewReader(head), io.LimitReader(zeros{}, size))); err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	took(1 << 20)
	if small, large := took(2<<20), took(16<<20); large > 40*small {
		t.Errorf("eight times the bytes take %v in place of %v", large, small)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(tonetest.WAV(tonetest.Format{Rate: 800}, tonetest.Note{Hertz: 110, Seconds: 0.3}))
	f.Add(tonetest.WAV(tonetest.Format{Rate: 800, Channels: 2, Bits: 64, Float: true, Extensible: true}, tonetest.Note{Hertz: 110, Seconds: 0.2}))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"))
	f.Add([]byte("ID3"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := tones.Read(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, tones.ErrNotAudio) {
				t.Fatal(err)
			}
			return
		}
		if s.Bytes != int64(len(file)) || s.Container == "" || s.Seconds < 0 {
			t.Fatalf("%+v of %d bytes", s, len(file))
		}
		end := 0.0
		for _, tone := range s.Tones {
			if tone.Start < end-1e-9 || tone.End < tone.Start || tone.End > s.Seconds+1e-9 || tone.Note() == "" || math.IsNaN(tone.Hertz) {
				t.Fatalf("%+v after %v of %v seconds", tone, end, s.Seconds)
			}
			end = tone.End
		}
	})
}
