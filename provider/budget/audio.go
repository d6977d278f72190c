package budget

import "github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"

// NewAudioCharge returns the charge of a request that is paid for by the second of its
// audio. The estimate should err on the high side.
func NewAudioCharge(known *catalog.Catalog, model string, seconds float64) *Charge {
	c := &Charge{model: model, known: known, requests: 1, share: 1, sound: &seconds}
	c.estimate = c.audioPrice(seconds)
	return c
}

// Heard sets how many seconds of audio the current attempt was about, nil if that is
// unknown.
func (c *Charge) Heard(seconds *float64) { c.seconds = seconds }

// audioPrice returns the most that audio can cost: at the highest price in the catalogue
// where the model has none.
func (c *Charge) audioPrice(seconds float64) money {
	m, _ := c.pricedModel()
	price := m.Price(catalog.AudioSeconds)
	if price == nil {
		for _, other := range c.known.Models() {
			price = higher(price, other.Price(catalog.AudioSeconds))
		}
	}
	if eur := times(price, &seconds); eur != nil {
		return euros(*eur)
	}
	return 0
}

// times returns the product, nil without one of the numbers.
func times(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(*a * *b)
}
