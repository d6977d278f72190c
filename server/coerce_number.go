package server

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// number returns a number in the one form that Go decodes: 42.0 and 4.2e1 are the
// integer 42.
func (r *reading) number(p parameter, value json.RawMessage) json.RawMessage {
	shown := " is " + schema.Shorten(json.Number(value))
	number, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !p.inRange(number) {
		r.refuse(p.name, shown, p.bounds())
		return nil
	}
	if p.Type == typeNumber {
		return value
	}
	whole, ok := wholeNumber(string(value))
	switch {
	case ok:
		return json.RawMessage(whole)
	case number == math.Trunc(number):
		r.refuse(p.name, shown, p.bounds())
	default:
		r.refuse(p.name, shown, "integer is allowed")
	}
	return nil
}

func wholeNumber(number string) (string, bool) {
	// Expanding a huge exponent would take as much memory.
	if len(number) > 40 || strings.ContainsAny(number, "eE") && len(number) > 8 {
		return "", false
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok || !exact.IsInt() || !exact.Num().IsInt64() {
		return "", false
	}
	return exact.Num().String(), true
}
