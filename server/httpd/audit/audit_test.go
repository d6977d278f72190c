package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// call returns a call by a caller now.
func call(caller string) Line {
	cost := 0.25
	return Line{
		ID: "r1", Time: time.Now(), Caller: caller, Tool: "chat", Model: "gpt-oss-120b", PromptTokens: 3, CompletionTokens: 4, CostEUR: &cost,
		Code: Succeeded, LatencyMS: 12,
	}
}

// callersIn reads the callers of the lines of some days, in order.
func callersIn(t *testing.T, dir string, from, to time.Time) (callers []string, damaged int) {
	t.Helper()
	damaged, err := Read(dir, from, to, func(l Line) { callers = append(callers, l.Caller) })
	if err != nil {
		t.Fatal(err)
	}
	return callers, damaged
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "made", "audit")
		l := New(Options{Dir: dir, Days: 31})
		line := call("alice")
		line.Time = line.Time.In(time.FixedZone("east", 3600))
		l.Write(line)
		unknown := call("")
		unknown.Model, unknown.CostEUR, unknown.Code = "", nil, "invalid_argument"
		l.Write(unknown)
		l.Close()
		path := filepath.Join(dir, "audit-2000-01-01.jsonl")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"id":"r1","time":"2000-01-01T00:00:00Z","caller":"alice","tool":"chat","model":"gpt-oss-120b","prompt_tokens":3,"completion_tokens":4,"cost_eur":0.25,"code":"ok","latency_ms":12}
{"id":"r1","time":"2000-01-01T00:00:00Z","caller":"","tool":"chat","model":"","prompt_tokens":3,"completion_tokens":4,"cost_eur":null,"code":"invalid_argument","latency_ms":12}
`
		if diff := cmp.Diff(want, string(content)); diff != "" {
			t.Error(diff)
		}
		if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the mode is %s", info.Mode())
		}
		var read []Line
		if damaged, err := ReadLines(bytes.NewReader(content), func(l Line) { read = append(read, l) }); damaged != 0 || err != nil || len(read) != 2 {
			t.Fatal(damaged, err, read)
		}
		line.Time = line.Time.UTC()
		if diff := cmp.Diff(line, read[0]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestANewFileBeginsAtMidnightAndOldOnesAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for _, name := range []string{"audit-1999-11-30.jsonl", "audit-1999-11-30.3.jsonl", "audit-1999-12-31.jsonl", "audit-1990-01-01.jsonl.gz", "notes.txt"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := New(Options{Dir: dir, Days: 31})
		defer l.Close()
		l.Write(call("first"))
		<-time.After(24*time.Hour - time.Millisecond)
		l.Write(call("late"))
		<-time.After(time.Millisecond)
		l.Write(call("next"))
		<-time.After(time.Second)
		want := []string{"audit-1990-01-01.jsonl.gz", "audit-1999-12-31.jsonl", "audit-2000-01-01.jsonl", "audit-2000-01-02.jsonl", "notes.txt"}
		if diff := cmp.Diff(want, names(t, dir)); diff != "" {
			t.Error(diff)
		}
		got, _ := callersIn(t, dir, time.Now(), time.Now())
		if diff := cmp.Diff([]string{"next"}, got); diff != "" {
			t.Error(diff)
		}
		<-time.After(31 * 24 * time.Hour) // without a call
		want = []string{"audit-1990-01-01.jsonl.gz", "audit-2000-01-02.jsonl", "notes.txt"}
		if diff := cmp.Diff(want, names(t, dir)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAllFilesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := New(Options{Dir: dir})
		l.Write(call("first"))
		<-time.After(1000 * 24 * time.Hour)
		l.Close()
		if got := names(t, dir); len(got) != 1 {
			t.Errorf("there are %v", got)
		}
	})
}

func TestAFullFileIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := folder{path: dir, maxSize: 25}
	day := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	line := []byte("ten bytes\n")
	for range 5 {
		if err := f.append(day, line); err != nil {
			t.Fatal(err)
		}
	}
	other := folder{path: dir, maxSize: 25} // of another process, or after a restart
	if err := other.append(day, line); err != nil {
		t.Fatal(err)
	}
	if err := other.append(day.AddDate(0, 0, 1), line); err != nil {
		t.Fatal(err)
	}
	want := []string{"audit-2026-11-26.1.jsonl", "audit-2026-11-26.2.jsonl", "audit-2026-11-26.jsonl", "audit-2026-11-27.jsonl"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	files, err := f.files()
	if diff := cmp.Diff([]file{{"2026-11-26", 0}, {"2026-11-26", 1}, {"2026-11-26", 2}, {"2026-11-27", 0}}, files, cmp.AllowUnexported(file{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestSeveralProcessesShareAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const logs, calls = 4, 200
	var writing sync.WaitGroup
	for i := range logs {
		writing.Go(func() {
			l := New(Options{Dir: dir, Days: 1})
			for range calls {
				l.Write(call(fmt.Sprintf("caller-%d", i)))
			}
			<-l.drained()
			l.Close()
		})
	}
	writing.Wait()
	count := map[string]int{}
	damaged, err := Read(dir, time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 1), func(l Line) { count[l.Caller]++ })
	if damaged != 0 || err != nil || len(count) != logs {
		t.Fatal(damaged, err, count)
	}
	for caller, n := range count {
		if n != calls {
			t.Errorf("%s has %d calls", caller, n)
		}
	}
}

// drained returns a channel that is closed once all lines so far are written.
func (l *Log) drained() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.lines)
	l.lines = nil
	return l.done
}

// A line that a full disk has cut does not spoil the next one.
func TestALineThatWasCut(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), time.Now().UTC()
	path := filepath.Join(dir, file{day.Format(dayFormat), 0}.name())
	if err := os.WriteFile(path, []byte(`{"id":"r0","ti`), 0o600); err != nil {
		t.Fatal(err)
	}
	l := New(Options{Dir: dir})
	l.Write(call("alice"))
	<-l.drained()
	callers, damaged := callersIn(t, dir, day, time.Now())
	if diff := cmp.Diff([]string{"alice"}, callers); diff != "" || damaged != 1 {
		t.Error(diff, damaged)
	}
}

func TestAFolderThatCannotBeWrittenIsToldOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	blocked := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := New(Options{Dir: blocked, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 10 {
		l.Write(call("alice"))
	}
	<-l.drained()
	l.Write(call("late"))
	l.Close()
	l.Close()
	if got := strings.Count(log.String(), "cannot be written"); got != 1 || !strings.Contains(log.String(), "lost=11") {
		t.Errorf("the log is %s", log.String())
	}
	var none *Log
	none.Write(call("nobody"))
}

// A disk that hangs delays neither calls nor the end.
func TestADiskThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Log{log: slog.New(slog.DiscardHandler), lines: make(chan Line, 2), done: make(chan struct{})} // nothing reads the lines
		for range 10 {
			l.Write(call("alice"))
		}
		start := time.Now()
		if l.Close(); time.Since(start) != closeTimeout || l.lost != 8 {
			t.Errorf("after %s, %d calls are lost", time.Since(start), l.lost)
		}
	})
}

func TestDamagedLinesAreSkipped(t *testing.T) {
	t.Parallel()
	good := `{"id":"r1","time":"2026-11-26T00:00:00Z","caller":"alice","tool":"chat","model":"m","prompt_tokens":1,"completion_tokens":1,"cost_eur":null,"code":"ok","latency_ms":1}`
	for name, tt := range map[string]struct {
		content       string
		lines, damage int
	}{
		"nothing":           {"", 0, 0},
		"blank lines":       {"\n\n" + good + "\n\n", 1, 0},
		"no last break":     {good, 1, 0},
		"windows":           {good + "\r\n" + good, 2, 0},
		"half a line":       {good + "\n" + good[:50], 1, 1},
		"two in one":        {good + good + "\n" + good, 1, 1},
		"a long line":       {good + "\n" + strings.Repeat("x", 10*maxLine) + "\n" + good, 2, 1},
		"a long end":        {good + "\n" + strings.Repeat(" ", 10*maxLine), 1, 1},
		"negative tokens":   {strings.Replace(good, `tokens":1`, `tokens":-1`, 1), 0, 1},
		"absurd tokens":     {strings.Replace(good, `tokens":1`, `tokens":9000000000`, 1), 0, 1},
		"a negative cost":   {strings.Replace(good, `null`, `-1`, 1), 0, 1},
		"no time":           {strings.Replace(good, `"time"`, `"tame"`, 1), 0, 1},
		"JSON of something": {"{}\n[]\n1\n", 0, 3},
	} {
		lines := 0
		damage, err := ReadLines(strings.NewReader(tt.content), func(Line) { lines++ })
		if lines != tt.lines || damage != tt.damage || err != nil {
			t.Errorf("%s: %d lines, %d damaged, %v", name, lines, damage, err)
		}
	}
	if damaged, err := Read(filepath.Join(t.TempDir(), "none"), time.Time{}, time.Now(), func(Line) {}); damaged != 0 || err != nil {
		t.Error(damaged, err)
	}
}

// Whatever a file holds, it is read to its end, and the sums stay sane.
func FuzzReadLines(f *testing.F) {
	f.Add([]byte(`{"id":"r1","time":"2026-11-26T00:00:00Z","caller":"alice","tool":"chat","model":"m","prompt_tokens":1,"completion_tokens":1,"cost_eur":0.1,"code":"ok","latency_ms":1}` + "\n{}\n"))
	f.Add([]byte("\n\x00\n{\"time\""))
	f.Fuzz(func(t *testing.T, content []byte) {
		lines := 0
		damaged, err := ReadLines(bytes.NewReader(content), func(l Line) {
			lines++
			if l.PromptTokens < 0 || l.CompletionTokens < 0 || l.CostEUR != nil && !(*l.CostEUR >= 0) || l.Tool == "" || l.Code == "" {
				t.Errorf("%+v", l)
			}
		})
		if err != nil || lines+damaged > bytes.Count(content, []byte("\n"))+1 {
			t.Errorf("%d lines, %d damaged, %v", lines, damaged, err)
		}
	})
}
