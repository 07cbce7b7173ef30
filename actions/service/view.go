package service

import (
	"context"
	"fmt"

	"quiesce/actions"
	"quiesce/host"
)

// seen is what an operator sees of its service.
type seen struct {
	table   *table
	service host.Service
	there   bool
	begun   bool
}

func view(ctx context.Context, env *actions.Env, c actions.Change) (seen, error) {
	if err := context.Cause(ctx); err != nil {
		return seen{}, err
	}
	was, err := begun(env, c)
	if err != nil {
		return seen{}, err
	}
	t, err := look(ctx, env.Host)
	if err != nil {
		return seen{}, actions.Unknown(fmt.Sprintf("what service %s does", c.Subject), err)
	}
	s, there := t.find(c.Subject)
	return seen{t, s, there, was}, nil
}

func (v seen) hasStart(f *actions.Facts) bool {
	return sameStart(v.service.Start, host.StartType(f.Start))
}

// startIsOurs tells whether the start type is as the change expects to find
// it or, once it was begun, as the change or its undo leaves it on its way.
func (v seen) startIsOurs(c actions.Change) bool {
	if v.hasStart(c.Old) {
		return true
	}
	// A service that ran although it was disabled is manual while it starts.
	passing := v.service.Start == host.StartManual &&
		!host.StartType(c.Old.Start).Startable() && !host.StartType(c.New.Start).Startable()
	return v.begun && (v.hasStart(c.New) || passing)
}

// refuseUndo returns the conflict that forbids to undo a change.
func (v seen) refuseUndo(c actions.Change) error {
	switch {
	case !v.there:
		return &actions.ConflictError{Kind: c.Kind, Subject: c.Subject, Detail: "there is no such service any more"}
	case !v.startIsOurs(c):
		return &actions.ConflictError{Kind: c.Kind, Subject: c.Subject, Detail: fmt.Sprintf(
			"its start type is %s: neither %s, as before, nor %s, as it was left", v.service.Start, c.Old.Start, c.New.Start)}
	}
	return nil
}
