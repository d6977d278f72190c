package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Price is what one unit costs.
type Price struct {
	EUR  float64 `json:"eur"`
	Unit string  `json:"unit"` // one of the units below, else as the catalogue writes it
}

// The units of prices that the catalogue has.
const (
	MillionInputTokens  = "million_input_tokens"
	MillionOutputTokens = "million_output_tokens"
	MillionInputChars   = "million_input_chars"
	AudioSeconds        = "audio_duration_seconds"
	PerImage            = "per_image"
)

// knownUnits are the units in the order in which they compare models.
func knownUnits() []string {
	return []string{MillionInputTokens, AudioSeconds, PerImage, MillionInputChars, MillionOutputTokens}
}

// Price returns the price of a unit, nil if the catalogue has none.
func (m Model) Price(unit string) *float64 {
	for i := range m.Prices {
		if m.Prices[i].Unit == unit {
			return &m.Prices[i].EUR
		}
	}
	if unit == MillionInputTokens {
		return m.InputPrice
	}
	return nil
}

// PriceUnit returns the unit whose price compares the model with others of its kind:
// input tokens before others. It is "" if there is no price.
func (m Model) PriceUnit() string {
	for _, unit := range knownUnits() {
		if m.Price(unit) != nil {
			return unit
		}
	}
	if len(m.Prices) > 0 {
		return m.Prices[0].Unit
	}
	return ""
}

// UnitWords completes "EUR …": "per million input tokens".
func UnitWords(unit string) string {
	switch unit {
	case MillionInputTokens:
		return "per million input tokens"
	case MillionOutputTokens:
		return "per million output tokens"
	case MillionInputChars:
		return "per million input characters"
	case AudioSeconds:
		return "per second of audio"
	case PerImage:
		return "per image"
	default:
		return "by " + unit
	}
}

// readPrices returns the first price of each unit.
func readPrices(usage object) []Price {
	var prices []Price
	for _, p := range usage.objects("pricing") {
		eur, unit := p.figure("price"), p.label("price_unit")
		for _, known := range knownUnits() {
			if strings.EqualFold(unit, known) {
				unit = known
			}
		}
		switch {
		case eur == nil:
		case unit == "":
			p.odd("price_unit", nil)
		case !slices.ContainsFunc(prices, func(other Price) bool { return other.Unit == unit }):
			prices = append(prices, Price{*eur, unit})
		}
	}
	return prices
}

// perMinute returns how many requests a minute a list of limits allows, 0 if it says
// nothing. A limit of another time counts only where none is of a minute, because a
// day's limit may be used up within an hour.
func perMinute(limits []object) int {
	least, ofMinute := 0.0, false
	for _, l := range limits {
		value, unit := l.figure("rate_limit_value"), l.label("rate_limit_unit")
		if value == nil || *value == 0 {
			continue
		}
		aMinute := timesAMinute(unit)
		if aMinute == 0 {
			l.odd("rate_limit_unit", cmp.Or[any](unit, nil))
			continue
		}
		rate, isMinute := *value*aMinute, aMinute == 1
		if least == 0 || (isMinute && !ofMinute) || (isMinute == ofMinute && rate < least) {
			least, ofMinute = rate, isMinute
		}
	}
	if least == 0 {
		return 0
	}
	return int(min(max(least, 1), maxFigure))
}

// timesAMinute returns how often the time of a unit such as req/m passes in a minute,
// 0 for an unknown unit.
func timesAMinute(unit string) float64 {
	unit = strings.ToLower(unit)
	short := map[string]string{"rps": "s", "rpm": "m", "rph": "h", "rpd": "d"}[unit]
	if requests, time, ok := cutUnit(unit); ok && (requests == "r" || strings.HasPrefix(requests, "req")) {
		short = time
	}
	switch strings.TrimSuffix(short, "s") {
	case "", "sec", "second":
		if short == "" {
			return 0
		}
		return 60
	case "m", "min", "minute":
		return 1
	case "h", "hour":
		return 1.0 / 60
	case "d", "day":
		return 1.0 / (24 * 60)
	default:
		return 0
	}
}

// cutUnit splits "req/m", "requests per minute" and "requests_per_minute".
func cutUnit(unit string) (what, time string, ok bool) {
	for _, separator := range []string{"/", "_per_", " per "} {
		if what, time, ok = strings.Cut(unit, separator); ok {
			return strings.TrimSpace(what), strings.TrimSpace(time), true
		}
	}
	return "", "", false
}

// tokens turns the catalogue's rounded thousands into tokens. Most sizes are powers
// of two (131 stands for 131072, 32 for 32768); other figures are exact.
func tokens(thousands *float64) int {
	if thousands == nil {
		return 0
	}
	for size := 1024; size <= 1<<24; size *= 2 {
		if float64(size/1000) == *thousands {
			return size
		}
	}
	return int(min(*thousands*1000, maxFigure))
}
