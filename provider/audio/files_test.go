package audio_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
)

func le(size int, v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v)[:size] }
func be(size int, v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v)[8-size:] }

func join(parts ...any) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			b.WriteString(part)
		case []byte:
			b.Write(part)
		case int:
			b.Write(make([]byte, part))
		}
	}
	return b.Bytes()
}

func chunk(id string, content ...any) []byte {
	body := join(content...)
	return join(id, le(4, uint64(len(body))), body, len(body)%2)
}

// wav is a file with so many bytes of samples, of which the header says another number.
func wav(encoding uint64, samples int, said uint64) []byte {
	format := join(le(2, encoding), le(2, 1), le(4, 8000), le(4, 16000), le(2, 2), le(2, 16))
	return join("RIFF", 4, "WAVE", chunk("LIST", "odd"), chunk("fmt ", format), "data", le(4, said), samples)
}

func flac(rate, samples uint64) []byte {
	return join("fLaC\x00\x00\x00\x22", 10, be(8, rate<<44|1<<41|15<<36|samples), 16, "frames")
}

func page(flags byte, granule int64, serial uint64, body string) []byte {
	var sizes []byte
	left := len(body)
	for ; left >= 255; left -= 255 {
		sizes = append(sizes, 255)
	}
	sizes = append(sizes, byte(left))
	return join("OggS\x00", []byte{flags}, le(8, uint64(granule)), le(4, serial), 8, []byte{byte(len(sizes))}, sizes, body)
}

var (
	opusHead   = string(join("OpusHead\x01\x01", le(2, 312), le(4, 16000), 3))
	vorbisHead = string(join("\x01vorbis", 4, "\x02", le(4, 44100), 14))
)

func opus(last int64) []byte {
	return join(page(2, 0, 7, opusHead), page(0, 0, 7, "OpusTags"), page(0, 960, 7, strings.Repeat("x", 300)), page(4, last, 7, "end"))
}

func box(kind string, content ...any) []byte {
	body := join(content...)
	return join(be(4, uint64(len(body)+8)), kind, body)
}

func track(handler string) []byte {
	return box("trak", box("tkhd", 84), box("mdia", box("mdhd", 24), box("hdlr", 8, handler, 12)))
}

func mp4(brand string, movie ...any) []byte {
	return join(box("ftyp", brand, 4, "isom"), box("free"), box("mdat", 1000), box("moov", movie...))
}

// mvhd is a head of a film of 90 s.
func mvhd() []byte { return box("mvhd", 12, be(4, 600), be(4, 54000), 80) }

// mp3Frame is one of 128 kbit/s at 44.1 kHz.
func mp3Frame(content string) []byte { return join("\xff\xfb\x90\x00", content, 413-len(content)) }

func mp3(frames int) []byte { return bytes.Repeat(mp3Frame(""), frames) }

func xing(frames uint64) []byte {
	return join(mp3Frame(string(join(32, "Xing", be(4, 1), be(4, frames)))), mp3(2))
}

func adts(frames int) []byte { return bytes.Repeat(join("\xff\xf1\x50\x80\x0d\xff\xfc", 104), frames) }

func id3(size int) []byte {
	return join("ID3\x04\x00\x00", []byte{byte(size >> 21 & 127), byte(size >> 14 & 127), byte(size >> 7 & 127), byte(size & 127)}, size)
}

func element(id string, content ...any) []byte {
	body := join(content...)
	return join(id, be(8, 1<<56|uint64(len(body))), body)
}

func webm(doctype string, kinds ...byte) []byte {
	var tracks []byte
	for _, kind := range kinds {
		tracks = append(tracks, element("\xae", element("\xd7", "\x01"), element("\x83", []byte{kind}))...)
	}
	segment := join(element("\xec", 30), element("\x16\x54\xae\x6b", tracks), element("\x1f\x43\xb6\x75", 500))
	return join(element("\x1a\x45\xdf\xa3", element("\x42\x82", doctype)), "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", segment)
}

const unknownSize = math.MaxUint32
