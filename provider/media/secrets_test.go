package media_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// planted is put into every place that a file has for other things than pixels. It has
// no byte that is special in one of the formats.
const planted = "|Planted~2026:11:26~50.6927N,3.1778E~Jane~Doe~jane@home.example|"

// wantNothingPlanted fails if a piece of planted is in what is sent.
func wantNothingPlanted(t *testing.T, img media.Image) {
	t.Helper()
	_, encoded, _ := strings.Cut(img.DataURL(), ",")
	sent, err := base64.StdEncoding.DecodeString(encoded)
	must(t, err)
	const piece = 5
	for i := range len(planted) - piece {
		if bytes.Contains(sent, []byte(planted[i:i+piece])) {
			t.Fatalf("%q is sent, in %s of %d bytes", planted[i:i+piece], img.MediaType, len(sent))
		}
	}
}

// hidingPlace is a file with planted in one place, and how it must be sent.
type hidingPlace struct {
	name    string
	data    []byte
	recoded bool // what is planted leaves because the pixels are encoded again
}

// wantPlacesEmpty prepares each file, whose pixels must be those of clean.
func wantPlacesEmpty(t *testing.T, clean []byte, most int, places []hidingPlace) {
	t.Helper()
	want := decode(t, media.Sniff(clean), clean)
	for _, tt := range places {
		t.Run(tt.name, func(t *testing.T) {
			if !bytes.Contains(tt.data, []byte(planted[:len(planted)/2])) {
				t.Fatal("nothing is planted")
			}
			img := prepareData(t, tt.data, "")
			wantNothingPlanted(t, img)
			if img.Recoded != tt.recoded {
				t.Errorf("encoded again: %v, want %v", img.Recoded, tt.recoded)
			}
			wantSame(t, decode(t, img.MediaType, img.Data), want, float64(most)/6, most) // lossy WebP has another range of values
		})
	}
}

func TestNothingPlantedLeavesJPEG(t *testing.T) {
	segments := func(clean []byte) []hidingPlace {
		scan := bytes.Index(clean, []byte{0xff, 0xda})
		end := len(clean) - 2
		text := func(marker byte, start string) []byte {
			return insertAt(clean, afterSOI, jpegSegment(marker, start+planted))
		}
		codes := string(slices.Concat([]byte{1, 0, 0, 0, 0, 0, byte(len(planted))}, make([]byte, 10))) + planted
		numbers := planted + planted
		return []hidingPlace{
			{"Exif", text(0xe1, "Exif\x00\x00"+string(exif(binary.LittleEndian, 1))), false},
			{"XMP", text(0xe1, "http://ns.adobe.com/xap/1.0/\x00"), false},
			{"profile", text(0xe2, "ICC_PROFILE\x00\x01\x01"), false},
			{"index of further images", text(0xe2, "MPF\x00"), false},
			{"IPTC", text(0xed, "Photoshop 3.0\x00"), false},
			{"comment", text(0xfe, ""), false},
			{"unknown application", text(0xe9, ""), false},
			{"thumbnail", text(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x04\x05"), false},
			{"resolution", text(0xe0, "JFIF\x00"), false},
			{"Adobe's flags", text(0xe0, "Adobe"), false},
			{"between segments", insertAt(clean, scan, []byte(planted)), false},
			{"before the end", insertAt(clean, end, []byte(planted)), false},
			{"after the end", append(bytes.Clone(clean), planted...), false},
			{"a further image", slices.Concat(clean, clean[:afterSOI], jpegSegment(0xfe, planted), clean[afterSOI:]), false},
			{"codes that no scan uses", insertAt(clean, scan, jpegSegment(0xc4, "\x13"+codes[1:])), false},
			{"codes that others replace", insertAt(clean, afterSOI, jpegSegment(0xc4, "\x00"+codes[1:])), false},
			{"numbers that no colour uses", insertAt(clean, scan, jpegSegment(0xdb, "\x03"+numbers[:64])), false},
			{"numbers that others replace", insertAt(clean, afterSOI, jpegSegment(0xdb, "\x00"+numbers[:64])), false},
		}
	}
	for name, clean := range map[string][]byte{
		"baseline": encodeJPEG(t, gradient(70, 50)), "grey": encodeJPEG(t, drawnOn(image.NewGray(image.Rect(0, 0, 70, 50)), gradient(70, 50))),
		"progressive": progressive(64, 4), "subsampled": testdata(t, "restarts.jpg"), "refined": testdata(t, "progressive.jpg"),
	} {
		t.Run(name, func(t *testing.T) {
			places := segments(clean)
			if i := bytes.Index(clean, []byte{0xff, 0xd0}); i >= 0 {
				places = append(places, hidingPlace{"before a restart", insertAt(clean, i, []byte(planted)), false})
			}
			wantPlacesEmpty(t, clean, 0, places)
		})
	}
}

func TestNothingPlantedLeavesPNG(t *testing.T) {
	m := gradient(60, 40)
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i), uint8(2 * i), uint8(3 * i), 255}
	}
	indexed := image.NewPaletted(image.Rect(0, 0, 60, 40), palette)
	for name, clean := range map[string][]byte{"colours": encodePNG(t, m), "palette": encodePNG(t, indexed)} {
		t.Run(name, func(t *testing.T) {
			idat, end := bytes.Index(clean, []byte("IDAT"))-4, len(clean)-12
			body := clean[idat+8 : end-4]
			longer := pngChunk("IDAT", append(bytes.Clone(body), planted...))
			places := []hidingPlace{
				{"text", insertAt(clean, afterIHDR, pngChunk("tEXt", []byte("Comment\x00"+planted))), false},
				{"compressed text", insertAt(clean, afterIHDR, pngChunk("zTXt", []byte(planted))), false},
				{"profile", insertAt(clean, afterIHDR, pngChunk("iCCP", []byte(planted))), false},
				{"private chunk", insertAt(clean, afterIHDR, pngChunk("prVt", []byte(planted))), false},
				{"frames", insertAt(clean, afterIHDR, pngChunk("fdAT", []byte(planted))), false},
				{"after the end", append(bytes.Clone(clean), planted...), false},
				{"after the compressed pixels", slices.Concat(clean[:idat], longer, clean[end:]), true},
				{"shortly after the compressed pixels", slices.Concat(clean[:idat], pngChunk("IDAT", append(bytes.Clone(body), planted[:6]...)), clean[end:], []byte(planted)), false},
				{"a further chunk of pixels", insertAt(clean, end, pngChunk("IDAT", []byte(planted))), false},
			}
			if name == "palette" {
				at := bytes.Index(clean, []byte("PLTE")) + 4
				colours := slices.Concat(clean[at:at+300], []byte(planted), clean[at+300+len(planted):at+768])
				places = append(places, hidingPlace{"colours that no pixel has", slices.Concat(clean[:at-8], pngChunk("PLTE", colours), clean[at+772:]), false},
					hidingPlace{"their alpha", insertAt(clean, at+772, pngChunk("tRNS", []byte("\xff\xff\xff\xff"+planted))), false})
			} else {
				places = append(places, hidingPlace{"a suggested palette", insertAt(clean, afterIHDR, pngChunk("PLTE", []byte(planted)[:63])), false})
			}
			wantPlacesEmpty(t, clean, 0, places)
		})
	}
	wantPlacesEmpty(t, encodePNG(t, image.NewGray(image.Rect(0, 0, 60, 1))), 0, []hidingPlace{{
		"further rows", slices.Concat(encodePNG(t, image.NewGray(image.Rect(0, 0, 60, 1)))[:afterIHDR],
			pngChunk("IDAT", storedRows(slices.Concat(make([]byte, 61), []byte(planted)))), pngChunk("IEND", nil)), true,
	}})
}

func TestNothingPlantedLeavesGIF(t *testing.T) {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i), uint8(2 * i), uint8(3 * i), 255}
	}
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 40, 30), palette)
	m.Pix[3] = 7
	must(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{ColorModel: palette, Width: 40, Height: 30}}))
	clean := b.Bytes()
	const head = 13 + 768
	frame := bytes.IndexByte(clean[head:], 0x2c) + head
	local := slices.Concat(clean[:frame+9], []byte{0x87}, clean[13:head], clean[frame+10:])
	pixels := frame + 11
	end := len(clean) - 2 // a block of no length, and the trailer
	block := append([]byte{byte(len(planted))}, planted...)
	extension := func(label byte, start string) []byte {
		return slices.Concat([]byte{0x21, label}, []byte(start), block, []byte{0})
	}
	colours := func(file []byte, at int) []byte {
		file = bytes.Clone(file)
		copy(file[at+300:], planted)
		return file
	}
	wantPlacesEmpty(t, clean, 0, []hidingPlace{
		{"comment", insertAt(clean, frame, extension(0xfe, "")), false},
		{"application", insertAt(clean, frame, extension(0xff, "\x0bXMP DataXMP")), false},
		{"plain text", insertAt(clean, frame, extension(0x01, "\x0c123456789012")), false},
		{"after the trailer", append(bytes.Clone(clean), planted...), false},
		{"after the compressed pixels", insertAt(clean, end, block), true},
		{"after the end of them, in their block", slices.Concat(clean[:pixels], []byte{clean[pixels] + byte(len(planted))}, clean[pixels+1:end], []byte(planted), clean[end:]), false},
		{"colours that no pixel has", colours(clean, 13), false},
		{"local colours that no pixel has", colours(local, frame+10), false},
		{"global colours that no frame uses", colours(local, 13), false},
		{"a further frame", slices.Concat(clean[:len(clean)-1], clean[frame:len(clean)-1], extension(0xfe, ""), []byte{0x3b}), false},
	})
}

func TestNothingPlantedLeavesWebP(t *testing.T) {
	grow := func(file []byte, id string) []byte { // appends to the data of a chunk
		at := bytes.Index(file, []byte(id))
		length := int(binary.LittleEndian.Uint32(file[at+4:]))
		body := append(bytes.Clone(file[at+8:at+8+length]), planted...)
		return slices.Concat(file[:at], riffChunk(id, body...), file[at+8+length+length&1:])
	}
	for _, tt := range []struct{ file, coding string }{{"alpha-lossless.webp", "VP8L"}, {"alpha-lossy.webp", "VP8 "}} {
		t.Run(tt.coding, func(t *testing.T) {
			clean := testdata(t, tt.file)
			flags := byte(0x2c)
			chunks := clean[12:]
			if tt.coding == "VP8 " {
				flags, chunks = 0x3c, chunks[18:]
			}
			with := func(before, after []byte) []byte {
				return webpFile(riffChunk("VP8X", flags, 0, 0, 0, 119, 0, 0, 79, 0, 0), before, chunks, after)
			}
			places := []hidingPlace{
				{"Exif", with(nil, riffChunk("EXIF", []byte(planted)...)), false},
				{"XMP", with(nil, riffChunk("XMP ", []byte(planted)...)), false},
				{"profile", with(riffChunk("ICCP", []byte(planted)...), nil), false},
				{"unknown chunk", with(nil, riffChunk("SeCr", []byte(planted)...)), false},
				{"after the end", append(bytes.Clone(clean), planted...), false},
				{"after the compressed pixels", grow(clean, tt.coding), tt.coding == "VP8 "},
			}
			if tt.coding == "VP8 " {
				places = append(places, hidingPlace{"after the compressed alpha", grow(clean, "ALPH"), false})
			}
			wantPlacesEmpty(t, clean, 25, places)
		})
	}
	animation := testdata(t, "animated.webp")
	img := prepareData(t, append(animation, riffChunk("ANMF", []byte(planted)...)...), "")
	wantNothingPlanted(t, img)
}

func TestNothingPlantedLeavesOtherFormats(t *testing.T) {
	m := gradient(40, 30)
	page := tiffFile(2)
	private := tiffFile(1, field{0xc4a5, 4, uint32(len(tiffFile(1)))})
	binary.LittleEndian.PutUint32(private[bytes.Index(private, []byte{0xa5, 0xc4, 4, 0})+8:], uint32(len(private)))
	wantPlacesEmpty(t, encodeTIFF(t, m, tiff.Deflate), 0, []hidingPlace{{"TIFF, after the end", append(encodeTIFF(t, m, tiff.Deflate), planted...), true}})
	wantPlacesEmpty(t, page, 0, []hidingPlace{
		{"TIFF, private field", append(private, planted...), true},
		{"TIFF, further page", slices.Concat(page, []byte(planted)), true},
	})
	wantPlacesEmpty(t, encodeBMP(t, m), 0, []hidingPlace{
		{"BMP, after the pixels", append(encodeBMP(t, m), planted...), true},
	})
}

// storedRows returns a zlib stream of data that is not compressed.
func storedRows(data []byte) []byte {
	n := uint16(len(data))
	b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte{0x78, 1, 1}, n), ^n)
	b = append(b, data...)
	s1, s2 := uint32(1), uint32(0)
	for _, c := range data {
		s1 = (s1 + uint32(c)) % 65521
		s2 = (s2 + s1) % 65521
	}
	return binary.BigEndian.AppendUint32(b, s2<<16|s1)
}
