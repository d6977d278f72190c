package budget

import (
	"math"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// money is an amount in 10⁻¹² EUR. The price of a token is a whole number of these, so
// sums are exact.
type money int64

const (
	euro     money = 1e12
	maxMoney       = 2 * Max * euro
)

func euros(eur float64) money {
	return money(math.Round(min(max(eur, 0), 2*Max) * float64(euro)))
}

// RoundEUR takes the noise of binary fractions out of a sum in EUR.
func RoundEUR(eur float64) float64 { return math.Round(eur*float64(euro)) / float64(euro) }

func (m money) eur() float64 { return float64(m) / float64(euro) }

func (m money) String() string { return text.Number(math.Round(m.eur()*1e9)/1e9) + " EUR" }
