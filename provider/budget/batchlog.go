package budget

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

// batchLog says of the batches that were submitted in a period what was reserved for each,
// and what it cost. Its lines are "AMOUNT BATCH reserve" and "AMOUNT BATCH settle WRITER".
//
// The estimate of a batch is an amount of the period like any other, so it is counted
// whatever becomes of the program. A settle line replaces it by the cost, and is the only
// thing that does: of several, as when two processes fetch the results at the same
// moment, every reader takes the first.
type batchLog struct {
	lineLog
	spent      map[string]*batchSpend // by the hash of the batch's id
	difference money                  // by which the settled batches cost more than was reserved; mostly negative
}

// batchSpend is what is known of a batch.
type batchSpend struct {
	reserved money
	settled  string // who settled it; "" while it is not
}

const (
	reserveWord = "reserve"
	settleWord  = "settle"
)

// batchKey stands for the id of a batch, which may be any text.
func batchKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return fmt.Sprintf("%x", sum[:16])
}

// read counts what was appended since the last call.
func (b *batchLog) read() error { return b.readAppended(b.count) }

// count counts a line, and returns false if it cannot be read.
func (b *batchLog) count(line string) bool {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return false
	}
	amount, ok := parseAmount(fields[0])
	if !ok || amount < 0 {
		return false
	}
	known, reserved := b.spent[fields[1]], false
	switch reserved = known != nil; {
	case fields[2] == reserveWord && len(fields) == 3:
		if !reserved {
			b.spent[fields[1]] = &batchSpend{reserved: amount}
		}
	case fields[2] == settleWord && len(fields) == 4:
		if reserved && known.settled == "" {
			known.settled = fields[3]
			b.difference = min(max(-maxMoney, b.difference+amount-known.reserved), maxMoney)
		}
	default:
		return false
	}
	return true
}

// keepBatch remembers what was reserved for a batch in a period.
func (s *spending) keepBatch(name, id string, reserved money) {
	s.write(s.of(name), fmt.Sprintf("%d %s %s", reserved, batchKey(id), reserveWord))
}

// settleBatch replaces what was reserved for a batch, in the period of that, by its cost. The
// cost may depend on what was reserved. It reports false if it was settled before; known
// is false for a batch of which nothing was kept.
func (s *spending) settleBatch(id string, cost func(reserved money) money) (first, known bool) {
	sum, ok := s.withBatch(id)
	if !ok {
		return false, false
	}
	key, writer := batchKey(id), rand.Text()
	batch := sum.batches.spent[key]
	if batch.settled == "" {
		s.write(sum, fmt.Sprintf("%d %s %s %s", cost(batch.reserved), key, settleWord, writer))
	}
	return batch.settled == writer, true
}

// write appends a line to the batches of a period, and counts what is new there.
func (s *spending) write(sum *periodSum, line string) {
	if s.folder == "" {
		sum.batches.count(line)
		return
	}
	err := sum.batches.append(line)
	s.warn(err)
	s.warn(sum.batches.read())
	if err != nil {
		sum.batches.count(line)
	}
}

// withBatch returns the period in which a batch was submitted, with what is known of it now.
func (s *spending) withBatch(id string) (*periodSum, bool) {
	for _, name := range s.onDisk(batchesPrefix) {
		s.of(name)
	}
	key := batchKey(id)
	for _, sum := range s.sums {
		if s.folder != "" {
			s.warn(sum.batches.read())
		}
		if sum.batches.spent[key] != nil {
			return sum, true
		}
	}
	return nil, false
}
