package media_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"testing"
)

// gradient draws a smooth image of many colours.
func gradient(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			blue := 128 + 100*math.Sin(float64(x+2*y)/float64(width+height)*6)
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / width), uint8(255 * y / height), uint8(blue), 255})
		}
	}
	return m
}

// noise draws an image that does not compress.
func noise(width, height int, alpha bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	state := uint32(1)
	for i := range m.Pix {
		state = state*1664525 + 1013904223
		m.Pix[i] = uint8(state >> 24)
		if i%4 == 3 && !alpha {
			m.Pix[i] = 255
		}
	}
	return m
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// encodeGIF returns a GIF of one frame.
func encodeGIF(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	if err := gif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif returns a TIFF block with an orientation and a location.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	entry := func(tag, kind uint16, count uint32, value []byte) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = append(order.AppendUint32(b, count), append(value, 0, 0, 0, 0)[:4]...)
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	entry(0x010f, 2, 7, order.AppendUint32(nil, 50))           // maker
	entry(0x0112, 3, 1, order.AppendUint16(nil, orientation))  // orientation
	entry(0x8825, 4, 1, order.AppendUint32(nil, 58))           // GPS directory
	b = append(order.AppendUint32(b, 0), secret+"\x00\x00"...) // no further directory; at 50
	b = order.AppendUint16(b, 2)                               // at 58
	entry(0x0001, 2, 2, []byte("N"))                           // latitude, north
	entry(0x0002, 5, 3, order.AppendUint32(nil, 88))           // its degrees
	b = order.AppendUint32(b, 0)                               // no further directory
	for _, n := range []uint32{48, 1, 51, 1, 2961, 100} {      // at 88
		b = order.AppendUint32(b, n)
	}
	return b
}

func jpegSegment(marker byte, body string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// insertAt inserts pieces into a file.
func insertAt(data []byte, at int, pieces ...[]byte) []byte {
	return slices.Concat(data[:at], slices.Concat(pieces...), data[at:])
}

func pngChunk(id string, body []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), id...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func deflate(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngHeader returns a PNG whose header claims a size.
func pngHeader(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(header, 8, 6, 0, 0, 0)),
		pngChunk("IDAT", []byte("x\x9c\x03\x00\x00\x00\x00\x01")), pngChunk("IEND", nil))
}

func riffChunk(id string, body ...byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body))), body...)
	return append(b, make([]byte, len(body)&1)...)
}

func webpFile(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4))
	return slices.Concat(b, []byte("WEBP"), body)
}

const (
	afterSOI  = 2
	afterIHDR = 8 + 25
)
