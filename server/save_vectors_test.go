package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readNumPy reads a matrix in version 1.0 of NumPy's format.
func readNumPy(t testing.TB, path string) (rows [][]float32) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := bytes.CutPrefix(data, []byte("\x93NUMPY\x01\x00"))
	if !ok || len(rest) < 2 {
		t.Fatalf("it begins with %q", data[:min(len(data), 10)])
	}
	length := int(binary.LittleEndian.Uint16(rest))
	header := string(rest[2 : 2+length])
	var n, d int
	_, err = fmt.Sscanf(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", &n, &d)
	if err != nil || !strings.HasSuffix(header, "\n") || (10+length)%64 != 0 || strings.Contains(strings.TrimSuffix(header, "\n"), "\n") {
		t.Fatalf("the header is %q: %v", header, err)
	}
	numbers := make([]float32, n*d)
	if read, err := binary.Decode(rest[2+length:], binary.LittleEndian, numbers); err != nil || 2+length+read != len(rest) {
		t.Fatalf("%d numbers of %d bytes: %v", n*d, len(rest)-2-length, err)
	}
	return slices.Collect(slices.Chunk(numbers, d))
}

type vectorLine struct {
	Index  int       `json:"index"`
	Text   string    `json:"text"`
	Vector []float32 `json:"vector"`
}

func readLines(t testing.TB, path string) (lines []vectorLine) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line vectorLine
		decoder := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestVectorsAreSaved(t *testing.T) {
	s, folder := saving(t, setup{})
	r := connect(t, s)
	texts := []string{"the <cat> & the dog", "l'été", "a stock\nmarket"}
	var plain embedAnswer
	r.succeed("embed", quote(t, map[string]any{"input": texts}), &plain)
	want := plain.vectors(t)
	for name, query := range map[string]string{"v.npy": "", "sub/v.jsonl": "", "V.NPY2.NPY": "cats", "ranked.jsonl": "cats"} {
		t.Run(name, func(t *testing.T) {
			arguments := map[string]any{"input": texts, "save_to": name}
			if query != "" {
				arguments["query"] = query
				arguments["output"] = "vectors" // the file has them, so nothing else has
			}
			var got struct {
				embedAnswer
				Saved saved `json:"saved"`
			}
			result := r.in(t).succeed("embed", quote(t, arguments), &got)
			path := filepath.Join(folder, filepath.FromSlash(name))
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			preview := fmt.Sprintf("3 float32 vectors of %d dimensions", len(want[0]))
			if got.Saved != (saved{path, int(info.Size()), preview}) || len(got.Embeddings) > 0 || got.Count != 3 || got.Dimensions != len(want[0]) {
				t.Errorf("saved is %+v beside %d vectors", got.Saved, len(got.Embeddings))
			}
			if !strings.HasPrefix(result.texts[0], "Saved to "+path) || !strings.Contains(result.texts[0], preview) || len(result.texts) > 1 || len(result.links) != 1 {
				t.Errorf("the texts are %q, links %v", result.texts, result.links)
			}
			if ranks := strings.Contains(result.texts[0], "by cosine"); ranks != (query != "") || len(got.Ranking) != 0 != ranks {
				t.Errorf("the ranking is %v, the text %q", got.Ranking, result.texts[0])
			}
			if strings.EqualFold(filepath.Ext(name), ".npy") {
				if rows := readNumPy(t, path); !slices.EqualFunc(rows, want, slices.Equal) {
					t.Error("the vectors differ")
				}
				return
			}
			lines := readLines(t, path)
			for i, line := range lines {
				if line.Index != i || line.Text != texts[i] || !slices.Equal(line.Vector, want[i]) {
					t.Errorf("line %d has index %d and text %q", i, line.Index, line.Text)
				}
			}
			if len(lines) != len(texts) {
				t.Errorf("there are %d lines", len(lines))
			}
		})
	}
}
