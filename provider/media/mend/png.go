package mend

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// PNG returns a file of the same pixels with right checksums, whose rows are
// completed: with white, or transparent where the file has alpha, or with the first
// colour of its palette. Of an interlaced image the fine detail is missing.
func PNG(ctx context.Context, data []byte, maxPixels int) ([]byte, error) {
	const signature, overhead = 8, 12
	var header, compressed []byte
	out := append([]byte(nil), data[:min(signature, len(data))]...)
	for rest := data[min(signature, len(data)):]; len(rest) >= 8; {
		length := uint64(binary.BigEndian.Uint32(rest))
		body := rest[8:min(8+length, uint64(len(rest)))]
		switch id := string(rest[4:8]); id {
		case "IHDR":
			if len(body) != 13 {
				return nil, ErrNothing
			}
			header = body
			out = appendPNGChunk(out, id, body)
		case "PLTE", "tRNS", "eXIf", "acTL":
			if uint64(len(body)) == length && header != nil {
				out = appendPNGChunk(out, id, body)
			}
		case "IDAT":
			compressed = append(compressed, body...)
		}
		rest = rest[min(length+overhead, uint64(len(rest))):]
	}
	if header == nil || len(compressed) == 0 {
		return nil, ErrNothing
	}
	rows, err := pngRows(header, maxPixels)
	if err != nil {
		return nil, err
	}
	body, err := completePNG(ctx, compressed, rows, header[9])
	if err != nil {
		return nil, err
	}
	return appendPNGChunk(appendPNGChunk(out, "IDAT", body), "IEND", nil), nil
}

func appendPNGChunk(out []byte, id string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	start := len(out)
	out = append(append(out, id...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}

// pass is a run of rows of one length. The filter's byte, which each begins with, is
// not counted.
type pass struct{ rows, bytes int64 }

// pngRows returns the rows that the header declares: one pass, or the seven of Adam7.
func pngRows(header []byte, maxPixels int) ([]pass, error) {
	width, height := int64(binary.BigEndian.Uint32(header)), int64(binary.BigEndian.Uint32(header[4:]))
	samples := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[header[9]]
	switch {
	case width == 0, height == 0, width > 1<<31, height > 1<<31, samples == 0, header[8] > 16:
		return nil, ErrNothing
	case width*height > int64(maxPixels):
		return nil, ErrTooLarge
	}
	of := func(columns, rows int64) pass { return pass{rows, (columns*samples*int64(header[8]) + 7) / 8} }
	if header[12] == 0 {
		return []pass{of(width, height)}, nil
	}
	var passes []pass
	for _, grid := range [][4]int64{ // first column and row, and steps
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		columns, rows := (width-grid[0]+grid[2]-1)/grid[2], (height-grid[1]+grid[3]-1)/grid[3]
		if columns > 0 && rows > 0 {
			passes = append(passes, of(columns, rows))
		}
	}
	return passes, nil
}

// completePNG compresses the rows again that compressed holds, and those that it
// lacks. It streams them: 50 megapixels may be 400 MB.
func completePNG(ctx context.Context, compressed []byte, passes []pass, colourType byte) ([]byte, error) {
	z, err := zlib.NewReader(contextReader{ctx, bytes.NewReader(compressed)})
	if err != nil {
		return nil, ErrNothing
	}
	there := &counter{r: untilError{ctx, z}}
	fill := endless(0) // transparent, or the palette's first colour
	if colourType == 0 || colourType == 2 {
		fill = 0xff
	}
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	if err != nil {
		return nil, err
	}
	for _, p := range passes {
		const piece = 64 << 10 // a row may have all pixels of the image
		buf := make([]byte, min(piece, 1+p.bytes))
		for range p.rows {
			if err := copyRow(ctx, w, there, p.bytes, fill, buf); err != nil {
				return nil, err
			}
		}
	}
	if there.n <= passes[0].bytes {
		return nil, ErrNothing
	}
	err = w.Close()
	return out.Bytes(), err
}

// copyRow copies the filter's byte of a row, and its n bytes, through buf. It completes a
// row that breaks off with zeros, which continue what a filter predicts, and one that is
// missing with fill.
func copyRow(ctx context.Context, w io.Writer, r io.Reader, n int64, fill endless, buf []byte) error {
	missing := false
	for left := 1 + n; left > 0; left -= int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf = buf[:min(left, int64(len(buf)))]
		read, err := io.ReadFull(r, buf)
		if left == 1+n && read == 0 { // a row of no filter
			missing, read = true, 1
			buf[0] = 0
		}
		if missing {
			_, _ = fill.Read(buf[read:])
		} else if err != nil {
			clear(buf[read:])
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
