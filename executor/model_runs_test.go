package executor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/host"
)

// touched tells whether one of the names that a plan is about was edited.
func touched(edited map[string]bool, names map[string]string) bool {
	for name := range names {
		if edited[name] {
			return true
		}
	}
	return false
}

func (m *model) plans(r *rapid.T) {
	if m.stands == open || m.stands == returning {
		r.Skip("a run is open")
	}
	pack := rapid.SampledFrom([]string{"one", "two"}).Draw(r, "pack")
	m.planned = m.attempt.planned(m.t, strings.Replace(modelRunbook, "PACK", pack, 1))
	m.wants = maps.Clone(packed[pack])
	if _, there := m.files["gone"]; !there {
		delete(m.wants, "gone") // what is not there is not in the plan
	}
	m.seen, m.drifts = maps.Clone(m.files), map[string]bool{}
}

// begins verifies the plan, and begins a run if nothing has drifted.
func (m *model) begins(r *rapid.T) bool {
	if m.planned == nil || m.stands == open || m.stands == returning {
		r.Skip("there is no plan, or a run is open")
	}
	m.number++
	next := m.attemptOf(m.planned)
	err := next.verifier(m.t).Verify(context.Background(), m.planned)
	var drift *executor.DriftError
	switch {
	case err == nil && m.drifted():
		r.Fatalf("drift is not told: %v", m.drifts)
	case err != nil && !errors.As(err, &drift):
		r.Fatalf("verify: %v", err)
	case err != nil && !touched(m.drifts, m.wants):
		r.Fatalf("drift, where nobody has changed anything: %v", err)
	case err != nil:
		m.ways["drift"]++
		return false
	}
	m.run, m.runs, m.before = next, m.wants, maps.Clone(m.files)
	m.planned, m.edited = nil, map[string]bool{}
	m.run.begin(m.t)
	return true
}

// drifted tells whether a file of the plan holds now what it did not then.
func (m *model) drifted() bool {
	for name := range m.wants {
		if m.files[name] != m.seen[name] {
			return true
		}
	}
	return false
}

// attemptOf is a run of its own on the same server.
func (m *model) attemptOf(p *plan.Plan) *attempt {
	d := *m.drill
	d.plan = p
	return &attempt{drill: &d, memory: m.memory, packs: m.packs, ledger: &ledger{}, run: fmt.Sprintf("r%d", m.number)}
}

// verifier is an engine that only compares.
func (a *attempt) verifier(t *testing.T) *executor.Executor {
	return &executor.Executor{Host: a.memory.Host(), Sources: a.packs.Host().Files, Actions: a.registry, Run: a.run}
}

func (m *model) applies(r *rapid.T) {
	if !m.begins(r) {
		return
	}
	if outcome, err := m.run.on(m.t, nil).Apply(context.Background(), m.run.plan); outcome != executor.Succeeded {
		r.Fatalf("apply: %s: %v", outcome, err)
	}
	m.succeeded(r)
}

// succeeded: every file of the pack is there, and the service runs.
func (m *model) succeeded(r *rapid.T) {
	m.stands = succeeded
	for name, content := range m.runs {
		if m.files[name] = content; content == "" {
			delete(m.files, name)
		}
	}
	m.running(r)
}

func (m *model) running(r *rapid.T) {
	if s := m.memory.Describe().Services[0]; s.State != host.Running || s.Start != host.StartAuto {
		r.Fatalf("the service is %s, %s", s.State, s.Start)
	}
}

// crashes applies until the process ends somewhere.
func (m *model) crashes(r *rapid.T) {
	n := rapid.IntRange(1, 120).Draw(r, "operation")
	cut := rapid.Bool().Draw(r, "power cut")
	if !m.begins(r) {
		return
	}
	if !m.run.crash(m.t, n, cut, m.run.apply) {
		m.succeeded(r)
		return
	}
	if cut {
		if err := m.memory.Reboot(); err != nil {
			r.Fatal(err)
		}
	}
	m.ways["crash"]++
	m.stands = open
	m.cutOff(r)
}

// cutOff takes over what a run that did not end has left: each of its files is
// the old one, the new one, or for the moment away.
func (m *model) cutOff(r *rapid.T) {
	now := visible(m.look())
	for name, content := range m.runs {
		if got, there := now[name]; there && got != m.before[name] && got != content && got != m.files[name] {
			r.Fatalf("%s holds %q, and was %q", name, got, m.before[name])
		}
	}
	for name, content := range m.files {
		if _, ours := m.runs[name]; !ours && now[name] != content {
			r.Fatalf("%s, which is not in the plan, holds %q", name, now[name])
		}
		if m.foreign[content] && m.edited[name] && now[name] != content {
			r.Fatalf("%s, which somebody else wrote in the meantime, holds %q", name, now[name])
		}
	}
	m.files = now
}

func (m *model) resumes(r *rapid.T) {
	if m.stands != open {
		r.Skip("no run is open")
	}
	outcome, err := m.run.on(m.t, nil).Resume(context.Background(), m.run.plan, m.run.history(m.t))
	m.ways["resume: "+string(outcome)]++
	switch {
	case outcome == executor.Succeeded && !touched(m.edited, m.runs):
		m.succeeded(r)
	case outcome == executor.Succeeded: // what was edited fits, or is left alone
		m.stands = succeeded
		m.cutOff(r)
		m.running(r)
	case touched(m.edited, m.runs) && conflicts(err):
		m.cutOff(r)
	default:
		r.Fatalf("resume: %s: %v", outcome, err)
	}
}

func conflicts(err error) bool {
	var conflict *actions.ConflictError
	return errors.As(err, &conflict)
}

// rollsBack takes the latest run back, and again: that changes nothing more.
func (m *model) rollsBack(r *rapid.T) {
	if m.stands == settled {
		r.Skip("there is no run to take back")
	}
	for name := range m.runs {
		m.drifts[name] = true
	}
	for range 2 {
		outcome, err := m.run.on(m.t, nil).Rollback(context.Background(), m.run.plan, m.run.history(m.t))
		m.ways["rollback: "+string(outcome)]++
		switch {
		case outcome == executor.RolledBack && !touched(m.edited, m.runs):
			m.rolledBack()
		case outcome == executor.RolledBack:
			m.cutOff(r)
		case outcome == executor.Incomplete && touched(m.edited, m.runs) && conflicts(err):
			m.stands = returning
			m.cutOff(r)
			m.running(r)
			continue
		default:
			r.Fatalf("rollback: %s: %v", outcome, err)
		}
		m.stands = settled
		m.running(r)
		m.check(r)
	}
}

// rolledBack: the names of the plan hold what they held before.
func (m *model) rolledBack() {
	for name := range m.runs {
		content, there := m.before[name]
		if m.files[name] = content; !there {
			delete(m.files, name)
		}
	}
}

// closes settles a run that can go neither way: a person accepts the host.
func (m *model) closes(r *rapid.T) {
	if m.stands != returning {
		r.Skip("no run has to be closed")
	}
	if err := m.run.on(m.t, nil).Close(m.run.plan, m.run.history(m.t), "it is well so"); err != nil {
		r.Fatal(err)
	}
	m.stands = settled
}
