package tones

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The codes of a WAV file's encoding.
const (
	encodingPCM        = 1
	encodingFloat      = 3
	encodingExtensible = 0xfffe // the code is in the extension
)

// The bounds of what is decoded, which bound the memory for a window.
const (
	maxRate     = 768_000
	maxChannels = 8
)

// format is how a WAV file holds its samples.
type format struct {
	encoding, channels, bits int
	rate                     int // frames a second
}

func broken(what string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotAudio, fmt.Sprintf(what, args...))
}

// readWAV reads the chunks up to the samples, and the samples.
func (s *Sound) readWAV(r io.Reader) error {
	if _, err := io.CopyN(io.Discard, r, 12); err != nil {
		return endOf(err)
	}
	var f *format
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return endOf(err)
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		var err error
		switch string(head[:4]) {
		case "data":
			if f == nil {
				return broken("the WAV file has samples before their format")
			}
			if size == math.MaxUint32 { // written to a pipe, before the size was known
				size = math.MaxInt64
			}
			return s.readSamples(io.LimitReader(r, size), f)
		case "fmt ":
			f, err = readFormat(r, size)
		default:
			_, err = io.CopyN(io.Discard, r, size)
		}
		if err == nil && size%2 == 1 { // chunks begin at even places
			_, err = io.CopyN(io.Discard, r, 1)
		}
		if err != nil {
			return endOf(err)
		}
	}
}

// endOf says what an end of the file before the samples means.
func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return broken("the WAV file has no samples")
	}
	return err
}

func readFormat(r io.Reader, size int64) (*format, error) {
	body := make([]byte, min(size, 40))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if len(body) < 16 {
		return nil, broken("the WAV file has a format of %d bytes", size)
	}
	if _, err := io.CopyN(io.Discard, r, size-int64(len(body))); err != nil {
		return nil, err
	}
	number := func(at int) int { return int(binary.LittleEndian.Uint16(body[at:])) }
	rate := binary.LittleEndian.Uint32(body[4:])
	f := &format{encoding: number(0), channels: number(2), rate: int(min(rate, maxRate+1)), bits: number(14)}
	if f.encoding == encodingExtensible && len(body) >= 26 {
		f.encoding = number(24)
	}
	switch {
	case f.decoder() == nil:
		return nil, broken("WAV samples of encoding %d with %d bits are not supported", f.encoding, f.bits)
	case f.channels < 1 || f.channels > maxChannels:
		return nil, broken("a WAV file of %d channels is not supported", f.channels)
	case f.rate < 1 || f.rate > maxRate:
		return nil, broken("a WAV file of %d Hz is not supported", rate)
	}
	return f, nil
}

// decoder returns what reads a sample as a number from -1 to 1, nil for an unknown encoding.
func (f *format) decoder() func([]byte) float64 {
	little := binary.LittleEndian
	switch [2]int{f.encoding, f.bits} {
	case [2]int{encodingPCM, 8}:
		return func(b []byte) float64 { return float64(int(b[0])-128) / 128 }
	case [2]int{encodingPCM, 16}:
		return func(b []byte) float64 { return float64(int16(little.Uint16(b))) / (1 << 15) }
	case [2]int{encodingPCM, 24}:
		return func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case [2]int{encodingPCM, 32}:
		return func(b []byte) float64 { return float64(int32(little.Uint32(b))) / (1 << 31) }
	case [2]int{encodingFloat, 32}:
		return func(b []byte) float64 { return bounded(float64(math.Float32frombits(little.Uint32(b)))) }
	case [2]int{encodingFloat, 64}:
		return func(b []byte) float64 { return bounded(math.Float64frombits(little.Uint64(b))) }
	}
	return nil
}

func bounded(sample float64) float64 {
	if math.IsNaN(sample) {
		return 0
	}
	return max(-1, min(1, sample))
}

// readSamples reads a window at a time. A file that is cut is read as far as it goes.
func (s *Sound) readSamples(r io.Reader, f *format) error {
	decode, sample := f.decoder(), f.bits/8
	frame := sample * f.channels
	raw := make([]byte, max(1, f.rate/windowsPerSecond)*frame)
	sides := min(f.channels, 2)
	w := window{rate: f.rate, samples: make([][]float64, sides)}
	found := &tracker{}
	frames := int64(0)
	for {
		n, err := io.ReadFull(r, raw)
		count := n / frame
		for side := range sides {
			w.samples[side] = w.samples[side][:0]
			for i := range count {
				w.samples[side] = append(w.samples[side], decode(raw[i*frame+side*sample:]))
			}
		}
		start := float64(frames) / float64(f.rate)
		frames += int64(count)
		s.Seconds = float64(frames) / float64(f.rate)
		if count > 0 && start < maxSeconds {
			found.add(w.tone(start, s.Seconds))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.Tones = found.tones()
			return nil
		}
		if err != nil {
			return err
		}
	}
}
