package mend

import "slices"

// scan is what the header of a scan says.
type scan struct {
	components []int // indexes
	dc, ac     []*huffman
	first      int // the first coefficient; 0 is the mean of a block
	last       int
	refines    bool // the coefficients of an earlier scan
}

func (j *jpegMender) readScan(header []byte) (s scan, ok bool) {
	if len(header) < 1 || len(header) != 4+2*int(header[0]) {
		return scan{}, false
	}
	n := int(header[0])
	for i := range n {
		id, tables := header[1+2*i], header[2+2*i]
		at := slices.IndexFunc(j.components, func(c component) bool { return c.id == id })
		if at < 0 || tables>>4 > 3 || tables&15 > 3 || slices.Contains(s.components, at) {
			return scan{}, false
		}
		s.components = append(s.components, at)
		s.dc, s.ac = append(s.dc, j.tables[0][tables>>4]), append(s.ac, j.tables[1][tables&15])
	}
	s.last = 63
	if j.progressive {
		s.first, s.last, s.refines = int(header[1+2*n]), int(header[2+2*n]), header[3+2*n]>>4 != 0
	}
	return s, n > 0 && s.first <= s.last && s.last <= 63
}

// addScan appends a scan, completed if it breaks off. cut is true at the end of the
// file, where the data may break off after any bit.
func (j *jpegMender) addScan(header, data []byte, cut bool) error {
	s, ok := j.readScan(header)
	if !ok || s.first == 0 && !s.refines && j.components[s.components[0]].seen {
		return ErrNothing
	}
	if s.first > 0 && !j.keepDetail(s, data, cut) {
		j.components[s.components[0]].broken = true
		return nil
	}
	body := data
	if s.first == 0 && !s.refines {
		var err error
		if body, err = j.complete(s, data); err != nil {
			return err
		}
	}
	j.appendSegment(markerSOS, header)
	j.out = append(j.out, body...)
	if s.first == 0 && s.refines && cut {
		// Each block has one bit, and zero changes nothing.
		for _, c := range s.components {
			blocks := j.mcusAcross * j.mcusDown * j.components[c].h * j.components[c].v
			j.out = append(j.out, make([]byte, blocks/8+1)...)
		}
	}
	for _, c := range s.components {
		j.components[c].seen = true
	}
	return nil
}

// keepDetail reports whether a scan of a progressive image's detail is whole, as far
// as that can be told. One that refines others can only be read with them.
func (j *jpegMender) keepDetail(s scan, data []byte, cut bool) bool {
	if j.components[s.components[0]].broken || len(s.components) != 1 || cut && len(data) > 0 && s.refines {
		return false
	}
	if s.refines {
		return true
	}
	w := walker{bits: bitReader{data: data}, jpegMender: j, scan: s}
	return w.run() == j.mcusAcross*j.mcusDown
}

// complete returns the data of a scan with all its MCUs: those that can be read, and
// then blocks that do not differ from the one before.
func (j *jpegMender) complete(s scan, data []byte) ([]byte, error) {
	w := walker{bits: bitReader{data: data}, jpegMender: j, scan: s}
	done, total := w.run(), j.mcusAcross*j.mcusDown
	switch {
	case j.ctx.Err() != nil:
		return nil, j.ctx.Err()
	case done == total:
		return data, nil
	case done == 0 && !j.components[0].seen:
		return nil, ErrNothing
	}
	out := w.end.writer(data)
	sign := make([]bool, len(s.components))
	for mcu := done; mcu < total; mcu++ {
		if mcu%4096 == 0 && j.ctx.Err() != nil {
			return nil, j.ctx.Err()
		}
		if j.interval > 0 && mcu > 0 && mcu%j.interval == 0 {
			out.restart(byte((mcu/j.interval - 1) % 8))
		}
		for i, c := range s.components {
			for block := range j.components[c].h * j.components[c].v {
				if len(s.components) == 1 && j.beyond(c, mcu, block) {
					continue
				}
				if !s.dc[i].writeFlat(&out, &sign[i]) || s.last > 0 && !s.ac[i].writeEnd(&out) {
					return nil, ErrNothing
				}
			}
		}
	}
	return out.close(), nil
}

// beyond reports whether a block of a scan of one component is outside of the image,
// as the decoder of Go counts them, and so has no data.
func (j *jpegMender) beyond(c, mcu, block int) bool {
	h, v := j.components[c].h, j.components[c].v
	n := mcu*h*v + block
	across := j.mcusAcross * h
	return n%across*8 >= j.width || n/across*8 >= j.height
}

// walker reads the symbols of a scan without keeping the coefficients.
type walker struct {
	*jpegMender
	scan
	bits   bitReader
	end    bitReader // after the last MCU that is whole
	eobRun int
	detail *uint64 // if not nil, where the coefficients of a block that are not zero are marked
}

// run returns how many MCUs can be read.
func (w *walker) run() int {
	w.end = w.bits
	total := w.mcusAcross * w.mcusDown
	for mcu := range total {
		if mcu%4096 == 0 && w.ctx.Err() != nil {
			return mcu
		}
		if w.interval > 0 && mcu > 0 && mcu%w.interval == 0 {
			if !w.bits.restart(byte((mcu/w.interval - 1) % 8)) {
				return mcu
			}
			w.eobRun = 0
		}
		for i, c := range w.scan.components {
			for block := range w.jpegMender.components[c].h * w.jpegMender.components[c].v {
				if len(w.scan.components) == 1 && w.beyond(c, mcu, block) {
					continue
				}
				if !w.block(i) {
					return mcu
				}
			}
		}
		w.end = w.bits
	}
	return total
}

// block reads a block of a component of the scan.
func (w *walker) block(i int) bool {
	at := w.first
	if at == 0 {
		size, ok := w.dc[i].read(&w.bits)
		if !ok || size > 16 || !w.bits.skip(int(size)) {
			return false
		}
		at++
	}
	if at <= w.last && w.eobRun > 0 {
		w.eobRun--
		return true
	}
	for ; at <= w.last; at++ {
		symbol, ok := w.ac[i].read(&w.bits)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), int(symbol&15)
		switch {
		case size != 0:
			if at += run; at > w.last {
				return true // as the decoder of Go takes it
			}
			if !w.bits.skip(size) {
				return false
			}
			if w.detail != nil {
				*w.detail |= 1 << at
			}
		case run == 15:
			at += 15
		default:
			extra, ok := w.bits.take(run)
			w.eobRun = 1<<run + extra - 1
			return ok
		}
	}
	return true
}
