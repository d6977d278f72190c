package doctor

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// RateLimit says how many requests a minute go out.
func (u Upstream) RateLimit(limit provider.RateLimit) Check {
	return Check{"rate limit", func(ctx context.Context) []Finding {
		switch {
		case limit == provider.NoRateLimit:
			return []Finding{Good("off")}
		case limit != provider.AutoRateLimit:
			return []Finding{Good(fmt.Sprintf("%s a minute and model", text.Count(int(limit), "request")))}
		case u.CatalogURL == "":
			return []Finding{Good("none: there is no catalogue with figures")}
		}
		models := u.Provider.Catalog(ctx).Models()
		inForce := spread(models, u.Provider.PerMinute)
		keyed := spread(models, func(m catalog.Model) int { return m.KeyPerMinute })
		if u.KeyFrom != "" || keyed == "0" {
			return []Finding{Good(inForce + " requests a minute and model, by the catalogue")}
		}
		return []Finding{Good(fmt.Sprintf("%s requests a minute and model without a key, %s with one, by the catalogue", inForce, keyed))}
	}}
}

// spread returns the figures of models that chat or embed, as in "2" or "30 to 400".
func spread(models []catalog.Model, figure func(catalog.Model) int) string {
	least, most := 0, 0
	for _, m := range models {
		n := figure(m)
		if n == 0 || !m.Available {
			continue
		}
		if least == 0 {
			least = n
		}
		least, most = min(least, n), max(most, n)
	}
	if least == most {
		return fmt.Sprint(most)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// Budget says what is left of the day's budget. why is set if the budget cannot be kept.
func (u Upstream) Budget(why *Finding) Check {
	return Check{"budget", func(ctx context.Context) []Finding {
		if why != nil {
			return []Finding{*why}
		}
		day := u.Provider.UsageReport(ctx).Budget
		if day == nil {
			return []Finding{Good("none: --max-cost sets one")}
		}
		found := fmt.Sprintf("%.4f of %s EUR are spent today; it begins again at midnight UTC", day.Spent, text.Number(day.Max))
		if day.Remaining <= 0 {
			return []Finding{Warn(found, "calls that cost something are refused until then; raise --max-cost")}
		}
		return []Finding{Good(found)}
	}}
}
