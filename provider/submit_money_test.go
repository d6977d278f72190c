package provider_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Half the estimate is reserved, and replaced by half the cost once, on the day of the
// submission, whoever fetches the results and how often.
func TestBatchIsChargedOnce(t *testing.T) {
	t.Parallel()
	for _, folder := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{BatchTime: 30 * time.Second})
			adjust := []func(*provider.Options){withKey(batchKey), withBudget(1)}
			if folder {
				adjust = append(adjust, withCacheDir(t.TempDir()))
			}
			first := connectInMemory(t, e, adjust...)
			made := submit(t, first, batchOf(numbered(10)...))
			wantEUR(t, "reserved", first.UsageReport(t.Context()).Budget.Spent, *made.Estimate)
			// The prompts of 10 items and 16,384 tokens of each answer, at half the price.
			if *made.Estimate < 10*16_384*0.4/2/1e6 || *made.Estimate > 0.04 {
				t.Errorf("the estimate is %v", *made.Estimate)
			}
			<-time.After(10 * time.Second)
			fetch(t, first, made.ID)
			wantEUR(t, "while it runs", first.UsageReport(t.Context()).Budget.Spent, *made.Estimate)
			<-time.After(time.Minute)
			all := []*provider.Provider{first}
			if folder {
				all = []*provider.Provider{connectInMemory(t, e, adjust...), first, connectInMemory(t, e, adjust...)}
			}
			wantEUR(t, "before the results", all[0].UsageReport(t.Context()).Budget.Spent, *made.Estimate)
			var state *provider.BatchState
			calls := 0
			for _, p := range all {
				for range 2 {
					state = fetch(t, p, made.ID)
				}
			}
			for _, p := range all {
				wantEUR(t, "after the results", p.UsageReport(t.Context()).Budget.Spent, *state.Cost)
				calls += p.UsageReport(t.Context()).Total.Calls
			}
			if calls != 10 {
				t.Errorf("%d calls are in the statistics", calls)
			}
			// What the same tokens cost one by one.
			wantEUR(t, "cost", *state.Cost, (float64(state.Usage.PromptTokens)*0.08+float64(state.Usage.CompletionTokens)*0.4)/1e6/2)
		})
	}
}

func TestBatchIsChargedOnceByMany(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{BatchTime: -1})
	folder := t.TempDir()
	made := submit(t, connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder)), batchOf(numbered(5)...))
	var wg sync.WaitGroup
	var all []*provider.Provider
	for range 8 {
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder))
		all = append(all, p)
		for range 2 {
			wg.Go(func() {
				if _, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	cost, calls := *fetch(t, all[0], made.ID).Cost, 0
	for _, p := range all {
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, cost)
		calls += p.UsageReport(t.Context()).Total.Calls
	}
	if calls != 5 {
		t.Errorf("%d calls are in the statistics, want 5", calls)
	}
}

// The correction belongs to the day of the submission.
func TestBatchOverMidnight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: 2 * time.Hour})
		folder := t.TempDir()
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder))
		<-time.After(23 * time.Hour)
		made := submit(t, p, batchOf(numbered(3)...))
		<-time.After(3 * time.Hour)
		later := connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder))
		fetch(t, later, made.ID)
		for _, p := range []*provider.Provider{p, later} {
			wantEUR(t, "on the new day", p.UsageReport(t.Context()).Budget.Spent, 0)
		}
		for range 20 {
			<-time.After(24 * time.Hour)
			submit(t, p, batchOf("hello"))
		}
		files, err := filepath.Glob(filepath.Join(folder, "batches-*.log"))
		if err != nil || len(files) != 8 {
			t.Errorf("files %q (%v), want those of today and of a week before", files, err)
		}
	})
}

// Programs without batches read the same files: what is reserved is an amount like any
// other to them, and the rest stands elsewhere.
func TestBatchRecordsStandBesideTheAmounts(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{BatchTime: -1})
	folder := t.TempDir()
	p := connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder))
	made := submit(t, p, batchOf("hello"))
	cost := *fetch(t, p, made.ID).Cost
	amounts, err := os.ReadFile(dayFiles(t, folder)[0])
	if err != nil || len(strings.Fields(string(amounts))) != 1 {
		t.Errorf("amounts %q (%v)", amounts, err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "batches-*.log"))
	records, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(records), made.ID) || strings.Count(string(records), "\n") != 4 {
		t.Errorf("records %q (%v)", records, err)
	}
	// What cannot be read there costs nothing, and does not keep the program from starting.
	noise := "x\n1 2\n-5 a reserve\n5 unknown settle me\n5 a b c d e\n" + strings.Repeat("9", 5000) + "\n7 torn"
	if err := os.WriteFile(files[0], append(records, noise...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := connectInMemory(t, e, withKey(batchKey), withBudget(1), withCacheDir(folder))
	fetch(t, again, made.ID)
	wantEUR(t, "beside noise", again.UsageReport(t.Context()).Budget.Spent, cost)
	next := submit(t, again, batchOf("hello"))
	wantEUR(t, "after noise", again.UsageReport(t.Context()).Budget.Spent, cost+*next.Estimate)
	wantEUR(t, "after noise and its results", again.UsageReport(t.Context()).Budget.Spent+0*(*fetch(t, again, next.ID).Cost), cost+*next.Estimate)
	wantEUR(t, "all", again.UsageReport(t.Context()).Budget.Spent, 2*cost)
}

func TestBatchThatTheBudgetRefuses(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withKey(batchKey), withBudget(0.001))
	req := batchOf(numbered(100)...)
	req.MaxTokens = new(1000)
	_, err := p.SubmitBatch(t.Context(), req)
	failed := wantCode(t, err, provider.CodeBudgetExceeded)
	if !strings.Contains(failed.Message, "1000 of each of 100 answers, at half the price") {
		t.Errorf("got %q", failed.Message)
	}
	if n := len(e.Calls("/files")); n > 0 {
		t.Errorf("%d uploads", n)
	}
	wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 0)
	// Without max_tokens it gets what the rest of the day pays for.
	req.MaxTokens = nil
	made := submit(t, p, req)
	if *made.Estimate > 0.001 || *made.Estimate < 0.0009 || !strings.Contains(string(e.Calls("/files")[0].Body), `"max_tokens":`) {
		t.Errorf("the estimate is %v", *made.Estimate)
	}
}

// What was reserved is returned if no batch was made, and the file is deleted.
func TestBatchThatIsNotMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults []emulator.Fault
		code   provider.Code
		says   string
		files  int // uploads
		makes  int // requests for a batch
		spent  bool
	}{
		{"the upload is refused", []emulator.Fault{{Path: "/files", Method: "POST", Status: 413}}, provider.CodePayloadTooLarge, "413", 1, 0, false},
		{"the upload fails", []emulator.Fault{{Path: "/files", Method: "POST", Status: 503, Times: -1}}, provider.CodeUpstreamUnavailable, "503", 3, 0, false},
		{"no Batch API", []emulator.Fault{{Path: "/files", Method: "POST", Status: 404}}, provider.CodeUnsupported, "mode now", 1, 0, false},
		{"the batch is refused", []emulator.Fault{{Path: "/batches", Method: "POST", Status: 400, Body: `{"message":"no such window"}`}},
			provider.CodeUpstreamRejected, "no such window", 1, 1, false},
		{"five run", []emulator.Fault{{Path: "/batches", Method: "POST", Status: 429,
			Body: `{"error":{"message":"You have 5 batches in progress, and at most 5 are allowed."}}`}},
			provider.CodeRateLimited, "wait until one has ended, cancel one, or use mode now", 1, 1, false},
		{"it was not made, as the list says", []emulator.Fault{{Path: "/batches", Method: "POST", Status: 502}},
			provider.CodeUpstreamUnavailable, "502", 1, 1, false},
		{"nobody knows", []emulator.Fault{{Path: "/batches", Method: "POST", Status: 502}, {Path: "/batches", Method: "GET", Status: 502, Times: -1}},
			provider.CodeUpstreamUnavailable, "whether the batch was made is not known", 1, 1, true},
		{"the file stays", []emulator.Fault{{Path: "/batches", Method: "POST", Status: 400}, {Path: "/files/*", Method: "DELETE", Status: 403}},
			provider.CodeUpstreamRejected, "the uploaded file could not be deleted", 1, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.faults...)
				p := connectInMemory(t, e, withKey(batchKey), withBudget(1), func(o *provider.Options) { o.MaxWait = time.Minute })
				_, err := p.SubmitBatch(t.Context(), batchOf("hello"))
				if failed := wantCode(t, err, tt.code); !strings.Contains(failed.Error(), tt.says) {
					t.Errorf("%q does not say %q", failed.Error(), tt.says)
				}
				uploads, makes, deletes := 0, 0, 0
				for _, call := range e.Calls("") {
					switch {
					case strings.HasSuffix(call.Path, "/files") && call.Method == http.MethodPost:
						uploads++
					case strings.HasSuffix(call.Path, "/batches") && call.Method == http.MethodPost:
						makes++
					case call.Method == http.MethodDelete:
						deletes++
					}
				}
				if uploads != tt.files || makes != tt.makes || makes > 0 && deletes == 0 {
					t.Errorf("%d uploads, %d batches, %d deleted", uploads, makes, deletes)
				}
				if spent := p.UsageReport(t.Context()).Budget.Spent; spent > 0 != tt.spent {
					t.Errorf("%v EUR are reserved", spent)
				}
			})
		})
	}
}

// lostAnswer is a transport that loses the answer to a request that took effect.
type lostAnswer struct {
	http.RoundTripper
	path string
	err  error
	left *int
}

func (l lostAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	if err == nil && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, l.path) && *l.left > 0 {
		*l.left--
		_ = resp.Body.Close()
		return nil, l.err
	}
	return resp, err
}

// A batch whose creation was not answered is found, and not made again.
func TestBatchWhoseCreationIsNotAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1), func(o *provider.Options) {
			o.MaxWait = time.Minute
			o.HTTPClient = &http.Client{Transport: lostAnswer{memory{e}, "/batches", errors.New("connection reset by peer"), new(1)}}
		})
		made := submit(t, p, batchOf("hello"))
		<-time.After(time.Minute)
		if state := fetch(t, p, made.ID); state.Done != 1 {
			t.Errorf("%+v", state)
		}
		makes := 0
		for _, call := range e.Calls("/batches") {
			if call.Method == http.MethodPost {
				makes++
			}
		}
		if makes != 1 {
			t.Errorf("%d batches were made", makes)
		}
	})
}
