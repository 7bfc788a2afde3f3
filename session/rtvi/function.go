package rtvi

import (
	"encoding/json"
	"slices"
	"strconv"
)

const (
	maxCalls = 64  // functions that the client is doing; the oldest is given up
	maxRows  = 100 // of one result
	maxCells = 64  // of one row
)

// call is a function that the client was asked for.
type call struct {
	name  string
	order uint64
}

// functionCall asks the client for an operation of the shop.
func (t *translator) functionCall(op *operation) {
	if op == nil {
		return
	}
	if len(t.calls) == maxCalls {
		t.giveUp()
	}
	t.calls[op.ID] = call{name: op.Name, order: t.said}
	id := strconv.FormatUint(uint64(op.ID), 10)
	args := op.Args
	if args == nil {
		args = map[string]string{}
	}
	if t.legacy() && t.version[1] < 2 { // 1.2 has told them apart
		t.say("llm-function-call", fields{"function_name": op.Name, "tool_call_id": id, "args": args})
		return
	}
	t.say("llm-function-call-started", fields{"function_name": op.Name})
	t.say("llm-function-call-in-progress", fields{"function_name": op.Name, "tool_call_id": id, "arguments": args})
}

// giveUp forgets the function that was asked for first.
func (t *translator) giveUp() {
	oldest, order := uint32(0), ^uint64(0)
	for id, c := range t.calls {
		if c.order < order {
			oldest, order = id, c.order
		}
	}
	t.stopped(oldest, fields{"cancelled": true})
}

// stopped tells the client that one of its functions is over.
func (t *translator) stopped(id uint32, how fields) {
	how["function_name"], how["tool_call_id"] = t.calls[id].name, strconv.FormatUint(uint64(id), 10)
	delete(t.calls, id)
	t.say("llm-function-call-stopped", how)
}

// functionResult takes what came of a function.
func (t *translator) functionResult(m message) {
	var data struct {
		ID     string          `json:"tool_call_id"`
		Result json.RawMessage `json:"result"`
	}
	if json.Unmarshal(m.Data, &data) != nil {
		t.refuse(m.ID, "llm-function-call-result wants a tool_call_id and a result")
		return
	}
	id, err := strconv.ParseUint(data.ID, 10, 32)
	if _, ok := t.calls[uint32(id)]; err != nil || !ok {
		t.refuse(m.ID, "the tool_call_id names no function that was asked for, or one that is over")
		return
	}
	op := operation{ID: uint32(id), OK: true}
	if !op.read(data.Result) {
		t.refuse(m.ID, "a result has at most "+strconv.Itoa(maxRows)+" rows of "+strconv.Itoa(maxCells)+" values")
		return
	}
	t.pass(fields{"type": "result", "operation": op})
	t.stopped(op.ID, fields{"cancelled": false, "result": data.Result})
}

// read fills op from a function's result. A list is rows, an object with ok, code
// or rows is a whole result, any other is one row, and a plain value is the row
// {"result": value}. It reports whether there is not too much.
func (op *operation) read(result json.RawMessage) bool {
	var list []json.RawMessage
	if json.Unmarshal(result, &list) == nil && list != nil {
		return op.addRows(list)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(result, &object) != nil || object == nil {
		op.Rows = []map[string]string{{"result": plain(result)}}
		return true
	}
	ok, hasOK := object["ok"]
	code, hasCode := object["code"]
	rows, hasRows := object["rows"]
	fault, failed := object["error"]
	if !hasOK && !hasCode && !hasRows && !failed {
		return op.addRows([]json.RawMessage{result})
	}
	op.OK = !failed && (!hasOK || plain(ok) == "true")
	switch {
	case hasCode:
		op.Code = plain(code)
	case failed:
		op.Code = plain(fault)
	}
	if !hasRows {
		return true
	}
	return json.Unmarshal(rows, &list) == nil && op.addRows(list)
}

// addRows adds rows of plain values, whatever their values were.
func (op *operation) addRows(list []json.RawMessage) bool {
	if len(list) > maxRows {
		return false
	}
	for _, raw := range list {
		var cells map[string]json.RawMessage
		if json.Unmarshal(raw, &cells) != nil || cells == nil {
			cells = map[string]json.RawMessage{"result": raw}
		}
		if len(cells) > maxCells {
			return false
		}
		row := make(map[string]string, len(cells))
		for name, value := range cells {
			row[name] = plain(value)
		}
		op.Rows = append(op.Rows, row)
	}
	return true
}

// plain is a JSON value as a string: what a string says, "" for null, and
// anything else as it was written.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil { // null leaves it empty
		return text
	}
	return string(slices.Clone(value))
}
