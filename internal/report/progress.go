package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
)

// frame is how often the live line is drawn at most.
const frame = 100 * time.Millisecond

// Progress shows a run while it is on: on a terminal as one live line below
// the steps that are done, elsewhere as plain lines, one where a step starts
// and one where it ends.
type Progress struct {
	style Style
	live  bool
	plan  *plan.Plan
	index map[string]int // number of each step
	names names
	stop  chan struct{}
	ended sync.WaitGroup

	mu      sync.Mutex
	out     io.Writer
	err     error
	begun   time.Time
	drawn   time.Time
	shown   bool // the live line stands on the terminal
	made    int  // changes of all steps that are done, of those that alter the host
	under   map[string]*underWay
	order   []string        // steps under way, the oldest first
	back    bool            // the run is being taken back
	before  map[string]bool // steps that were done before
	undone  undoneFiles
	spinner int
	// suspended: somebody else uses the terminal.
	suspended bool
}

// underWay is a step that is being carried out.
type underWay struct {
	subject string
	made    int
	partial int // of a transaction under way
}

// undoneFiles counts the files of a step that were put back: a transaction may
// have very many.
type undoneFiles struct {
	step  string
	count int
}

// NewProgress begins to show a run of the plan; h is what was done of it
// before, or nil. Close ends it.
func NewProgress(out io.Writer, s Style, live bool, pl *plan.Plan, h *executor.History) *Progress {
	p := &Progress{
		style: s, live: live, plan: pl, out: out, index: map[string]int{},
		stop: make(chan struct{}), begun: time.Now(), under: map[string]*underWay{},
		before: map[string]bool{}, names: namesOf(pl),
	}
	for i, step := range pl.Steps {
		p.index[step.ID] = i + 1
	}
	if h != nil {
		p.takeUp(h)
	}
	if live {
		p.ended.Go(p.tick)
	}
	return p
}

// takeUp counts what was done before.
func (p *Progress) takeUp(h *executor.History) {
	for i, s := range h.Steps {
		changes := p.plan.Steps[i].Changes
		if p.before[s.ID] = s.Total > 0 && s.Applied == s.Total; p.before[s.ID] {
			p.made += alterations(changes)
		}
	}
}

// Close takes the live line away and returns what could not be written.
func (p *Progress) Close() error {
	close(p.stop)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unfold()
	p.clear()
	return p.err
}

// Suspend takes the live line away, for somebody else to use the terminal,
// until the returned function is called.
func (p *Progress) Suspend() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.suspended = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.suspended = false
	}
}

// Write puts text of others, such as a log, above the live line.
func (p *Progress) Write(text []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	return p.out.Write(text)
}

// Observe takes an event in.
func (p *Progress) Observe(e executor.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.back && p.before[e.Step] && (e.Type == executor.StepStarted || e.Type == executor.StepDone) {
		return
	}
	p.count(e)
	if p.fold(e) {
		return
	}
	if text := p.text(e); text != "" {
		p.clear()
		p.print(text + "\n")
	}
	if p.live && e.Time.Sub(p.drawn) >= frame {
		p.draw()
	}
}

// fold counts a file that was put back and tells whether it is that; anything
// else tells first how many there were.
func (p *Progress) fold(e executor.Event) bool {
	file := e.Type == executor.ChangeUndone && strings.HasPrefix(e.Change.Kind, "file.")
	if !file || e.Step != p.undone.step {
		p.unfold()
	}
	if file {
		p.undone.step = e.Step
		if actions.Alters(e.Change.Kind) {
			p.undone.count++
		}
	}
	return file
}

func (p *Progress) unfold() {
	if p.undone.count > 0 {
		p.clear()
		p.print(p.undoneText() + " " + plural(p.undone.count, "change") + " of files, step " + Visible(p.undone.step) + "\n")
	}
	p.undone = undoneFiles{}
}

func (p *Progress) undoneText() string {
	return p.style.paint(yellow, p.style.glyph("↶", "<")+" undone")
}

// count keeps the numbers that the live line shows.
func (p *Progress) count(e executor.Event) {
	switch e.Type {
	case executor.StepStarted:
		p.under[e.Step] = &underWay{subject: p.first(e.Step)}
		p.order = append(p.order, e.Step)
	case executor.StepDone, executor.StepFailed, executor.StepContinued:
		if u := p.under[e.Step]; u != nil {
			p.made += u.made
		}
		p.forget(e.Step)
	case executor.RollbackStarted:
		p.back, p.under, p.order = true, map[string]*underWay{}, nil
	}
	u := p.under[e.Step]
	if u == nil {
		return
	}
	switch e.Type {
	case executor.ChangeApplied:
		u.partial = 0
		if actions.Alters(e.Change.Kind) {
			u.made++
		}
		u.subject = p.next(e)
	case executor.StepProgress:
		u.partial = e.Done
	case executor.StepRetried:
		u.subject = fmt.Sprintf("attempt %d", e.Attempt)
	}
}

func (p *Progress) forget(step string) {
	delete(p.under, step)
	for i, id := range p.order {
		if id == step {
			p.order = append(p.order[:i], p.order[i+1:]...)
			return
		}
	}
}

// first and next name the change that a step is about to make.
func (p *Progress) first(step string) string { return p.subject(step, 0) }

func (p *Progress) next(e executor.Event) string { return p.subject(e.Step, e.Done) }

func (p *Progress) subject(step string, n int) string {
	changes := p.plan.Steps[p.index[step]-1].Changes
	for _, c := range changes[min(n, len(changes)):] {
		if c.Kind != actions.FileKeep {
			return symbolOf(c.Kind).verb + " " + Visible(c.Subject)
		}
	}
	return ""
}
