// Package tonetest makes WAV files of tones, for tests of what is transcribed.
package tonetest

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Note is a tone with its time.
type Note struct {
	Hertz   float64 // 0 is silence
	Seconds float64
	Channel int // the one that it is on, counted from 1; 0 is all of them
}

// Format is how the samples are written. The zero value is 16-bit mono at 16 kHz.
type Format struct {
	Rate, Channels, Bits int
	Float                bool // 32 or 64 bits
	Extensible           bool // the encoding is in the extension of the format
}

// WAV returns a file of the notes, one after the other.
func WAV(f Format, notes ...Note) []byte {
	f = f.orDefaults()
	var samples bytes.Buffer
	for _, n := range notes {
		for i := range int(n.Seconds * float64(f.Rate)) {
			v := 0.5 * math.Sin(2*math.Pi*n.Hertz*float64(i)/float64(f.Rate))
			for channel := 1; channel <= f.Channels; channel++ {
				if n.Channel != 0 && n.Channel != channel {
					f.write(&samples, 0)
				} else {
					f.write(&samples, v)
				}
			}
		}
	}
	var file bytes.Buffer
	file.WriteString("RIFF\x00\x00\x00\x00WAVE")
	chunk(&file, "LIST", []byte("INFO odd"+"\x00"))
	chunk(&file, "fmt ", f.header())
	chunk(&file, "data", samples.Bytes())
	whole := file.Bytes()
	binary.LittleEndian.PutUint32(whole[4:], uint32(len(whole)-8))
	return whole
}

func (f Format) orDefaults() Format {
	if f.Rate == 0 {
		f.Rate = 16_000
	}
	if f.Channels == 0 {
		f.Channels = 1
	}
	if f.Bits == 0 {
		f.Bits = 16
	}
	return f
}

func (f Format) header() []byte {
	encoding := uint16(1)
	if f.Float {
		encoding = 3
	}
	frame := f.Channels * f.Bits / 8
	head := append16(nil, encoding, uint16(f.Channels))
	head = binary.LittleEndian.AppendUint32(head, uint32(f.Rate))
	head = binary.LittleEndian.AppendUint32(head, uint32(f.Rate*frame))
	head = append16(head, uint16(frame), uint16(f.Bits))
	if f.Extensible {
		binary.LittleEndian.PutUint16(head, 0xfffe)
		head = append16(head, 22, uint16(f.Bits), 0, 0, encoding)
		head = append(head, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
	}
	return head
}

func append16(b []byte, numbers ...uint16) []byte {
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint16(b, n)
	}
	return b
}

func (f Format) write(b *bytes.Buffer, v float64) {
	var raw []byte
	switch {
	case f.Float && f.Bits == 64:
		raw = binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
	case f.Float:
		raw = binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v)))
	case f.Bits == 8:
		raw = []byte{byte(128 + math.Round(v*127))}
	default:
		whole := binary.LittleEndian.AppendUint32(nil, uint32(int32(v*math.MaxInt32)))
		raw = whole[4-f.Bits/8:]
	}
	b.Write(raw)
}

func chunk(b *bytes.Buffer, id string, body []byte) {
	b.WriteString(id)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
	b.Write(body)
	if len(body)%2 == 1 {
		b.WriteByte(0)
	}
}
