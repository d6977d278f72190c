package budget

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// spending is the sums of days, or of months. With a folder a sum outlives the process and
// is shared by all processes with the same folder and owner: each appends the amounts
// that it adds to the file of the period. This needs no lock. A process reads the file
// after it has appended, so if two append at the same time, at least one reads both.
//
// What batches add beside their estimates is in a second file of the period, which
// programs without batches do not read: see [batchLog].
//
// The clock may be wrong for a while, so a period that seems to be over keeps its sum: when
// the clock is right again, what was spent before is still known.
type spending struct {
	folder string // "" keeps the sums in memory only
	period period
	owner  string // a hash, in the names of the files
	log    *slog.Logger

	sums   map[string]*periodSum // by the name of the period
	warned bool
}

// periodSum is what is known of a day or month.
type periodSum struct {
	sum     money
	amounts lineLog
	batches batchLog
}

// The files of a period are named so, with the owner and the period.
const (
	spentPrefix   = "spent-"
	batchesPrefix = "batches-"
)

// newSpending returns the sums of an owner: a service's address and, for a caller, the kind
// of period and its name, which may be any text.
func newSpending(folder string, p period, log *slog.Logger, owner ...string) *spending {
	sum := sha256.Sum256([]byte(strings.Join(owner, "\x00")))
	return &spending{folder: folder, period: p, owner: hex.EncodeToString(sum[:8]), log: log, sums: map[string]*periodSum{}}
}

// inOwnFolder keeps the files apart from those of other owners, of which there may be many:
// the folder is listed to find old ones.
func (s *spending) inOwnFolder() *spending {
	if s.folder != "" {
		s.folder = filepath.Join(s.folder, "callers", s.owner)
	}
	return s
}

// ErrSpending is the error of [New] if the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open checks that the file of the current period can be appended to, and reads it: a
// budget must not start with a sum that it does not know. A damaged line of a batch is no
// reason not to start, since the estimate of the batch then stays.
func (s *spending) open() error {
	if s.folder == "" {
		return nil
	}
	known := s.of(s.period.current())
	file, err := known.amounts.openToAppend()
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), known.readAmounts(), known.checkRest())
}

// of returns what is known of a period, without what was appended since it was read.
func (s *spending) of(name string) *periodSum {
	known, ok := s.sums[name]
	if !ok {
		known = &periodSum{batches: batchLog{spent: map[string]*batchSpend{}}}
		if s.folder != "" {
			known.amounts = lineLog{path: s.file(spentPrefix, name), holds: "an amount"}
			known.batches.lineLog = lineLog{path: s.file(batchesPrefix, name), holds: "an amount of a batch"}
		}
		s.sums[name] = known
		s.forgetOld(name)
	}
	return known
}

// sumOn returns the sum of a period.
func (s *spending) sumOn(name string) money {
	known := s.of(name)
	if s.folder != "" {
		s.warn(known.readAmounts())
		s.warn(known.batches.read())
	}
	return min(max(0, known.sum+known.batches.difference), maxMoney)
}

// add adds an amount, which may be negative, to the sum of a period and returns the sum.
func (s *spending) add(name string, amount money) money {
	known := s.of(name)
	switch {
	case amount == 0:
	case s.folder == "":
		known.count(amount)
	default:
		if err := known.amounts.append(strconv.FormatInt(int64(amount), 10)); err != nil {
			s.warn(err)
			known.count(amount)
		}
	}
	return s.sumOn(name)
}

func (s *periodSum) count(amount money) { s.sum = min(max(0, s.sum+amount), maxMoney) }

func (s *spending) file(prefix, name string) string {
	return filepath.Join(s.folder, prefix+s.owner+"-"+name+".log")
}

// readAmounts counts the amounts that were appended since the last call.
func (s *periodSum) readAmounts() error {
	return s.amounts.readAppended(func(line string) bool {
		amount, ok := parseAmount(line)
		if ok {
			s.count(amount)
		}
		return ok
	})
}

// checkRest returns an error for a last line without an end that cannot become an amount.
func (s *periodSum) checkRest() error {
	rest, err := s.amounts.rest()
	if err != nil || rest == "" || rest == "-" {
		return err
	}
	if _, ok := parseAmount(rest); !ok {
		return s.amounts.damaged()
	}
	return nil
}

func parseAmount(text string) (amount money, ok bool) {
	parsed, err := strconv.ParseInt(text, 10, 64)
	return money(parsed), err == nil && parsed >= -int64(maxMoney) && parsed <= int64(maxMoney)
}

// forgetOld removes what is known of periods that are well over: all before the current
// one but the last few, however long ago those are by a clock that may be wrong. A period
// after the current one is kept: maybe the clock was right then.
func (s *spending) forgetOld(current string) {
	old := func(names []string) []string {
		names = slices.DeleteFunc(names, func(name string) bool { return name >= current })
		slices.Sort(names)
		return names[:max(0, len(names)-s.period.kept())]
	}
	for _, name := range old(slices.Collect(maps.Keys(s.sums))) {
		delete(s.sums, name)
	}
	for _, prefix := range []string{spentPrefix, batchesPrefix} {
		for _, name := range old(s.onDisk(prefix)) {
			_ = os.Remove(s.file(prefix, name)) // another process may have removed it
		}
	}
}

// onDisk returns the names of the periods that have a file.
func (s *spending) onDisk(prefix string) []string {
	if s.folder == "" {
		return nil
	}
	var names []string
	prefix += s.owner + "-"
	files, _ := os.ReadDir(s.folder)
	for _, file := range files {
		name, isOwn := strings.CutPrefix(file.Name(), prefix)
		name, isLog := strings.CutSuffix(name, ".log")
		if isOwn && isLog {
			names = append(names, name)
		}
	}
	return names
}

// warn logs the first error only: the budget goes on with the sum that it knows.
func (s *spending) warn(err error) {
	if err != nil && !s.warned {
		s.warned = true
		s.log.Warn("spending cannot be kept on disk", "error", err)
	}
}
