package tools

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Extensions of the formats in which vectors are saved.
const (
	extNumPy     = ".npy"
	extJSONLines = ".jsonl"
)

// vectorRow is one line of a .jsonl file of vectors.
type vectorRow struct {
	Index int    `json:"index"`
	Text  string `json:"text"`
	place
	Vector []float32 `json:"vector"`
}

// saveVectors saves the vectors of texts, in the format of the file's extension.
func (o *output) saveVectors(to *save.Destination, sources []source, vectors [][]float32) *saved {
	if to == nil {
		return nil
	}
	preview := fmt.Sprintf("%s of %s", text.Count(len(vectors), "float32 vector"), text.Count(len(vectors[0]), "dimension"))
	return o.save(to, preview, func(w io.Writer) error {
		if to.Extension() == extNumPy {
			return writeNumPy(w, vectors)
		}
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for i, vector := range vectors {
			if err := lines.Encode(vectorRow{i, sources[i].text, sources[i].place, vector}); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeNumPy writes vectors of equal length as a float32 matrix, in version 1.0 of NumPy's
// format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func writeNumPy(w io.Writer, vectors [][]float32) error {
	const (
		magic     = "\x93NUMPY\x01\x00"
		alignment = 64 // of the numbers, so that they can be mapped into memory
	)
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", len(vectors), len(vectors[0]))
	before := len(magic) + 2 + len(header) + 1
	header += strings.Repeat(" ", (alignment-before%alignment)%alignment) + "\n"
	start := binary.LittleEndian.AppendUint16([]byte(magic), uint16(len(header)))
	if _, err := w.Write(append(start, header...)); err != nil {
		return err
	}
	var row []byte
	for _, vector := range vectors {
		row = appendFloats(row[:0], vector)
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// appendFloats appends numbers as little-endian float32.
func appendFloats(raw []byte, vector []float32) []byte {
	for _, x := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return raw
}
