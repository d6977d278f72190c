package mend

import (
	"bytes"
	"compress/lzw"
	"context"
	"errors"
	"io"
)

// GIF returns a file of the first frame alone, whose missing pixels are transparent,
// or of the background's colour.
func GIF(ctx context.Context, data []byte, maxPixels int) ([]byte, error) {
	const screenEnd, descriptor = 13, 10
	if len(data) < screenEnd {
		return nil, ErrNothing
	}
	head := screenEnd + colourTable(data[10])
	fill := data[11] // the background
	for at := head; at < len(data); {
		switch block := data[at:]; {
		case block[0] == 0x21 && len(block) >= 8: // an extension
			if block[1] == 0xf9 && block[3]&1 != 0 {
				fill = block[6] // the transparent colour
			}
			_, length := subBlocks(block[2:])
			at += 2 + length
		case block[0] == 0x2c && len(block) > descriptor:
			image := block[:min(descriptor+colourTable(block[9])+1, len(block))]
			width, height := int(block[5])|int(block[6])<<8, int(block[7])|int(block[8])<<8
			codeSize := image[len(image)-1]
			switch {
			case codeSize < 2 || codeSize > 8, width == 0, height == 0:
				return nil, ErrNothing
			case int64(width)*int64(height) > int64(maxPixels):
				return nil, ErrTooLarge
			case int(fill) >= 1<<codeSize:
				fill = 0
			}
			compressed, _ := subBlocks(block[len(image):])
			pixels, err := completeLZW(ctx, compressed, int(codeSize), width*height, fill)
			if err != nil {
				return nil, err
			}
			out := append(append([]byte(nil), data[:at]...), image...)
			return append(appendSubBlocks(out, pixels), 0x3b), nil
		default:
			return nil, ErrNothing
		}
	}
	return nil, ErrNothing
}

// colourTable returns the length of the colour table that a flags byte declares.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// subBlocks returns the content of a run of sub-blocks, as far as it goes, and the
// length of the run.
func subBlocks(data []byte) (content []byte, length int) {
	for length < len(data) {
		size := int(data[length])
		end := min(length+1+size, len(data))
		content = append(content, data[length+1:end]...)
		if length = end; size == 0 {
			break
		}
	}
	return content, length
}

func appendSubBlocks(out, content []byte) []byte {
	for len(content) > 0 {
		n := min(len(content), 255)
		out = append(append(out, byte(n)), content[:n]...)
		content = content[n:]
	}
	return append(out, 0)
}

// completeLZW compresses n pixels again: those of compressed, and fill.
func completeLZW(ctx context.Context, compressed []byte, codeSize, n int, fill byte) ([]byte, error) {
	r := lzw.NewReader(contextReader{ctx, bytes.NewReader(compressed)}, lzw.LSB, codeSize)
	defer r.Close()
	there := &counter{r: untilError{ctx, r}}
	var out bytes.Buffer
	w := lzw.NewWriter(&out, lzw.LSB, codeSize)
	_, copied := io.Copy(w, io.LimitReader(io.MultiReader(there, contextReader{ctx, endless(fill)}), int64(n)))
	closed := w.Close()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case there.n == 0:
		return nil, ErrNothing
	}
	return out.Bytes(), errors.Join(copied, closed)
}
