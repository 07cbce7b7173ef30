package overlay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"quiesce/host"
)

type watcherTable struct {
	loaded bool
	list   []host.Watcher
}

func (w *world) loadWatchers(ctx context.Context) error {
	if w.watchers.loaded {
		return nil
	}
	there, err := w.base.Monitors.Watchers(ctx)
	if err != nil {
		return err
	}
	w.watchers = watcherTable{loaded: true, list: slices.Clone(there)}
	return nil
}

// monitors implements host.Monitors.
type monitors struct{ w *world }

// Watchers implements host.Monitors.
func (m monitors) Watchers(ctx context.Context) ([]host.Watcher, error) {
	if err := m.w.enter(ctx); err != nil {
		return nil, fmt.Errorf("look for monitors: %w", err)
	}
	defer m.w.mu.Unlock()
	if err := m.w.loadWatchers(ctx); err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(m.w.watchers.list), func(v host.Watcher) bool {
		return v.PID != 0 && m.w.fate[v.PID] == ended
	})
	slices.SortStableFunc(list, func(a, b host.Watcher) int {
		return cmp.Or(cmp.Compare(a.Monitor, b.Monitor), cmp.Compare(a.Evidence, b.Evidence))
	})
	return list, nil
}

// Silence implements host.Monitors. It is simulated: the real server is not
// asked.
func (m monitors) Silence(ctx context.Context, s host.Silence) (string, error) {
	if err := m.w.enter(ctx); err != nil {
		return "", fmt.Errorf("silence %s: %w", s.Server, err)
	}
	defer m.w.mu.Unlock()
	if err := m.w.loadWatchers(ctx); errors.Is(err, errors.ErrUnsupported) {
		return "", fmt.Errorf("silence %s: %w", s.Server, err) // the real one would say so too late
	}
	if s.Duration <= 0 {
		return "", fmt.Errorf("silence %s: no duration: it would never end", s.Server)
	}
	id := fmt.Sprintf("silence-%d", len(m.w.silences)+1)
	m.w.silences = append(m.w.silences, OpenSilence{s.Server, id, s.Comment, m.w.later(s.Duration)})
	return id, nil
}

// Lift implements host.Monitors.
func (m monitors) Lift(ctx context.Context, server, id string) error {
	if err := m.w.enter(ctx); err != nil {
		return fmt.Errorf("lift silence %s of %s: %w", id, server, err)
	}
	defer m.w.mu.Unlock()
	if s := m.w.silence(server, id); s != nil {
		s.Until = time.Time{}
		return nil
	}
	m.w.silences = append(m.w.silences, OpenSilence{Server: server, ID: id})
	return nil
}

// Silenced implements host.Monitors.
func (m monitors) Silenced(ctx context.Context, server, id string) (bool, error) {
	if err := m.w.enter(ctx); err != nil {
		return false, fmt.Errorf("look for silence %s of %s: %w", id, server, err)
	}
	defer m.w.mu.Unlock()
	if s := m.w.silence(server, id); s != nil {
		return s.Until.After(m.w.clock.Now()), nil
	}
	return m.w.base.Monitors.Silenced(ctx, server, id)
}

// silence returns what happened to a silence here, or nil.
func (w *world) silence(server, id string) *OpenSilence {
	for i := range w.silences {
		if s := &w.silences[i]; s.Server == server && s.ID == id {
			return s
		}
	}
	return nil
}
