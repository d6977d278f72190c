// Package tones reads audio for the emulator's transcriptions: it recognises the
// container, and of a WAV file it returns the tones in it, in order, as the words
// of its speech.
//
// It reads once, front to back, and holds a tenth of a second. So a test that makes
// a WAV file of known tones can tell that the right bytes arrived in the right order.
package tones

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Sound is what was found in an audio file.
type Sound struct {
	Container string  // "WAV", "MP3", "FLAC" …
	Bytes     int64   // of the whole file
	Seconds   float64 // 0 if the container is not WAV: only that one is decoded
	Tones     []Tone  // of the first three hours, in order
}

// ErrNotAudio says that what was read is not an audio file that can be transcribed.
var ErrNotAudio = errors.New("not audio")

// sniffed is how many bytes tell the container.
const sniffed = 512

// Read reads an audio file to its end. Its error is that of r, or wraps [ErrNotAudio].
func Read(r io.Reader) (Sound, error) {
	counted := &counter{r: r}
	buffered := bufio.NewReaderSize(counted, 64<<10)
	head, err := buffered.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return Sound{}, err
	}
	s := Sound{Container: container(head)}
	switch s.Container {
	case "":
		err = fmt.Errorf("%w: the format is not supported", ErrNotAudio)
	case "WAV":
		err = s.readWAV(buffered)
	default:
		err = nil
	}
	if err != nil && !errors.Is(err, ErrNotAudio) {
		return s, err
	}
	if _, rest := io.Copy(io.Discard, buffered); rest != nil {
		return s, rest
	}
	s.Bytes = counted.n
	return s, err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// container returns the name of the container that a file begins with, "" for none
// that the service takes.
func container(head []byte) string {
	starts := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	at := func(i int, magic string) bool { return len(head) >= i && bytes.HasPrefix(head[i:], []byte(magic)) }
	switch {
	case (starts("RIFF") || starts("RF64")) && at(8, "WAVE"):
		return "WAV"
	case starts("fLaC"):
		return "FLAC"
	case starts("OggS") && bytes.Contains(head, []byte("OpusHead")):
		return "Opus"
	case starts("OggS"):
		return "Ogg"
	case starts("\x1a\x45\xdf\xa3"):
		return "WebM"
	case at(4, "ftypM4A"):
		return "M4A"
	case at(4, "ftyp"):
		return "MP4"
	case starts("\x00\x00\x01\xba"), starts("\x00\x00\x01\xb3"):
		return "MPEG"
	case starts("ID3"):
		return "MP3"
	}
	return frame(head)
}

// frame returns the name of a stream of MPEG audio frames, by the layer in the first one.
func frame(head []byte) string {
	if len(head) < 4 || head[0] != 0xff || head[1]&0xe0 != 0xe0 {
		return ""
	}
	const layer, reserved = 0x06, 0x08
	switch {
	case head[1]&0xf6 == 0xf0:
		return "AAC"
	case head[1]&0x18 == reserved, head[2]&0xf0 == 0xf0, head[2]&0x0c == 0x0c:
		return "" // of a version, bit rate or sample rate that does not exist
	case head[1]&layer == 0x02:
		return "MP3"
	case head[1]&layer != 0:
		return "MPEG"
	}
	return ""
}
