package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/passage"
)

const (
	files    = 500
	sections = 20 // of a file, each a passage
)

// write writes the files. They differ in each round, so that no vector of theirs is kept.
func (c *corpus) write() error {
	const sentence = "Light of a short wavelength is scattered more than that of a long one. "
	for file := range files {
		var b strings.Builder
		for section := range sections {
			fmt.Fprintf(&b, "# %s%d of file %d, round %d\n\n%s\n\n", marker, section, file, c.round, strings.Repeat(sentence, 12))
		}
		if err := os.WriteFile(c.file(file), []byte(b.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c *corpus) file(i int) string { return filepath.Join(c.texts, fmt.Sprintf("%d.md", i)) }

// passages reads the files and cuts them as the server does.
func (c *corpus) passages() ([]string, error) {
	var texts []string
	for file := range files {
		text, err := os.ReadFile(c.file(file))
		if err != nil {
			return nil, err
		}
		for _, p := range passage.Split(string(text), passage.Options{}) {
			texts = append(texts, p.Text)
		}
	}
	if len(texts) != files*sections {
		return nil, fmt.Errorf("%d passages, not %d", len(texts), files*sections)
	}
	return texts, nil
}

// embedDirectly does without a server what the first ranking does: it reads the files,
// makes the direct batched call, and keeps the vectors for the next.
func (c *corpus) embedDirectly(ctx context.Context) error {
	texts, err := c.passages()
	if err != nil {
		return err
	}
	vectors, err := c.upstream.embed(ctx, append([]string{query}, texts...), false)
	if err != nil {
		return err
	}
	raw := make([]byte, 0, 4*dimensions*len(texts))
	for _, vector := range vectors[1:] {
		for _, x := range vector {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
	}
	rank(vectors[0], raw)
	return os.WriteFile(c.matrix, raw, 0o600)
}

// rankDirectly ranks by the vectors that are kept.
func (c *corpus) rankDirectly(ctx context.Context) error {
	asked, err := c.upstream.embed(ctx, []string{query}, false)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(c.matrix)
	if err != nil {
		return err
	}
	rank(asked[0], raw)
	return nil
}

// rank returns the rows of a matrix by their cosine with a vector, the best first.
func rank(vector []float32, matrix []byte) []int {
	scores := make([]float64, 0, files*sections)
	ranking := make([]int, 0, files*sections)
	for row := range slices.Chunk(matrix, 4*dimensions) {
		var dot, square float64
		for i, x := range vector {
			y := float64(math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:])))
			dot, square = dot+float64(x)*y, square+y*y
		}
		scores = append(scores, dot/math.Sqrt(square))
		ranking = append(ranking, len(ranking))
	}
	slices.SortFunc(ranking, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return ranking
}
