package strip

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The functions of this file remove what is left besides the pixels in the data of a
// [Frame] that was decoded, which the first pass over a file does not see: bytes after
// the end of the compressed pixels, and colours of a palette that no pixel has. They
// return data itself if there is nothing of the kind. Their work is that of inflating
// the pixels once more.

// TrimPNG trims a PNG. The colours in use count for an image with a palette; one without
// needs none, so that its suggested palette goes.
func TrimPNG(data []byte, used *[256]bool) ([]byte, error) {
	const signature, overhead, colourType = 8, 12, 9
	var compressed []byte
	for rest := data[signature:]; len(rest) >= overhead; {
		length := binary.BigEndian.Uint32(rest) + overhead
		if string(rest[4:8]) == "IDAT" {
			compressed = append(compressed, rest[8:length-4]...)
		}
		rest = rest[length:]
	}
	packed := &countingReader{data: compressed}
	z, err := zlib.NewReader(packed)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, z); err != nil {
		return nil, err
	}
	out, left, palette := append(make([]byte, 0, len(data)), data[:signature]...), packed.n, false
	for rest := data[signature:]; len(rest) >= overhead; {
		length := binary.BigEndian.Uint32(rest) + overhead
		id, body := string(rest[4:8]), rest[8:length-4]
		rest = rest[length:]
		switch id {
		case "IHDR":
			palette = body[colourType] == 3
		case "PLTE":
			if !palette {
				continue
			}
			body = clearColours(body, 3, used)
		case "tRNS":
			if palette {
				body = clearColours(body, 1, used)
			}
		case "IDAT":
			empty := len(body) > 0 && left == 0
			body = body[:min(len(body), left)]
			if left -= len(body); empty {
				continue
			}
		}
		out = appendPNGChunk(out, id, body)
	}
	return out, nil
}

func appendPNGChunk(out []byte, id string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	start := len(out)
	out = append(append(out, id...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}

// clearColours returns a palette, of so many bytes for each colour, whose colours that
// are not used are zero.
func clearColours(palette []byte, size int, used *[256]bool) []byte {
	palette = bytes.Clone(palette)
	for i := 0; i*size < len(palette); i++ {
		if i >= len(used) || !used[i] {
			clear(palette[i*size : min(len(palette), (i+1)*size)])
		}
	}
	return palette
}

// TrimGIF trims a GIF. The background of its screen counts as a colour in use.
func TrimGIF(data []byte, used *[256]bool) ([]byte, error) {
	const screenFlags, background, tableAt, descriptor, imageFlags, control = 10, 11, 13, 10, 9, 8
	head, err := gifHeader(data)
	if err != nil {
		return nil, err
	}
	at := head
	if at < len(data) && data[at] == gifExtension {
		at += control
	}
	if at+descriptor > len(data) || data[at] != gifImage {
		return nil, ErrMalformed
	}
	pixels := at + descriptor + colourTable(data[at+imageFlags]) + 1
	if pixels > len(data) {
		return nil, ErrTruncated
	}
	out := bytes.Clone(data[:pixels])
	global := *used
	if data[at+imageFlags]&0x80 != 0 {
		global = [256]bool{}
		table := out[at+descriptor : pixels-1]
		copy(table, clearColours(table, 3, used))
	}
	if data[screenFlags]&0x80 != 0 {
		global[data[background]] = true
		copy(out[tableAt:head], clearColours(out[tableAt:head], 3, &global))
	} else {
		out[background] = 0
	}
	width, height := binary.LittleEndian.Uint16(data[at+5:]), binary.LittleEndian.Uint16(data[at+7:])
	packed := &countingReader{}
	for rest := data[pixels:]; len(rest) > 0 && rest[0] > 0 && int(rest[0]) < len(rest); rest = rest[1+int(rest[0]):] {
		packed.data = append(packed.data, rest[1:1+int(rest[0])]...)
	}
	r := lzw.NewReader(packed, lzw.LSB, int(data[pixels-1]))
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, int64(width)*int64(height)); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || err == nil { // reads the code of the end
		return nil, ErrMalformed
	}
	if packed.n == len(packed.data) {
		return append(out, data[pixels:]...), nil
	}
	for code := packed.data[:packed.n]; len(code) > 0; {
		n := min(len(code), 255)
		out = append(append(out, byte(n)), code[:n]...)
		code = code[n:]
	}
	return append(out, 0, gifTrailer), nil
}

// TrimWebP trims a WebP. lossless returns how many bytes of the data of a lossless image
// its decoder needs; alpha coded so lacks the header of one, which header is for. lossy
// returns whether the decoder of lossy images needs all of the data: where it ends cannot
// be told from outside, so that the error is [ErrMalformed] if it does not.
func TrimWebP(data []byte, lossless func(header, code []byte) (int, error), lossy func(code []byte) bool) ([]byte, error) {
	const riffHeader, canvas = 12, 4
	var width, height int
	out := bytes.Clone(data[:min(len(data), riffHeader)])
	err := webpChunks(data[len(out):], func(id string, body []byte) error {
		n, err := len(body), error(nil)
		switch {
		case id == "VP8X" && len(body) >= canvas+6:
			width, height = uint24(body[canvas:]), uint24(body[canvas+3:])
		case id == "VP8L":
			n, err = lossless(nil, body)
		case id == "ALPH" && len(body) > 0 && body[0]&3 == 0:
			n = 1 + (width+1)*(height+1)
		case id == "ALPH" && len(body) > 0:
			header := []byte{0x2f, byte(width), byte(width>>8 | height<<6), byte(height >> 2), byte(height >> 10)}
			n, err = lossless(header, body[1:])
			n++
		}
		if err != nil || n > len(body) || id == "VP8 " && !lossy(body) {
			return ErrMalformed
		}
		out = appendWebPChunk(out, id, body[:n])
		return nil
	})
	if err != nil || len(out) < riffHeader {
		return nil, ErrMalformed
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// spareVP8 is how many bytes a decoder may not need of a partition: encoders complete
// the last number.
const spareVP8 = 8

// ShortenVP8 returns the data of a lossy image (RFC 6386, 9.1) without the last bytes of
// its last partition, and without those of the first one. A decoder that can do without
// them has shown that the partition ends before its data.
func ShortenVP8(data []byte) [][]byte {
	const header = 10
	if len(data) < header {
		return nil
	}
	tag := uint24(data)
	first := tag >> 5
	var shortened [][]byte
	if last := len(data) - header - first; last > spareVP8 {
		shortened = append(shortened, data[:len(data)-spareVP8])
	}
	if first > spareVP8 && header+first <= len(data) {
		other := appendUint24(make([]byte, 0, len(data)), tag-spareVP8<<5)
		other = append(other, data[3:header+first-spareVP8]...)
		shortened = append(shortened, append(other, data[header+first:]...))
	}
	return shortened
}

// countingReader reads data byte by byte and counts them.
type countingReader struct {
	data []byte
	n    int
}

func (c *countingReader) ReadByte() (byte, error) {
	if c.n == len(c.data) {
		return 0, io.EOF
	}
	c.n++
	return c.data[c.n-1], nil
}

func (c *countingReader) Read(p []byte) (int, error) {
	n := copy(p, c.data[c.n:])
	if c.n += n; n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
