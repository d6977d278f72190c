package budget

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

// batchLog says of the batches that were submitted on a day what was reserved for each,
// and what it cost. Its lines are "AMOUNT BATCH reserve" and "AMOUNT BATCH settle WRITER".
//
// The estimate of a batch is an amount of the day like any other, so it is counted
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

// keepBatch remembers what was reserved for a batch on a day.
func (d *dailySpend) keepBatch(day, id string, reserved money) {
	d.write(d.of(day), fmt.Sprintf("%d %s %s", reserved, batchKey(id), reserveWord))
}

// settleBatch replaces what was reserved for a batch, on the day of that, by its cost. The
// cost may depend on what was reserved. It reports false if it was settled before; known
// is false for a batch of which nothing was kept.
func (d *dailySpend) settleBatch(id string, cost func(reserved money) money) (first, known bool) {
	day, ok := d.dayOfBatch(id)
	if !ok {
		return false, false
	}
	key, writer := batchKey(id), rand.Text()
	batch := day.batches.spent[key]
	if batch.settled == "" {
		d.write(day, fmt.Sprintf("%d %s %s %s", cost(batch.reserved), key, settleWord, writer))
	}
	return batch.settled == writer, true
}

// write appends a line to the batches of a day, and counts what is new there.
func (d *dailySpend) write(day *daySum, line string) {
	if d.folder == "" {
		day.batches.count(line)
		return
	}
	err := day.batches.append(line)
	d.warn(err)
	d.warn(day.batches.read())
	if err != nil {
		day.batches.count(line)
	}
}

// dayOfBatch returns the day on which a batch was submitted, with what is known of it now.
func (d *dailySpend) dayOfBatch(id string) (*daySum, bool) {
	for _, day := range d.daysOnDisk(batchesPrefix) {
		d.of(day)
	}
	key := batchKey(id)
	for _, day := range d.days {
		if d.folder != "" {
			d.warn(day.batches.read())
		}
		if day.batches.spent[key] != nil {
			return day, true
		}
	}
	return nil, false
}
