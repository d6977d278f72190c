package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"time"
)

// The capture of 2026-08-03, from the MIT-licensed public repository
// Simon-LM/ai-pricing (see NOTICE), and of /v1/models one day later.
var (
	//go:embed snapshot-catalog.json
	snapshotCatalog []byte
	//go:embed snapshot-models.json
	snapshotServed []byte
)

// SnapshotPayloads returns the built-in answers of the catalogue URL and of
// /v1/models, byte for byte. The caller must not change them.
func SnapshotPayloads() (catalog, served []byte) { return snapshotCatalog, snapshotServed }

// Snapshot returns the catalogue that is built into the program. It is decoded on
// first use, because most processes never need it.
var Snapshot = sync.OnceValue(func() *Catalog {
	models, issues, err := Decode(context.Background(), snapshotCatalog)
	if err != nil || len(issues) > 0 {
		panic(fmt.Sprintf("the built-in catalogue is broken: %v %v", err, issues))
	}
	served, _, err := DecodeServed(context.Background(), snapshotServed)
	if err != nil {
		panic(err)
	}
	c := New(models, served)
	c.Source, c.FetchedAt = SourceSnapshot, time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)
	return c
})
