package overlay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"quiesce/host"
)

// connection is the model of one connection.
type connection struct {
	host.Connection
	script ConnectionScript
	first  string // the ID of its peer's first connection
	times  int    // how often its peer came back
}

type connectionTable struct {
	loaded bool
	list   []*connection
}

func (w *world) loadConnections(ctx context.Context) error {
	if w.connections.loaded {
		return nil
	}
	there, err := w.base.Connections.List(ctx)
	if err != nil {
		return err
	}
	w.connections.loaded = true
	for _, c := range there {
		v := &connection{Connection: c, script: w.script.Connections[c.ID], first: c.ID}
		w.connections.list = append(w.connections.list, v)
		if d := v.script.LeavesAfter; d > 0 {
			w.schedule(w.later(d), func(time.Time) { w.remove(v) })
		}
	}
	return nil
}

// connections implements host.Connections.
type connections struct{ w *world }

// List implements host.Connections.
func (c connections) List(ctx context.Context) ([]host.Connection, error) {
	if err := c.w.enter(ctx); err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	defer c.w.mu.Unlock()
	if err := c.w.loadConnections(ctx); err != nil {
		return nil, err
	}
	list := make([]host.Connection, len(c.w.connections.list))
	for i, v := range c.w.connections.list {
		list[i] = v.Connection
	}
	slices.SortFunc(list, func(a, b host.Connection) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Local, b.Local),
			cmp.Compare(a.Remote, b.Remote), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// End implements host.Connections. A peer by UDP has nothing that could end.
func (c connections) End(ctx context.Context, v host.Connection) error {
	err := c.w.enter(ctx)
	if err == nil {
		defer c.w.mu.Unlock()
		err = c.end(ctx, v.ID)
	}
	if err != nil {
		return &host.OpError{Op: "end connection", Subject: fmt.Sprintf("%s %s from %s", v.Protocol, v.Local, v.Remote), Err: err}
	}
	return nil
}

func (c connections) end(ctx context.Context, id string) error {
	if err := c.w.loadConnections(ctx); err != nil {
		return err
	}
	i := slices.IndexFunc(c.w.connections.list, func(v *connection) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	switch v := c.w.connections.list[i]; {
	case v.Own:
		return fmt.Errorf("the operator's own session: %w", fs.ErrPermission)
	case v.Protocol == host.UDP:
		return errors.ErrUnsupported
	default:
		c.w.endConnections(func(other *connection) bool { return other == v })
	}
	return nil
}

// endConnections ends those that match. Their peers come back if that is their
// way.
func (w *world) endConnections(match func(*connection) bool) {
	w.connections.list = slices.DeleteFunc(w.connections.list, func(v *connection) bool {
		if !match(v) {
			return false
		}
		if d := v.script.ComesBackAfter; d > 0 {
			w.schedule(w.later(d), func(time.Time) { w.reconnect(v) })
		}
		return true
	})
}

// reconnect lets the peer of an ended connection come back, if there is still
// somebody to connect to.
func (w *world) reconnect(v *connection) {
	if v.PID != 0 && w.fate[v.PID] == ended {
		return
	}
	if s, err := w.service(v.Service); err == nil && !s.State.Active() {
		return
	}
	again := *v
	again.times++
	again.ID = fmt.Sprintf("%s+%d", v.first, again.times)
	w.connections.list = append(w.connections.list, &again)
}

func (w *world) remove(v *connection) {
	w.connections.list = slices.DeleteFunc(w.connections.list, func(other *connection) bool { return other == v })
}
