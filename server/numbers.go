package server

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// checkNumbers refuses numbers that no machine number holds, before the
// validator computes with them as exact fractions.
func (a arguments) checkNumbers(value any, location []string) error {
	switch value := value.(type) {
	case json.Number:
		_, huge := schema.HugeNumber(value)
		_, err := strconv.ParseInt(string(value), 10, 64)
		if huge || a.at(location)["type"] == "integer" && err != nil && strings.Trim(string(value), "-0123456789") == "" {
			return provider.InvalidArgument(path(location)+" is "+schema.Shorten(value), a.bounds(location))
		}
	case []any:
		for i, item := range value {
			if err := a.checkNumbers(item, append(location, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, member := range value {
			if err := a.checkNumbers(member, append(location, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bounds says which numbers are allowed at a location.
func (a arguments) bounds(location []string) string {
	at := a.at(location)
	least, hasLeast := at["minimum"].(float64)
	most, hasMost := at["maximum"].(float64)
	switch {
	case hasLeast && hasMost:
		return fmt.Sprintf("at least %g and at most %g is allowed", least, most)
	case hasLeast:
		return fmt.Sprintf("at least %g is allowed, and at most %d", least, math.MaxInt64)
	default:
		return fmt.Sprintf("numbers up to %d are allowed", math.MaxInt64)
	}
}

func decimal(r *big.Rat) string {
	return strings.TrimRight(strings.TrimRight(r.FloatString(6), "0"), ".")
}
