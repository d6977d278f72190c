// Package audio reads what has to be known of an audio file before it is sent: its
// container, by its bytes and not by its name, and how long it lasts where the header
// says so. It also knows the languages of speech.
//
// No sound is decoded, and only headers are read: a bounded number of small blocks,
// however large the file is.
package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Info is what is known of an audio file.
type Info struct {
	Container string // for people, as in "WAV"
	MediaType string
	Extension string  // by which services know the container, as in ".wav"
	Seconds   float64 // how long it lasts; 0 is unknown
	Exact     bool    // the header says Seconds; otherwise it is an estimate
}

// Error says why a file is not sent. Message completes a sentence that the file's name
// begins.
type Error struct {
	Message, Hint string
	// Unknown means that nothing is known of the file but that it is not audio.
	Unknown bool
}

func (e *Error) Error() string { return e.Message }

// Containers names what [Read] accepts.
const Containers = "mp3, mp4, m4a, aac, wav, flac, ogg, opus, webm or mpeg"

// convert is the hint for a file of another kind.
const convert = "give audio as " + Containers + "; ffmpeg converts others: ffmpeg -i FILE -vn FILE.mp3"

// headLength is how many bytes are read to detect a container.
const headLength = 4096

// Read returns what is known of a file of so many bytes. The error is an [*Error], or
// wraps that of a read.
func Read(file io.ReaderAt, size int64) (Info, error) {
	r := &reader{file: file, size: size}
	info, err := r.read()
	if r.err != nil {
		return Info{}, fmt.Errorf("reading the audio: %w", r.err)
	}
	return info, err
}

// IsAudio reports whether data begins as a container that [Read] accepts.
func IsAudio(data []byte) bool {
	r := &reader{file: bytes.NewReader(data), size: int64(len(data))}
	return r.container(r.block(0, headLength)) != nil
}

func (r *reader) read() (Info, error) {
	if r.size == 0 {
		return Info{}, &Error{Message: "is empty", Hint: convert}
	}
	head := r.block(0, headLength)
	if read := r.container(head); read != nil {
		return read()
	}
	if name := otherFormat(head); name != "" {
		return Info{}, &Error{Message: "is not audio of a format that is taken: it seems to be " + name, Hint: convert}
	}
	return Info{}, &Error{Message: "is not audio", Hint: convert, Unknown: true}
}

// container returns what reads the container that head begins, nil if it is not known.
func (r *reader) container(head []byte) func() (Info, error) {
	switch {
	case isRIFF(head, "WAVE"):
		return r.wav
	case bytes.HasPrefix(head, []byte("fLaC")):
		return func() (Info, error) { return r.flac(0), nil }
	case bytes.HasPrefix(head, []byte("OggS\x00")):
		return r.ogg
	case isMP4(head, r.size):
		return r.mp4
	case bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")):
		return r.matroska
	case bytes.HasPrefix(head, []byte("\x00\x00\x01\xba")):
		return func() (Info, error) { return Info{Container: "MPEG", MediaType: "video/mpeg", Extension: ".mpeg"}, nil }
	}
	if info, ok := r.mpegAudio(); ok {
		return func() (Info, error) { return info, nil }
	}
	return nil
}

// isRIFF reports whether head begins a RIFF file of a kind, also one of over 4 GB.
func isRIFF(head []byte, kind string) bool {
	return len(head) >= 12 && string(head[8:12]) == kind &&
		(bytes.HasPrefix(head, []byte("RIFF")) || bytes.HasPrefix(head, []byte("RF64")) || bytes.HasPrefix(head, []byte("BW64")))
}

// otherFormat names the formats of sound and film that are not taken, "" for any other.
func otherFormat(head []byte) string {
	switch {
	case isRIFF(head, "AVI "):
		return "an AVI video"
	case len(head) >= 12 && string(head[:4]) == "FORM" && (string(head[8:12]) == "AIFF" || string(head[8:12]) == "AIFC"):
		return "an AIFF file"
	case len(head) >= 377 && head[0] == 0x47 && head[188] == 0x47 && head[376] == 0x47:
		return "an MPEG transport stream"
	case isHEIF(head):
		return "a HEIC or AVIF image"
	}
	for _, known := range []struct{ prefix, name string }{
		{"#!AMR", "an AMR file"},
		{"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"},
		{"MThd", "a MIDI file"},
		{"caff", "a Core Audio file"},
		{".snd", "an AU file"},
		{"FLV\x01", "a Flash video"},
		{".RMF", "a RealMedia file"},
		{"MAC ", "a Monkey's Audio file"},
		{"wvpk", "a WavPack file"},
	} {
		if bytes.HasPrefix(head, []byte(known.prefix)) {
			return known.name
		}
	}
	return ""
}

// maxReads bounds the blocks that are read of one file.
const maxReads = 4000

// reader reads blocks of a file.
type reader struct {
	file  io.ReaderAt
	size  int64
	reads int
	err   error // of a read, other than the end of the file
}

// block returns the n bytes at an offset, or fewer at the end of the file. It returns nil
// once a read has failed, or there were too many.
func (r *reader) block(at int64, n int) []byte {
	if at < 0 || at >= r.size || r.err != nil || r.exhausted() {
		return nil
	}
	r.reads++
	data := make([]byte, min(int64(n), r.size-at))
	read, err := r.file.ReadAt(data, at)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
		return nil
	}
	return data[:read]
}

// whole is [reader.block] that returns nil where the file has fewer bytes.
func (r *reader) whole(at int64, n int) []byte {
	if data := r.block(at, n); len(data) == n {
		return data
	}
	return nil
}

// exhausted reports whether no more is read of the file, so that what was not found may
// be there all the same.
func (r *reader) exhausted() bool { return r.reads >= maxReads }

func u16(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) }
func u32(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }
