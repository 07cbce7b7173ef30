package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/internal/report"
)

// recordsOn returns the state directory if it is on the host itself, else "".
func (a *app) recordsOn(on *target) (string, error) {
	if on.memory != nil {
		return "", nil
	}
	dir, err := a.stateDir()
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", fmt.Errorf("find the state directory: %w", err)
	}
	return dir, nil
}

// volumes returns what a plan needs on each file system of its host, and what
// is free there now.
func (a *app) volumes(ctx context.Context, on *target, p *plan.Plan) ([]executor.Volume, error) {
	state, err := a.recordsOn(on)
	if err != nil {
		return nil, err
	}
	e := &executor.Executor{Host: on.Host, State: state}
	return e.Volumes(ctx, p, nil)
}

// warnOf says that a plan could not be applied now for lack of space.
func (a *app) warnOf(volumes []executor.Volume) {
	if lacks := lacking(volumes); lacks != "" {
		a.tell("warning: %s", strings.ReplaceAll(lacks, "\n", "\nwarning: "))
		a.tell("apply refuses the plan until there is room")
	}
}

// lacking says of each file system that lacks space what it lacks, a line each.
func lacking(volumes []executor.Volume) string {
	var lines []string
	for _, v := range volumes {
		if text := report.Lacks(v); text != "" {
			lines = append(lines, report.Visible(text))
		}
	}
	return strings.Join(lines, "\n")
}

// fits refuses to go on with a run for whose rest there is no space.
func (w *work) fits(ctx context.Context, r *record) error {
	e, err := w.executor()
	if err != nil {
		return err
	}
	return w.onSpace(ctx, e.HasRoom(ctx, w.plan, r.history))
}

// onSpace adds to a lack of space what can be done about it: make room, or
// drop the backups of runs that have ended, which take some there.
func (w *work) onSpace(ctx context.Context, err error) error {
	var lack *executor.NoSpaceError
	if !errors.As(err, &lack) {
		return err
	}
	hint := "make room there, then run the same command again"
	if w.on.memory != nil {
		return hinted(err, hint) // its backups are on a host of their own
	}
	frees, looking := w.backupsOn(ctx, lack)
	if looking != nil {
		return errors.Join(err, looking)
	}
	for i, f := range frees {
		or := ", or drop backups: "
		if i > 0 {
			or = ", "
		}
		hint += or + f
	}
	return hinted(err, hint)
}

// backupsOn lists the runs that have ended and have backups on one of the file
// systems that lack space.
func (w *work) backupsOn(ctx context.Context, lack *executor.NoSpaceError) ([]string, error) {
	ids, err := w.store.List()
	if err != nil {
		return nil, err
	}
	var frees []string
	for _, id := range ids {
		e, r := lookUp(w.store, id)
		if r == nil || id == w.id || !ended(executor.Outcome(e.State)) || isSimulated(r.run) || !touches(r.plan, lack) {
			continue
		}
		// A run whose backups cannot be measured is none that can be advised.
		if w.measure(ctx, &e, r); e.Backups != nil && *e.Backups > 0 {
			frees = append(frees, fmt.Sprintf("quiesce finalize %s frees %s", id, report.Bytes(*e.Backups)))
		}
	}
	return frees, nil
}

// touches tells whether a plan needs space on one of these file systems.
func touches(p *plan.Plan, lack *executor.NoSpaceError) bool {
	return slices.ContainsFunc(p.Space, func(s plan.Space) bool {
		return slices.ContainsFunc(lack.Volumes, func(v executor.Volume) bool { return v.Path == s.Path })
	})
}
