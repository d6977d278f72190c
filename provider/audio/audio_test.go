package audio_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/audio"
)

func read(data []byte) (audio.Info, error) {
	return audio.Read(bytes.NewReader(data), int64(len(data)))
}

func TestContainersAndDurations(t *testing.T) {
	for _, tt := range []struct {
		name      string
		in        []byte
		extension string
		seconds   float64
		exact     bool
	}{
		{"WAV", wav(1, 32000, 32000), ".wav", 2, true},
		{"WAV of floats", wav(3, 32000, 32000), ".wav", 2, true},
		{"WAV of a recorder that was cut off", wav(1, 16000, 32000), ".wav", 1, true},
		{"WAV from a pipe", wav(1, 16000, unknownSize), ".wav", 1, true},
		{"WAV with a size of 0", wav(1, 16000, 0), ".wav", 1, true},
		{"WAV of ADPCM", wav(2, 16000, 16000), ".wav", 1, false},
		{"WAV of over 4 GB", join("RF64", unknown(), "WAVE", chunk("ds64", le(8, 9), le(8, 8000), 12), wav(1, 16000, unknownSize)[12:]), ".wav", 0.5, true},
		{"FLAC", flac(44100, 441000), ".flac", 10, true},
		{"FLAC of a stream", flac(44100, 0), ".flac", 0, false},
		{"FLAC behind a tag", join(id3(200), flac(8000, 8000)), ".flac", 1, true},
		{"FLAC, cut", flac(44100, 441000)[:20], ".flac", 0, false},
		{"Opus", opus(48312), ".ogg", 1, true},
		{"Vorbis", join(page(2, 0, 1, vorbisHead), page(4, 44100, 1, "x")), ".ogg", 1, true},
		{"FLAC in Ogg", join(page(2, 0, 1, string(join("\x7fFLAC\x01\x00\x00\x01", flac(8000, 0)))), page(4, 16000, 1, "x")), ".ogg", 2, true},
		{"Opus whose last page has no time", join(opus(48312), page(4, -1, 7, "x")), ".ogg", 1, true},
		{"Opus beside a video", join(page(2, 0, 9, "\x80theora"), page(2, 0, 7, opusHead), page(4, 96312, 7, "x"), page(4, 5, 9, "x")), ".ogg", 2, true},
		{"Opus, joined files", join(opus(48312), page(2, 0, 8, opusHead), page(4, 48312, 8, "x")), ".ogg", 0, false},
		{"Opus, part of a broadcast", join(page(2, 0, 7, opusHead), page(0, 1e9, 7, "x"), page(4, 1e9+48000, 7, "x")), ".ogg", 0, false},
		{"Ogg of an unknown codec", join(page(2, 0, 7, "newcodec"), page(4, 5, 7, "x")), ".ogg", 0, false},
		{"M4A", mp4("M4A ", mvhd(), track("soun")), ".m4a", 90, true},
		{"M4A in 64 bits", mp4("M4A ", box("mvhd", "\x01", 19, be(4, 1000), be(8, 5000), 80), track("soun")), ".m4a", 5, true},
		{"M4A of unknown length", mp4("M4A ", box("mvhd", 12, be(4, 600), be(4, unknownSize), 80), track("soun")), ".m4a", 0, false},
		{"MP4 with sound", mp4("isom", mvhd(), track("vide"), track("soun")), ".mp4", 90, true},
		{"MP4 in fragments", mp4("iso5", mvhd(), track("soun"), box("mvex", 20)), ".m4a", 0, false},
		{"MP4 with a large box", join(box("ftyp", "mp42", 4), be(4, 1), "mdat", be(8, 116), 100, box("moov", mvhd(), track("soun"))), ".m4a", 90, true},
		{"QuickTime without a mark", join(box("wide"), box("mdat", 64), box("moov", mvhd(), track("soun"))), ".m4a", 90, true},
		{"MP3", mp3(100), ".mp3", 100 * 417 * 8 / 128000., false},
		{"MP3 behind tags", join(id3(300), id3(5), mp3(10)), ".mp3", 10 * 417 * 8 / 128000., false},
		{"MP3 behind a tag and padding", join(id3(20), 3000, mp3(10)), ".mp3", 10 * 417 * 8 / 128000., false},
		{"MP3 of a variable rate", xing(383), ".mp3", 383 * 1152 / 44100., false},
		{"a tag and something", join(id3(20), "something"), ".mp3", 0, false},
		{"MPEG audio layer II", bytes.Repeat(join("\xff\xfd\x80\x00", 413), 3), ".mpga", 0, false},
		{"AAC", adts(4), ".aac", 0, false},
		{"WebM", webm("webm", 2), ".webm", 0, false},
		{"Matroska", webm("matroska", 1, 2), ".webm", 0, false},
		{"WebM, only its head", webm("webm")[:30], ".webm", 0, false},
		{"MPEG", join("\x00\x00\x01\xba", 100), ".mpeg", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if tt.extension == ".mpga" {
				got.Seconds = 0
			}
			if got.Extension != tt.extension || math.Abs(got.Seconds-tt.seconds) > 0.001 || got.Exact != tt.exact {
				t.Errorf("got %+v", got)
			}
			if got.Container == "" || !strings.Contains(got.MediaType, "/") || !audio.IsAudio(tt.in) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func unknown() []byte { return le(4, unknownSize) }

func TestWhatIsNotAudioIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		in         []byte
		unknown    bool
	}{
		{"nothing", "is empty", nil, false},
		{"a text", "is not audio", []byte("Hello, world"), true},
		{"a text that is free", "is not audio", []byte("The free world, and more"), true},
		{"a text about tags", "is not audio", []byte("ID3 tags are in front of MP3"), true},
		{"UTF-16", "is not audio", []byte("\xff\xfeH\x00e\x00l\x00l\x00o\x00"), true},
		{"a long UTF-16", "is not audio", join("\xff\xfe", strings.Repeat("H\x00\xff\x00", 1000)), true},
		{"a JPEG", "is not audio", join("\xff\xd8\xff\xe0", 100), true},
		{"zeros", "is not audio", make([]byte, 5000), true},
		{"AIFF", "an AIFF file", join("FORM", 4, "AIFF", 20), false},
		{"AVI", "an AVI video", join("RIFF", 4, "AVI LIST", 20), false},
		{"WMA", "a Windows Media file", join("\x30\x26\xb2\x75\x8e\x66\xcf\x11", 20), false},
		{"HEIC", "a HEIC or AVIF image", box("ftyp", "heic", 8), false},
		{"a transport stream", "an MPEG transport stream", bytes.Repeat(join("\x47", 187), 4), false},
		{"a film without sound", "is a video without sound", mp4("isom", mvhd(), track("vide")), false},
		{"an MP4 without tracks", "is an MP4 file without sound", mp4("isom", mvhd()), false},
		{"an MP4 that is cut", "no index (moov)", mp4("isom", mvhd(), track("soun"))[:500], false},
		{"a WebM without sound", "is a video without sound", webm("webm", 1), false},
		{"an Ogg without sound", "is a video without sound", join(page(2, 0, 9, "\x80theora"), page(4, 5, 9, "x")), false},
		{"a WAV without samples", "is a WAV file without samples", wav(1, 0, 0)[:20], false},
		{"a WAV without sound", "is a WAV file without sound", wav(1, 0, 0), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.in)
			failed, ok := errors.AsType[*audio.Error](err)
			if !ok || !strings.Contains(failed.Message, tt.want) || failed.Hint == "" || failed.Unknown != tt.unknown {
				t.Errorf("got %#v", err)
			}
		})
	}
}

// counting counts what is read of a file.
type counting struct {
	io.ReaderAt
	reads, bytes int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.reads++
	n, err := c.ReaderAt.ReadAt(p, at)
	c.bytes += n
	return n, err
}

// Whatever a file says, the work is bounded, and what was not looked at is not held
// against it.
func TestTheWorkIsBounded(t *testing.T) {
	nested := box("hdlr", 8, "vide", 12)
	for range 100 {
		nested = box("moov", nested)
	}
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"chunks", join("RIFF", 4, "WAVE", bytes.Repeat(chunk("junk"), 1_000_000))},
		{"boxes", join(box("ftyp", "isom"), bytes.Repeat(box("free"), 1_000_000))},
		{"boxes in boxes", join(box("ftyp", "isom"), bytes.Repeat(nested, 2_000), bytes.Repeat(box("free"), 10_000))},
		{"tracks", mp4("isom", bytes.Repeat(track("vide"), 50_000))},
		{"elements", join(element("\x1a\x45\xdf\xa3"), "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", bytes.Repeat(element("\xec"), 1_000_000))},
		{"streams", bytes.Repeat(page(2, 0, 9, "\x80theora"), 300_000)},
		{"marks of pages", join(page(2, 0, 7, opusHead), page(0, 5, 7, "x"), bytes.Repeat([]byte("OggS\x00\x00"), 1_000_000))},
		{"tags", bytes.Repeat(id3(0), 1_000_000)},
		{"padding", join(id3(10), 20_000_000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := &counting{ReaderAt: bytes.NewReader(tt.in)}
			_, err := audio.Read(file, int64(len(tt.in)))
			if failed, ok := errors.AsType[*audio.Error](err); ok && file.reads >= 4000 {
				t.Errorf("it was refused: %v", failed)
			}
			if file.reads > 4000 || file.bytes > 4<<20 {
				t.Errorf("%d reads of %d bytes", file.reads, file.bytes)
			}
		})
	}
}

type broken struct{ err error }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func TestAFailedReadIsNotTheFilesFault(t *testing.T) {
	disk := errors.New("the disk is gone")
	if _, err := audio.Read(broken{disk}, 100); !errors.Is(err, disk) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{
		wav(1, 100, 100), flac(8000, 8000), opus(48312), mp4("M4A ", mvhd(), track("soun")), mp3(3), xing(9), adts(3), webm("webm", 2),
		join(id3(20), mp3(2)), []byte("\x00\x00\x01\xba"), []byte("text"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := read(data)
		if _, ok := errors.AsType[*audio.Error](err); err != nil && !ok {
			t.Fatalf("got %v", err)
		}
		if err == nil && (info.Extension == "" || info.MediaType == "" || math.IsNaN(info.Seconds) || math.IsInf(info.Seconds, 0) || info.Seconds < 0) {
			t.Fatalf("got %+v", info)
		}
		if info.Exact && info.Seconds == 0 {
			t.Fatalf("exactly nothing: %+v", info)
		}
	})
}

func TestLanguages(t *testing.T) {
	for given, want := range map[string]string{
		"de": "de", "DE": "de", " German ": "de", "deutsch": "de", "de-DE": "de", "de_AT": "de", "deu": "de", "ger": "de", "français": "fr",
		"Spanish (Mexico)": "es", "zh-Hans-CN": "zh", "Mandarin": "zh", "yue": "yue", "Haitian Creole": "ht", "nb": "no", "jv": "jw",
		"eo": "eo", "日本語": "ja", "": "", "klingon": "", "x": "", "de,": "", "e": "", "-": "", "\n": "", "en\nfr": "",
	} {
		if got, ok := audio.Language(given); got != want || ok != (want != "") {
			t.Errorf("%q is %q", given, got)
		}
	}
	names := audio.LanguageNames()
	if len(names) < 99 || names[0] != "afrikaans" {
		t.Errorf("%d languages: %v", len(names), names)
	}
	for _, name := range names {
		if _, ok := audio.Language(name); !ok {
			t.Errorf("%q is not known", name)
		}
	}
}
