package media_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"testing"
)

// seenAt returns where the stored pixel of a row and a column is seen. As in Exif,
// each orientation names the visual sides of row 0 and column 0.
func seenAt(orientation, row, column int, stored image.Point) image.Point {
	right, bottom := stored.X-1-column, stored.Y-1-row
	switch orientation {
	case 2: // top, right
		return image.Pt(right, row)
	case 3: // bottom, right
		return image.Pt(right, bottom)
	case 4: // bottom, left
		return image.Pt(column, bottom)
	case 5: // left, top
		return image.Pt(row, column)
	case 6: // right, top
		return image.Pt(bottom, column)
	case 7: // right, bottom
		return image.Pt(bottom, right)
	case 8: // left, bottom
		return image.Pt(row, right)
	}
	return image.Pt(column, row)
}

func TestOrientation(t *testing.T) {
	seen := gradient(48, 32)
	for orientation := 1; orientation <= 8; orientation++ {
		size := seen.Rect.Size()
		if orientation >= 5 {
			size = image.Pt(size.Y, size.X)
		}
		stored := image.NewNRGBA(image.Rectangle{Max: size})
		for row := range size.Y {
			for column := range size.X {
				at := seenAt(orientation, row, column, size)
				stored.Set(column, row, seen.At(at.X, at.Y))
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %v", orientation, order), func(t *testing.T) {
				tags := exif(order, uint16(orientation))
				img := prepareData(t, insertAt(encodePNG(t, stored), afterIHDR, pngChunk("eXIf", tags)), "")
				wantSame(t, decode(t, "image/png", img.Data), seen, 0, 0)
				wantClean(t, img)

				img = prepareData(t, insertAt(encodeJPEG(t, stored), afterSOI, jpegSegment(0xe1, "Exif\x00\x00"+string(tags))), "")
				wantSame(t, decode(t, "image/jpeg", img.Data), seen, 4, 60)
				wantClean(t, img)
				if img.Width != 48 || img.Height != 32 || img.Recoded != (orientation != 1) || img.Original.Width != size.X || img.Resized {
					t.Errorf("got %d×%d of %d×%d, recoded %v, resized %v",
						img.Width, img.Height, img.Original.Width, img.Original.Height, img.Recoded, img.Resized)
				}
			})
		}
	}
}

// Some programs write the orientation as a LONG.
func TestOrientationOfAnotherType(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		tags := order.AppendUint32([]byte(exif(order, 1)[:4]), 8)
		tags = order.AppendUint16(order.AppendUint16(order.AppendUint16(tags, 1), 0x0112), 4)
		tags = order.AppendUint32(order.AppendUint32(tags, 1), 8)
		img := prepareData(t, insertAt(encodePNG(t, gradient(20, 10)), afterIHDR, pngChunk("eXIf", tags)), "")
		if img.Width != 10 || img.Height != 20 {
			t.Errorf("%v: %d×%d", order, img.Width, img.Height)
		}
	}
}

func TestDamagedExifIsUpright(t *testing.T) {
	whole := exif(binary.LittleEndian, 6)
	tags := map[string][]byte{
		"none":              nil,
		"zero":              exif(binary.LittleEndian, 0),
		"nine":              exif(binary.BigEndian, 9),
		"no byte order":     append([]byte("XX"), whole[2:]...),
		"directory outside": append(append(bytes.Clone(whole[:4]), 0xff, 0xff, 0xff, 0xff), whole[8:]...),
	}
	for n := range 10 + 2*12 - 1 {
		tags[fmt.Sprintf("first %d bytes", n)] = whole[:n]
	}
	plain := encodeJPEG(t, gradient(20, 10))
	for name, block := range tags {
		t.Run(name, func(t *testing.T) {
			img := prepareData(t, insertAt(plain, afterSOI, jpegSegment(0xe1, "Exif\x00\x00"+string(block))), "")
			if img.Recoded || img.Width != 20 {
				t.Errorf("the image was turned to %d×%d", img.Width, img.Height)
			}
		})
	}
}
