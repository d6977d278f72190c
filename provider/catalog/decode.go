package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The bounds of a payload. The real catalogue has about twenty entries of 3 kB.
const (
	maxEntries = 10_000
	maxEntry   = 256 << 10 // bytes
)

// Decode reads a catalogue payload: a JSON array of entries, also one in the member
// models or data of an object. A field or an entry that cannot be read is left out and
// is an issue, so that the others stay usable. The error means that the payload as a
// whole is not a catalogue, or that ctx has ended.
func Decode(ctx context.Context, payload []byte) ([]Model, Issues, error) {
	var wrapped struct{ Models, Data json.RawMessage }
	entries, err := elements(ctx, payload, &wrapped, &wrapped.Models, &wrapped.Data)
	if err != nil {
		return nil, nil, fmt.Errorf("decoding the catalogue: %w", err)
	}
	var (
		models []Model
		issues Issues
		seen   = make(map[string]bool, len(entries))
	)
	for i, data := range entries {
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("decoding the catalogue: %w", ctx.Err())
		}
		where := fmt.Sprintf("entry %d", i)
		e, ok := readEntry(data, where, &issues)
		if !ok {
			continue
		}
		id, ok := e.id(where)
		switch {
		case !ok:
		case seen[id]:
			issues.add("entries listed twice", fmt.Sprintf("%s, %q", where, clean(id, maxShownID)))
		default:
			seen[id] = true
			models = append(models, e.model(id))
		}
	}
	if len(models) == 0 {
		err := errors.New("decoding the catalogue: it lists no model")
		if len(issues) > 0 {
			err = fmt.Errorf("%w that can be read: %s", err, issues[:1])
		}
		return nil, issues, err
	}
	return models, issues, nil
}

// DecodeServed returns the ids in an answer of /v1/models: a list of objects with an
// id, or of ids, also in the member data or models of an object. The stray "ppl" of
// the real answer is not a model and is dropped.
func DecodeServed(ctx context.Context, payload []byte) ([]string, Issues, error) {
	const failed = "decoding the list of served models: %w"
	var wrapped struct{ Data, Models json.RawMessage }
	entries, err := elements(ctx, payload, &wrapped, &wrapped.Data, &wrapped.Models)
	if err != nil {
		return nil, nil, fmt.Errorf(failed, err)
	}
	var (
		ids    []string
		issues Issues
	)
	for i, data := range entries {
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf(failed, ctx.Err())
		}
		where := fmt.Sprintf("served entry %d", i)
		name, isText := "", false
		if len(data) <= maxEntry {
			name, isText = asText(value(data))
		}
		if !isText {
			e, ok := readEntry(data, where, &issues)
			if !ok {
				continue
			}
			name = e.text("id")
		}
		switch id, ok := idOf(name); {
		case id == "ppl":
		case ok:
			ids = append(ids, id)
		case id == "":
			issues.add("served entries without an id", where)
		default:
			issues.add("served entries with an unusable id", where)
		}
	}
	if len(ids) == 0 {
		return nil, issues, fmt.Errorf(failed, errors.New("it has no id"))
	}
	return ids, issues, nil
}

// elements returns the elements of the array that payload is. If it is an object, it
// is read into wrapped, and the first of members that is an array counts.
func elements(ctx context.Context, payload []byte, wrapped any, members ...*json.RawMessage) ([]json.RawMessage, error) {
	payload = bytes.TrimSpace(bytes.TrimPrefix(payload, []byte("\ufeff")))
	if bytes.HasPrefix(payload, []byte("{")) {
		if json.Unmarshal(payload, wrapped) != nil {
			return nil, errors.New("it is not JSON")
		}
		payload = nil
		for _, member := range members {
			if payload == nil && bytes.HasPrefix(*member, []byte("[")) {
				payload = *member
			}
		}
	}
	errNoArray := errors.New("it is not a JSON array")
	decoder := json.NewDecoder(bytes.NewReader(payload))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return nil, errNoArray
	}
	var list []json.RawMessage
	for ctx.Err() == nil && decoder.More() {
		var element json.RawMessage
		if decoder.Decode(&element) != nil {
			return nil, errNoArray
		}
		if len(list) == maxEntries {
			return nil, fmt.Errorf("it has more than %d entries", maxEntries)
		}
		list = append(list, element)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errNoArray
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNoArray
	}
	return list, nil
}

// value decodes JSON that is known to be valid. Numbers keep their digits.
func value(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil // nested too deep
	}
	return v
}

// readEntry returns an element that is an object.
func readEntry(data []byte, where string, issues *Issues) (entry, bool) {
	if len(data) > maxEntry {
		issues.add(fmt.Sprintf("entries above %d KiB", maxEntry>>10), where)
		return entry{}, false
	}
	v := value(data)
	members, ok := v.(map[string]any)
	if !ok {
		issues.add("entries that are not objects", where+" is "+describe(v))
	}
	return entry{object{members: members, entry: where, issues: issues}}, ok
}
