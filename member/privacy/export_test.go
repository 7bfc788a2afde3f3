package privacy

import "context"

// CatchUp is one look of Watch.
func (d *Desk) CatchUp(ctx context.Context, after int64) (int64, error) { return d.catchUp(ctx, after) }
