package executor

import (
	"encoding/json"
	"fmt"

	"quiesce/executor/journal"
)

// note is a memo in memory, for simulations.
type note struct {
	data json.RawMessage
}

// Save implements actions.Memo.
func (n *note) Save(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode memo: %w", err)
	}
	n.data = data
	return nil
}

// Load implements actions.Memo.
func (n *note) Load(v any) (bool, error) {
	if n.data == nil {
		return false, nil
	}
	if err := json.Unmarshal(n.data, v); err != nil {
		return false, fmt.Errorf("decode memo: %w", err)
	}
	return true, nil
}

// memo is a memo in the journal.
type memo struct {
	note
	journal Journal
	step    string
	from    int
	to      int
}

// Save implements actions.Memo: it returns when the memo is durable.
func (m *memo) Save(v any) error {
	if err := m.note.Save(v); err != nil {
		return err
	}
	seq, err := m.journal.Append(journal.Record{Type: journal.Memo, Step: m.step, From: m.from, To: m.to, Memo: m.data})
	if err != nil {
		return err
	}
	return m.journal.Sync(seq)
}
