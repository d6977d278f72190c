package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// judge tries attacks and says what promises they broke.
type judge struct {
	options
	folder   string
	upstream *upstream
	group    *memoryGroup
}

// result is what one attack did.
type result struct {
	outcome
	peak   int           // MB
	honest time.Duration // the slowest call of the honest caller meanwhile
	slower float64       // how much longer things take because of other programs
	took   time.Duration // all of it
	broken []string
}

func (r *result) broke(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// allowed returns how long something may take, on a machine with other things to do.
func (r *result) allowed(alone time.Duration) time.Duration {
	return time.Duration(float64(alone) * r.slower)
}

// try runs an attack on a server of its own.
func (j *judge) try(ctx context.Context, a attack) (r result) {
	r.slower = 1
	var err error
	defer func(start time.Time) { r.took = time.Since(start) }(time.Now())
	switch {
	case a.runStdio != nil:
		err = j.overStdio(ctx, a, &r)
	case a.runShell != nil:
		a.runShell(ctx, j, &r)
	default:
		err = j.overHTTP(ctx, a, &r)
	}
	if err != nil {
		r.broke("%v", err)
	}
	if r.Count > 0 {
		r.broke("%d of %d requests without a proper answer: %s", r.Count, r.Tries, r.Lost)
	}
	return r
}

func (j *judge) overHTTP(ctx context.Context, a attack, r *result) error {
	s, err := j.startHTTP(ctx, a)
	if err != nil {
		return err
	}
	defer s.client.CloseIdleConnections()
	baseline := honestCalls(ctx, s, 10)
	before := s.usage()
	meanwhile, load := startHonest(ctx, s), readLoad(s.usage().ticks)
	r.outcome, err = j.attack(ctx, a, s)
	honest := meanwhile.end()
	r.slower = load.slower(readLoad(s.usage().ticks))
	r.peak, r.honest = s.usage().peak, honest.slowest
	j.judgeHonest(r, baseline, honest)
	j.judgePeak(r, a.most, s.process)
	if err != nil {
		r.broke("%v", err)
	}
	if r.Slowest > r.allowed(maxAnswer) {
		r.broke("an answer came after %s", r.Slowest.Round(time.Millisecond))
	}
	if !s.hasEnded() {
		j.judgeRest(r, s, before)
	}
	if a.sigterm && !s.hasEnded() {
		return j.stopInTheMiddle(ctx, a, s, r)
	}
	j.judgeStop(r, s.process)
	return nil
}

// maxAnswer is the wait for memory and the deadline of a call, and a while on a machine
// that is busy with the attack.
const maxAnswer = deadline + 10*time.Second + 10*time.Second

// maxHonest is what an honest call may take, on a machine where it takes little without
// the attack.
const maxHonest = 2 * time.Second

func (j *judge) judgeHonest(r *result, baseline, honest honestResult) {
	most := r.allowed(max(maxHonest, 10*baseline.slowest))
	if honest.slowest > most {
		r.broke("an honest call took %s, over %s", honest.slowest.Round(time.Millisecond), most.Round(time.Millisecond))
	}
	for _, err := range []error{baseline.err, honest.err} {
		if err != nil {
			r.broke("an honest call failed: %v", err)
		}
	}
}

func (j *judge) judgePeak(r *result, most int, p *process) {
	if p.hasEnded() {
		r.broke("the server ended: %v: %s", p.err, p.logEnd())
		return
	}
	if most == 0 {
		most = maxProcess
	}
	if r.peak > most {
		r.broke("peak of %d MB, over %d MB", r.peak, most)
	}
}

const (
	// calmTime is how long a server may work on what nobody waits for any more.
	calmTime = 5 * time.Second
	// restTime is how long it may need until it has put everything away: a request that
	// waits for memory does so for 10 s, and notices only then that its client is gone.
	restTime = 12 * time.Second
	// spareFiles are of the connections that wait for the next request.
	spareFiles   = 12
	spareThreads = 40 // Go keeps those that a system call held up
)

// judgeRest checks that the work stops once nobody waits for it, and that nothing of it
// stays open.
func (j *judge) judgeRest(r *result, s *httpServer, before usage) {
	var now usage
	var busy int
	for start := time.Now(); time.Since(start) < restTime; {
		s.client.CloseIdleConnections()
		j.upstream.disconnect()
		then := s.usage().ticks
		time.Sleep(200 * time.Millisecond)
		now = s.usage()
		if busy = (now.ticks - then) * 5; busy < 25 && now.files <= before.files+spareFiles && j.upstream.open.Load() == 0 {
			break
		}
		if busy >= 25 && time.Since(start) > calmTime {
			break
		}
	}
	if busy >= 25 {
		r.broke("%s later it still takes %d %% of a processor", calmTime, busy)
	}
	if now.files > before.files+spareFiles {
		r.broke("%d open files, before %d", now.files, before.files)
	}
	if now.threads > before.threads+spareThreads {
		r.broke("%d threads, before %d", now.threads, before.threads)
	}
	if n := j.upstream.open.Load(); n > 0 {
		r.broke("%d requests to the service are still open", n)
	}
}

// stopInTheMiddle starts the attack again, and stops the server when it has begun.
func (j *judge) stopInTheMiddle(ctx context.Context, a attack, s *httpServer, r *result) error {
	ctx, cancel := context.WithCancel(ctx)
	var attacking sync.WaitGroup
	attacking.Go(func() { _, _ = j.attack(ctx, a, s) }) // the first time told what becomes of its requests
	time.Sleep(time.Second)
	j.judgePeak(r, a.most, s.process)
	j.judgeStop(r, s.process)
	cancel()
	attacking.Wait()
	return nil
}

func (j *judge) judgeStop(r *result, p *process) {
	if p.hasEnded() {
		_ = p.log.Close()
		return // judgePeak has said so
	}
	took, log := p.stop()
	if took > drain+r.allowed(time.Second) {
		r.broke("it ended %s after SIGTERM; the drain timeout is %s", took.Round(time.Millisecond), drain)
	} else if p.err != nil {
		r.broke("its end: %v", p.err)
	}
	if problem := logged(log); problem != "" {
		r.broke("%s", problem)
	}
}

// maxAttack is longer than any attack takes.
const maxAttack = 2 * time.Minute

// attack runs the attack in a process of its own, which has less priority where that is
// known.
func (j *judge) attack(ctx context.Context, a attack, s *httpServer) (outcome, error) {
	ctx, stop := context.WithTimeout(ctx, maxAttack)
	defer stop()
	self, err := os.Executable()
	if err != nil {
		return outcome{}, err
	}
	command := []string{self, "-as", a.name}
	if j.short {
		command = append(command, "-short")
	}
	command = append(command, s.url)
	if nice, err := exec.LookPath("nice"); err == nil {
		command = append([]string{nice, "-n", "5"}, command...)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return outcome{}, fmt.Errorf("the attack did not end well: %w", errors.Join(err, ctx.Err()))
	}
	var o outcome
	if err := json.Unmarshal(out, &o); err != nil {
		return outcome{}, fmt.Errorf("the attack's outcome cannot be read: %w", err)
	}
	return o, nil
}

// report prints what attacks did, as a table.
type report struct {
	w       io.Writer
	start   time.Time
	slowest float64 // how much longer things took because of other programs, at most
	broken  []string
}

const row = "%-52s %6v %8v %12v %5v %7v\n"

func newReport(w io.Writer) *report {
	fmt.Fprintf(w, row, "attack", "tries", "peak MB", "honest call", "lost", "time")
	return &report{w: w, start: time.Now()}
}

func (r *report) add(name string, of result) {
	honest := "-"
	if of.honest > 0 {
		honest = of.honest.Round(time.Millisecond).String()
	}
	fmt.Fprintf(r.w, row, name, of.Tries, of.peak, honest, of.Count, of.took.Round(100*time.Millisecond))
	r.slowest = max(r.slowest, of.slower)
	for _, what := range of.broken {
		fmt.Fprintf(r.w, "  BROKEN: %s\n", what)
		r.broken = append(r.broken, name)
	}
}

// end prints what is broken, and returns an error if anything is.
func (r *report) end() error {
	fmt.Fprintf(r.w, "%s\n", time.Since(r.start).Round(time.Second))
	if r.slowest > 1.5 {
		fmt.Fprintf(r.w, "other programs had so much of the processors that things were allowed up to %.1f times their time\n", r.slowest)
	}
	if n := len(r.broken); n > 0 {
		return fmt.Errorf("%d promises are broken, by: %s", n, strings.Join(slices.Compact(r.broken), "; "))
	}
	return nil
}
