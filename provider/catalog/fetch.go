package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxPayload is more than a hundred times the size of the real catalogue.
const maxPayload = 16 << 20

// record is what was last read from the service, in the form of the disk cache.
type record struct {
	URL       string    `json:"url"`
	ETag      string    `json:"etag,omitempty"`
	FetchedAt time.Time `json:"fetched_at"` // of the listed models
	Listed    string    `json:"catalog"`    // the catalogue's payload
	BaseURL   string    `json:"base_url"`
	ServedIDs []string  `json:"served,omitempty"` // by BaseURL
	Refused   *refusal  `json:"refused,omitempty"`

	models []Model // Listed, decoded; nil if it was never read
}

// catalog joins the record's lists. Without listed models it uses those of the snapshot,
// but not for a service without a catalogue.
func (r record) catalog(source Source, hasCatalog bool) *Catalog {
	listed, fetchedAt := r.models, r.FetchedAt
	if listed == nil && hasCatalog {
		listed, fetchedAt = Snapshot().Models(), Snapshot().FetchedAt
	}
	c := New(listed, r.ServedIDs)
	c.Source, c.FetchedAt = source, fetchedAt
	return c
}

// fetch reads both lists concurrently. A list that cannot be read stays as in last.
func (l *Live) fetch(ctx context.Context, last record) (fresh record, listedErr, servedErr error) {
	var (
		served  []string
		pending sync.WaitGroup
	)
	pending.Go(func() {
		var payload []byte
		if payload, servedErr = l.options.Served(ctx); servedErr == nil {
			var issues Issues
			served, issues, servedErr = DecodeServed(ctx, payload)
			l.report(issues, &l.servedIssues)
		}
	})
	if fresh = last; l.options.CatalogURL != "" {
		fresh, listedErr = l.fetchListed(ctx, last)
	}
	pending.Wait()
	if servedErr == nil && l.options.CatalogURL == "" {
		fresh.FetchedAt = time.Now()
	}
	if servedErr == nil {
		fresh.BaseURL, fresh.ServedIDs = l.options.BaseURL, served
	}
	return fresh, listedErr, servedErr
}

// report logs issues once, until they are others. reported is what was logged last.
func (l *Live) report(issues Issues, reported *string) {
	text := issues.String()
	if text != "" && text != *reported {
		l.options.Logger.Warn("some of the catalogue cannot be read and is left out", "issues", text)
	}
	*reported = text
}

// fetchListed reads the catalogue, unless the service says that it has not changed. The
// record is the one to keep, also beside an error.
func (l *Live) fetchListed(ctx context.Context, last record) (record, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.options.CatalogURL, nil)
	if err != nil {
		return last, fmt.Errorf("catalogue: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", l.options.UserAgent)
	if last.ETag != "" && last.models != nil {
		req.Header.Set("If-None-Match", last.ETag)
	}
	resp, err := l.options.HTTPClient.Do(req)
	if err != nil {
		// url.Error repeats the URL, which is of no use in the message.
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return last, fmt.Errorf("catalogue: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && req.Header.Get("If-None-Match") != "":
		last.FetchedAt, last.Refused = time.Now(), nil
		return last, nil
	case resp.StatusCode == http.StatusOK:
		return l.decodeListed(ctx, resp, last)
	default:
		return last, fmt.Errorf("catalogue: the answer was %s", resp.Status)
	}
}

func (l *Live) decodeListed(ctx context.Context, resp *http.Response, last record) (record, error) {
	payload, err := io.ReadAll(io.LimitReader(resp.Body, maxPayload+1))
	if err != nil {
		return last, fmt.Errorf("catalogue: %w", err)
	}
	if len(payload) > maxPayload {
		return last, fmt.Errorf("catalogue: the answer is larger than %d MiB", maxPayload>>20)
	}
	models, issues, err := Decode(ctx, payload)
	l.report(issues, &l.listedIssues)
	if err != nil {
		return last, err
	}
	return replace(last, record{
		URL: l.options.CatalogURL, ETag: resp.Header.Get("ETag"), FetchedAt: time.Now(), Listed: string(payload),
		BaseURL: last.BaseURL, ServedIDs: last.ServedIDs, models: models,
	})
}
