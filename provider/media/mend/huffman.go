package mend

// huffman is a table of codes (ITU-T T.81, annex C). Of each length it holds the first
// code, and where its symbol is. A nil table has no codes.
type huffman struct {
	symbols []byte
	counts  [17]int
}

// addTables reads the tables of a DHT segment.
func (j *jpegMender) addTables(body []byte) error {
	for len(body) >= 17 {
		class, id := body[0]>>4, body[0]&15
		h := &huffman{}
		total := 0
		for i := range 16 {
			h.counts[i+1] = int(body[1+i])
			total += h.counts[i+1]
		}
		if class > 1 || id > 3 || total > len(body)-17 || total > 256 {
			return ErrNothing
		}
		h.symbols = body[17 : 17+total]
		j.tables[class][id] = h
		body = body[17+total:]
	}
	return nil
}

// read returns the next symbol.
func (h *huffman) read(bits *bitReader) (symbol byte, ok bool) {
	if h == nil {
		return 0, false
	}
	code, first, index := 0, 0, 0
	for length := 1; length <= 16; length++ {
		bit, ok := bits.bit()
		if !ok {
			return 0, false
		}
		code |= bit
		count := h.counts[length]
		if code-first < count {
			return h.symbols[index+code-first], true
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, false
}

// code returns the code of a symbol; its length is 0 for a symbol without one.
func (h *huffman) code(symbol byte) (code uint32, length int) {
	if h == nil {
		return 0, 0
	}
	index := 0
	for length = 1; length <= 16; length++ {
		for range h.counts[length] {
			if h.symbols[index] == symbol {
				return code, length
			}
			code++
			index++
		}
		code <<= 1
	}
	return 0, 0
}

// writeFlat writes the mean of a block that does not differ from the one before. If
// the table has no code for that, it goes up and down in turn by the least that the
// table has.
func (h *huffman) writeFlat(out *bitWriter, down *bool) bool {
	for size := range 12 {
		code, length := h.code(byte(size))
		if length == 0 {
			continue
		}
		out.write(code, length)
		if size > 0 {
			half := uint32(1) << (size - 1) // the least difference of so many bits
			if *down {
				half--
			}
			out.write(half, size)
			*down = !*down
		}
		return true
	}
	return false
}

// writeEnd writes that a block has no more coefficients.
func (h *huffman) writeEnd(out *bitWriter) bool {
	code, length := h.code(0)
	out.write(code, length)
	return length > 0
}

// bitReader reads entropy-coded data, in which a zero follows each 0xff. It is a value
// that can be copied to remember a place.
type bitReader struct {
	data    []byte
	at      int // the next byte
	current byte
	left    int // bits of current that are not read yet
}

func (b *bitReader) bit() (bit int, ok bool) {
	if b.left == 0 {
		if b.at >= len(b.data) {
			return 0, false
		}
		b.current = b.data[b.at]
		if b.current == 0xff {
			if b.at+1 >= len(b.data) || b.data[b.at+1] != 0 {
				return 0, false
			}
			b.at++
		}
		b.at++
		b.left = 8
	}
	b.left--
	return int(b.current>>b.left) & 1, true
}

// take reads n bits as a number.
func (b *bitReader) take(n int) (value int, ok bool) {
	for range n {
		bit, ok := b.bit()
		if !ok {
			return 0, false
		}
		value = value<<1 | bit
	}
	return value, true
}

func (b *bitReader) skip(n int) bool {
	_, ok := b.take(n)
	return ok
}

// restart reads a restart marker, which begins at a byte.
func (b *bitReader) restart(n byte) bool {
	if b.at+1 >= len(b.data) || b.data[b.at] != 0xff || b.data[b.at+1] != markerRST0+n {
		return false
	}
	b.at += 2
	b.left = 0
	return true
}

// writer returns a writer that has written what b has read of data.
func (b *bitReader) writer(data []byte) bitWriter {
	whole := b.at
	if b.left > 0 {
		if whole--; b.current == 0xff {
			whole--
		}
	}
	w := bitWriter{out: append([]byte(nil), data[:whole]...)}
	if b.left > 0 {
		w.write(uint32(b.current>>b.left), 8-b.left)
	}
	return w
}

// bitWriter writes entropy-coded data.
type bitWriter struct {
	out    []byte
	bits   uint32
	filled int
}

// write appends the lowest n bits of value, at most 16.
func (w *bitWriter) write(value uint32, n int) {
	w.bits = w.bits<<n | value
	for w.filled += n; w.filled >= 8; w.filled -= 8 {
		b := byte(w.bits >> (w.filled - 8))
		if w.out = append(w.out, b); b == 0xff {
			w.out = append(w.out, 0)
		}
	}
	w.bits &= 1<<w.filled - 1
}

// restart completes the byte and appends a restart marker.
func (w *bitWriter) restart(n byte) { w.out = append(w.close(), 0xff, markerRST0+n) }

// close completes the byte with ones, as the standard says.
func (w *bitWriter) close() []byte {
	if w.filled > 0 {
		w.write(1<<(8-w.filled)-1, 8-w.filled)
	}
	return w.out
}
