package member

import (
	"time"

	"huike/member/audit"
)

// Trail takes audit rows; [audit.Log] is one. Append must not block.
type Trail interface {
	Append(row audit.Row) error
}

// row starts the audit row of an access.
func (a Access) row(at time.Time, id ID, action string) audit.Row {
	return audit.Row{
		At: at, Member: string(id), Reader: a.Reader, Role: string(a.Role),
		Purpose: string(a.Purpose), Call: a.Call, Action: action, Outcome: audit.OK,
	}
}
