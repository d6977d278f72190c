package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/tiff"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// endingContext ends when it was asked so many times, and counts how often it was.
type endingContext struct {
	context.Context
	asked, most int
}

func (c *endingContext) Err() error {
	if c.asked++; c.most > 0 && c.asked > c.most {
		return context.Canceled
	}
	return nil
}

// baseline composes a JPEG of many colours, without any detail, and n scans of them all.
// The data of a scan has two bits for a block, or is left out.
func baseline(side, colours, n int, whole bool) []byte {
	table := func(class byte) string { // one code of one bit
		return string(slices.Concat([]byte{class, 1}, make([]byte, 16)))
	}
	frame, scan := []byte{8, byte(side >> 8), byte(side), byte(side >> 8), byte(side), byte(colours)}, []byte{byte(colours)}
	for i := range colours {
		frame, scan = append(frame, byte(i+1), 0x11, 0), append(scan, byte(i+1), 0)
	}
	b := append([]byte{0xff, 0xd8}, jpegSegment(0xdb, "\x00"+strings.Repeat("\x01", 64))...)
	b = slices.Concat(b, jpegSegment(0xc0, string(frame)), jpegSegment(0xc4, table(0)), jpegSegment(0xc4, table(0x10)))
	for range n {
		b = append(b, jpegSegment(0xda, string(scan)+"\x00\x3f\x00")...)
		if blocks := (side + 7) / 8 * ((side + 7) / 8); whole {
			b = append(b, make([]byte, 2*colours*blocks/8+1)...)
		}
	}
	return append(b, 0xff, 0xd9)
}

// tiffBlocks composes a grey TIFF of 8 or 1 bits whose strips, of so many rows, or
// tiles, of such a side, all are the same data.
func tiffBlocks(width, height, bits, rows, tile int, compression uint32, data []byte) []byte {
	blocks := (height + rows - 1) / rows
	offsets, counts := field{0x111, 4, 0}, field{0x117, 4, 0}
	more := []field{
		{0x100, 4, uint32(width)}, {0x101, 4, uint32(height)}, {0x102, 3, uint32(bits)}, {0x103, 3, compression}, {0x106, 3, 1},
		offsets, {0x116, 4, uint32(rows)}, counts,
	}
	if tile > 0 {
		blocks = ((width + tile - 1) / tile) * ((height + tile - 1) / tile)
		more = append(more[:5], field{0x142, 4, uint32(tile)}, field{0x143, 4, uint32(tile)}, field{0x144, 4, 0}, field{0x145, 4, 0})
	}
	b := binary.LittleEndian.AppendUint32([]byte("II*\x00"), uint32(8+len(data)+8*blocks))
	b = append(b, data...)
	for range blocks {
		b = binary.LittleEndian.AppendUint32(b, 8)
	}
	for range blocks {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(more)))
	for _, f := range more {
		count := uint32(1)
		switch f.tag {
		case 0x111, 0x144:
			count, f.value = uint32(blocks), 8
			if blocks > 1 {
				f.value = uint32(8 + len(data))
			}
		case 0x117, 0x145:
			count, f.value = uint32(blocks), uint32(len(data))
			if blocks > 1 {
				f.value = uint32(8 + len(data) + 4*blocks)
			}
		}
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, f.tag), f.kind)
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, count), f.value)
	}
	return binary.LittleEndian.AppendUint32(b, 0)
}

// croppedGIF is a GIF of one small frame on a large screen.
func croppedGIF(t testing.TB, side int) []byte {
	data := encodeGIF(t, 8, 8)
	copy(data[6:], []byte{byte(side), byte(side >> 8), byte(side), byte(side >> 8)})
	return data
}

// A context that ends is noticed at least once for each million pixels that a decoder
// goes through, and whatever is under way then fails with its error.
func TestWorkEndsWithItsContext(t *testing.T) {
	const side = 2000
	bits := deflate(t, make([]byte, side*side/8))
	for _, tt := range []struct {
		name  string
		data  []byte
		least int
	}{
		{"progressive JPEG of 20 scans", progressive(side, 20), 20},
		{"GIF, cropped", croppedGIF(t, 2*side), 16},
		{"PNG", encodePNG(t, gradient(side, side)), 20},
		{"PNG of one row", encodePNG(t, image.NewGray(image.Rect(0, 0, side*side, 1))), 8},
		{"TIFF, group 4", tiffBlocks(side, side, 1, side, 0, 4, bytes.Repeat([]byte{0xff}, side/8)), 8},
		{"TIFF, deflate", tiffBlocks(side, side, 1, side, 0, 8, bits), 8},
		{"JPEG, cut", baseline(side, 3, 1, true)[:5000], 8},
		{"a mended PNG of one row", encodePNG(t, noise(side*50, 2, false))[:550_000], 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer, source := newPreparer(t, media.Options{}), base64URL(tt.data)
			whole := &endingContext{Context: t.Context()}
			if _, err := preparer.Prepare(whole, media.Request{Source: source, Detail: "low"}); err != nil || whole.asked < tt.least {
				t.Fatalf("the context was asked %d times, want %d: %v", whole.asked, tt.least, err)
			}
			for i := range 5 {
				ctx := &endingContext{Context: t.Context(), most: whole.asked * (i + 1) / 6}
				if _, err := preparer.Prepare(ctx, media.Request{Source: source, Detail: "low"}); !errors.Is(err, context.Canceled) {
					t.Errorf("ended at check %d of %d: %v", ctx.most, whole.asked, err)
				}
			}
		})
	}
}

// So do encoding, and what is done to fit the images of a request.
func TestEncodingEndsWithItsContext(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	img := mustPrepare(t, preparer, media.Request{Source: base64URL(encodePNG(t, noise(900, 900, true)))})
	whole := &endingContext{Context: t.Context()}
	if _, err := media.Fit(whole, []media.Image{img}, 300_000); err != nil {
		t.Fatal(err)
	}
	for most := 1; most < whole.asked; most += max(1, whole.asked/20) {
		if _, err := media.Fit(&endingContext{Context: t.Context(), most: most}, []media.Image{img}, 300_000); !errors.Is(err, context.Canceled) {
			t.Errorf("ended at check %d of %d: %v", most, whole.asked, err)
		}
	}
}

// What cannot be interrupted is refused if it would take long.
func TestLongWorkIsRefused(t *testing.T) {
	lossy := testdata(t, "lossy.webp")
	lossless := []byte{0x2f, 0x57, 0x1b, 0xd6, 0x06, 0x88, 0x88, 0x08, 0} // 7,000 × 7,000 pixels of one colour
	for _, tt := range []struct {
		name, message string
		data          []byte
	}{
		{"a JPEG that repeats its scan", "180 scans", baseline(7000, 3, 30, false)},
		{"a progressive JPEG of four colours", "10 scans", slices.Concat(progressiveCMYK(7000, 10))},
		{"WebP, lossless", "too long to decode as WebP", webpFile(riffChunk("VP8L", lossless...))},
		{"WebP, lossy, of many bytes", "too long to decode as WebP", webpFile(riffChunk("VP8 ", append(lossy[bytes.Index(lossy, []byte("VP8 "))+8:], make([]byte, 8_000_000)...)...))},
		{"a TIFF whose tiles are larger than it", "more strips or tiles", tiffBlocks(1, 200_000, 8, 1024, 1024, 8, deflate(t, make([]byte, 1<<20)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newPreparer(t, media.Options{}).Prepare(t.Context(), media.Request{Source: base64URL(tt.data)})
			wantKind(t, err, media.Unreadable, tt.message)
		})
	}
}

// progressiveCMYK is a progressive JPEG of four colours; the data of its scans is left out.
func progressiveCMYK(side, scans int) []byte {
	data := baseline(side, 4, 0, false)
	data[bytes.Index(data, []byte{0xff, 0xc0})+1] = 0xc2
	data = data[:len(data)-2]
	for range scans {
		data = append(data, jpegSegment(0xda, "\x01\x01\x00\x00\x00\x00")...)
	}
	return append(data, 0xff, 0xd9)
}

// A band of one row of an image of one row has all its pixels: 64 of them would have
// taken 12 GB at the limit of pixels.
func TestScalingARowIsCheap(t *testing.T) {
	const pixels = 2_000_000
	source := base64URL(encodePNG(t, image.NewGray(image.Rect(0, 0, pixels, 1))))
	preparer := newPreparer(t, media.Options{})
	if bytes := allocated(func() { mustPrepare(t, preparer, media.Request{Source: source}) }); bytes > 10*pixels {
		t.Errorf("scaling allocated %d bytes", bytes)
	}
}

// A strip is unpacked as far as its page has pixels, and not at once.
func TestTIFFBombsCostNoMemory(t *testing.T) {
	const side = 2000
	for name, data := range map[string][]byte{
		"deflate":  tiffBlocks(side, side, 8, side, 0, 8, deflate(t, make([]byte, 8*side*side))),
		"PackBits": tiffBlocks(side, side, 8, side, 0, 32773, bytes.Repeat([]byte{0x81, 0}, 8*side*side/128)),
	} {
		source, preparer := base64URL(data), newPreparer(t, media.Options{})
		var img media.Image
		bytes := allocated(func() { img = mustPrepare(t, preparer, media.Request{Source: source, Detail: "low"}) })
		if limit := uint64(6*side*side + 10*len(data)); bytes > limit || img.Width != 768 {
			t.Errorf("%s: %d bytes were allocated, more than %d; %d pixels wide", name, bytes, limit, img.Width)
		}
	}
}

// heapPeak returns how much more memory than before is in use while f runs.
func heapPeak(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // garbage does not count
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, m.HeapInuse
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for tick := time.NewTicker(time.Millisecond); ; {
		select {
		case <-done:
			tick.Stop()
			return int64(most - before)
		case <-tick.C:
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
	}
}

// As many bytes as decoding takes are held, in each format, and not many more.
func TestHeldBytesAreHonest(t *testing.T) {
	const side = 2500
	rect := image.Rect(0, 0, side, side)
	smooth := gradient(side, side)
	grey, deep := drawnOn(image.NewGray(rect), smooth), image.NewNRGBA64(rect)
	var interlacedGIF bytes.Buffer
	must(t, gif.Encode(&interlacedGIF, image.NewPaletted(rect, color.Palette{color.White, color.Black}), nil))
	lossless := []byte{0x2f, 0xc3, 0x09, 0x71, 0x02, 0x88, 0x88, 0x08, 0} // 2,500 × 2,500
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"JPEG", encodeJPEG(t, smooth)},
		{"JPEG, grey", encodeJPEG(t, grey)},
		{"JPEG, CMYK", baseline(side, 4, 1, true)},
		{"JPEG, progressive", progressive(side, 10)},
		{"PNG", encodePNG(t, smooth)},
		{"PNG, grey", encodePNG(t, grey)},
		{"PNG, 16 bits", encodePNG(t, deep)},
		{"GIF", encodeGIF(t, side, side)},
		{"GIF, cropped", croppedGIF(t, 2*side)},
		{"TIFF", encodeTIFF(t, smooth, tiff.Deflate)},
		{"TIFF, a tile", tiffBlocks(side, side, 8, side, side, 8, deflate(t, make([]byte, side*side)))},
		{"BMP", encodeBMP(t, image.NewPaletted(rect, color.Palette{color.White, color.Black}))},
		{"WebP, lossless", webpFile(riffChunk("VP8L", lossless...))},
	} {
		var held int64
		preparer := newPreparer(t, media.Options{Hold: func(_ context.Context, bytes int64) (func(), error) {
			held += bytes
			return func() {}, nil
		}})
		source := base64URL(tt.data)
		var f *media.File
		var err error
		if f, err = preparer.Load(t.Context(), media.Request{Source: source}); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		peak := heapPeak(func() { _, err = f.Images(t.Context(), 1) })
		line := fmt.Sprintf("%-20s %3d MB held, %3d MB in use: %.2f", tt.name, held>>20, peak>>20, float64(held)/float64(peak))
		t.Log(line)
		if err != nil || held < peak*2/3 || held > peak*3/2+4<<20 {
			t.Errorf("%s, error %v", line, err)
		}
	}
}
