package mend

import (
	"bytes"
	"context"
)

// TrimJPEG returns a JPEG, which can be decoded, without the bytes in its scans that no
// decoder uses: those after the last block of a scan, and those before a restart. It
// reads all symbols, but not what they stand for.
func TrimJPEG(ctx context.Context, data []byte) ([]byte, error) {
	if len(data) < 2 {
		return nil, ErrNothing
	}
	t := jpegTrimmer{jpegMender: jpegMender{ctx: ctx, maxPixels: 1 << 30, out: append(make([]byte, 0, len(data)), 0xff, markerSOI)}}
	for rest := data[2:]; ; {
		marker, body, after, ok := jpegSegment(rest)
		if !ok {
			break
		}
		rest = after
		if marker != markerSOS {
			if err := t.add(marker, body, nil, false); err != nil {
				return nil, err
			}
			continue
		}
		end := jpegScanEnd(rest)
		t.appendSegment(marker, body)
		if err := t.addScan(body, rest[:end]); err != nil {
			return nil, err
		}
		rest = rest[end:]
	}
	return append(t.out, 0xff, markerEOI), nil
}

type jpegTrimmer struct {
	jpegMender
	detail [][]uint64 // of each component and block, the coefficients that are not zero
}

// addScan appends the data of a scan, as far as it is used.
func (t *jpegTrimmer) addScan(header, data []byte) error {
	s, ok := t.readScan(header)
	if !ok {
		return ErrNothing
	}
	for len(t.detail) < len(t.components) {
		c := t.components[len(t.detail)]
		t.detail = append(t.detail, make([]uint64, t.mcusAcross*t.mcusDown*c.h*c.v))
	}
	w := walker{bits: bitReader{data: data}, jpegMender: &t.jpegMender, scan: s}
	start := 0
	for mcu := range t.mcusAcross * t.mcusDown {
		if mcu%4096 == 0 && t.ctx.Err() != nil {
			return t.ctx.Err()
		}
		if t.interval > 0 && mcu > 0 && mcu%t.interval == 0 {
			t.out = append(t.out, data[start:w.bits.at]...)
			restart := []byte{0xff, markerRST0 + byte((mcu/t.interval-1)%8)}
			next := bytes.Index(data[w.bits.at:], restart)
			if next < 0 {
				return ErrNothing
			}
			start = w.bits.at + next
			w.bits.at, w.bits.left, w.eobRun = start+2, 0, 0
		}
		for i, c := range s.components {
			for block := range t.components[c].h * t.components[c].v {
				if len(s.components) == 1 && t.beyond(c, mcu, block) {
					continue
				}
				detail := &t.detail[c][mcu*t.components[c].h*t.components[c].v+block]
				if s.refines && !w.refine(i, *detail, detail) || !s.refines && !w.mark(i, detail) {
					return ErrNothing
				}
			}
		}
	}
	t.out = append(t.out, data[start:w.bits.at]...)
	return nil
}

// mark reads a block as [walker.block] does, and marks its coefficients.
func (w *walker) mark(i int, detail *uint64) bool {
	w.detail = detail
	return w.block(i)
}

// refine reads a block of a scan that refines others: a bit for each coefficient that
// is not zero yet, between those that become so (ITU-T T.81, G.1.2.3).
func (w *walker) refine(i int, before uint64, detail *uint64) bool {
	if w.first == 0 {
		return w.bits.skip(1)
	}
	at := w.first
	for w.eobRun == 0 && at <= w.last {
		symbol, ok := w.ac[i].read(&w.bits)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), int(symbol&15)
		if size == 0 && run < 15 {
			extra, ok := w.bits.take(run)
			if !ok {
				return false
			}
			w.eobRun = 1<<run | extra
			break
		}
		if size > 1 || !w.bits.skip(size) || !w.pass(before, &at, run) || at > w.last {
			return false
		}
		if size == 1 {
			*detail |= 1 << at
		}
		at++
	}
	if w.eobRun > 0 {
		w.eobRun--
		return w.pass(before, &at, 64)
	}
	return true
}

// pass reads the bits of the coefficients from at that are not zero, up to the one
// after so many that are.
func (w *walker) pass(detail uint64, at *int, zeros int) bool {
	for ; *at <= w.last; *at++ {
		if detail>>*at&1 == 0 {
			if zeros == 0 {
				return true
			}
			zeros--
		} else if !w.bits.skip(1) {
			return false
		}
	}
	return true
}
