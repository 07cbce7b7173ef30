package executor

import (
	"context"
	"errors"
	"sync"
	"time"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/host"
)

// Journal is where the executor writes what it does; *journal.Writer is one.
type Journal interface {
	// Append adds a record and returns its number.
	Append(journal.Record) (int, error)
	// Sync returns when the records up to that number are durable.
	Sync(seq int) error
}

// Executor carries out one plan on one host. The caller holds the host's lock,
// has verified the plan, and has begun the journal.
type Executor struct {
	Host    host.Host
	Sources host.Files
	Actions *actions.Registry
	Journal Journal
	// Observe is told what happens, one event at a time; nil tells nobody.
	Observe func(Event)
	// Confirm asks the operator; nil means that nobody can be asked.
	Confirm func(ctx context.Context, message string) error
	// Secrets are the values of the secret inputs.
	Secrets map[string]string
	// Stop, when closed, stops the run between two changes.
	Stop <-chan struct{}
	// Run is the run's id.
	Run string
	// State is the directory of the host that keeps the records of the run;
	// empty if another machine keeps them.
	State string
}

// What stops a run on its way, without anything having failed.
var (
	errInterrupted = errors.New("stopped on request, between two changes")
	errHalted      = errors.New("stopped, for another step has failed")
)

// session is one execution of a plan: forward, or back.
type session struct {
	*Executor
	plan    *plan.Plan
	steps   map[string]*plan.Step
	history *History
	begun   time.Time
	resumed bool // it goes on with what another process began

	mu     sync.Mutex
	failed bool         // a step has failed: start nothing more
	held   []*plan.Step // verifications that must stay true

	watching sync.Mutex // one event at a time
}

func (e *Executor) session(p *plan.Plan, h *History) *session {
	return &session{Executor: e, plan: p, steps: p.Index(), history: h, begun: time.Now()}
}

// record appends to the journal, and waits until it is durable if asked to.
func (s *session) record(r journal.Record, durable bool) error {
	r.Error = (&actions.Env{Secrets: s.Secrets}).Redact(r.Error)
	seq, err := s.Journal.Append(r)
	if err != nil {
		return err
	}
	if !durable {
		return nil
	}
	return s.Journal.Sync(seq)
}

func (s *session) observe(e Event) {
	if s.Observe == nil {
		return
	}
	s.watching.Lock()
	defer s.watching.Unlock()
	e.Time = time.Now()
	s.Observe(e)
}

// stopping returns why nothing more may be started, or nil.
func (s *session) stopping() error {
	select {
	case <-s.Stop:
		return errInterrupted
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		return errHalted
	}
	return nil
}

func (s *session) env(step string, m actions.Memo) *actions.Env {
	return &actions.Env{
		Host: s.Host, Sources: s.Sources, Secrets: s.Secrets, Confirm: s.Confirm,
		Memo: m, Run: s.Run, Step: step, Settled: s.settlements(step),
		Progress: func(done, total int) {
			s.observe(Event{Type: StepProgress, Step: step, Done: done, Total: total})
		},
	}
}

// memo returns the memo of a group, with what the journal has of it.
func (s *session) memo(g *groupHistory) *memo {
	return &memo{note: note{g.memo}, journal: s.Journal, step: g.step, from: g.from, to: g.to}
}

// end writes how the run ended and makes the whole journal durable.
func (s *session) end(outcome Outcome, failure error) (Outcome, error) {
	text := ""
	if failure != nil {
		text = failure.Error()
	}
	if err := s.record(journal.Record{Type: journal.End, Outcome: string(outcome), Error: text}, true); err != nil {
		failure = errors.Join(failure, err)
		if outcome == Succeeded {
			outcome = Interrupted
		}
	}
	s.observe(Event{Type: RunEnded, Outcome: outcome, Err: failure, Elapsed: time.Since(s.begun)})
	return outcome, failure
}
