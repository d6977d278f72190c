package emulator

import (
	"net/http"
	"slices"
	"strconv"
)

// page is a part of a list, as the service sends it.
type page[T any] struct {
	Object  string  `json:"object"`
	Data    []T     `json:"data"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

// sendPage sends the part of a list that the query's limit and after ask for.
func sendPage[T any](info *requestInfo, all []T, id func(T) string, limit, most int) error {
	query := info.r.URL.Query()
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return badRequest("limit: %.40q is not an integer from 1 to %d", text, most)
		}
		limit = n
	}
	if after := query.Get("after"); after != "" {
		i := slices.IndexFunc(all, func(one T) bool { return id(one) == after })
		if i < 0 {
			return badRequest("after: the list has no %.80q", after)
		}
		all = all[i+1:]
	}
	p := page[T]{Object: "list", Data: slices.Clone(all[:min(limit, len(all))]), HasMore: len(all) > limit}
	if n := len(p.Data); n > 0 {
		p.FirstID, p.LastID = new(id(p.Data[0])), new(id(p.Data[n-1]))
	} else {
		p.Data = []T{}
	}
	return info.json(http.StatusOK, p)
}
