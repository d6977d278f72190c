package tools

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// isHalfPrice reports whether a call is about the service's Batch API.
func (in batchInput) isHalfPrice() bool {
	return in.Mode == modeHalfPrice || in.ID != "" || in.Cancel || in.Delete
}

// halfPrice starts a batch at half the price, or asks for one that was started.
func (in batchInput) halfPrice(context.Context, *provider.Provider) (output, error) {
	return output{}, &provider.Error{
		Code: provider.CodeUnsupported, Message: "mode half_price is not supported by this server",
		Hint: "leave mode, id, cancel and delete out, and the answers come at once",
	}
}
