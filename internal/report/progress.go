package report

import (
	"errors"
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

// NewProgress begins to show a run of the plan; h is what was done of it
// before, or nil. Close ends it.
func NewProgress(out io.Writer, s Style, live bool, pl *plan.Plan, h *executor.History) *Progress {
	p := &Progress{
		style: s, live: live, plan: pl, out: out, index: map[string]int{},
		stop: make(chan struct{}), begun: time.Now(), under: map[string]*underWay{},
		before: map[string]bool{},
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

// tick keeps the clock of the live line going.
func (p *Progress) tick() {
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			p.mu.Lock()
			p.spinner++
			p.draw()
			p.mu.Unlock()
		}
	}
}

// Close takes the live line away and returns what could not be written.
func (p *Progress) Close() error {
	close(p.stop)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
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
	if text := p.text(e); text != "" {
		p.clear()
		p.print(text + "\n")
	}
	if p.live && e.Time.Sub(p.drawn) >= frame {
		p.draw()
	}
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

// text is the line that an event leaves behind, or "".
func (p *Progress) text(e executor.Event) string {
	s := p.style
	failure := ""
	if e.Err != nil {
		failure = visibleLines(strings.TrimSpace(e.Err.Error()))
	}
	switch e.Type {
	case executor.StepStarted:
		if !p.live {
			return p.numbered(e.Step, "") + "started"
		}
	case executor.StepDone:
		return p.numbered(e.Step, s.paint(green, s.glyph("✓ ", ""))) + p.doneText(e)
	case executor.StepFailed:
		return p.numbered(e.Step, s.paint(red, s.glyph("✗ ", ""))) + s.paint(red, "failed: ") + failure
	case executor.StepContinued:
		return p.numbered(e.Step, "") + s.paint(yellow, "the run goes on without it: ") + Visible(e.Detail)
	case executor.StepRetried:
		return p.numbered(e.Step, "") + fmt.Sprintf("attempt %d, for the one before failed: %s", e.Attempt, failure)
	case executor.StepSkipped:
		return p.numbered(e.Step, "") + s.paint(dim, "skipped, "+Visible(e.Detail))
	case executor.RollbackStarted:
		return s.paint(yellow, "rolling back")
	case executor.ChangeUndone:
		return s.paint(yellow, s.glyph("↶", "<")+" undone") + " " + changeText(e.Change)
	case executor.UndoFailed:
		return s.paint(red, s.glyph("✗", "x")+" not undone") + " " + changeText(e.Change) + ": " + failure
	}
	return ""
}

func changeText(c *actions.Change) string {
	return c.Kind + " " + Visible(c.Subject)
}

func (p *Progress) numbered(step, mark string) string {
	return fmt.Sprintf("[%d/%d] %s%s: ", p.index[step], len(p.plan.Steps), mark, Visible(step))
}

// doneText says what a step did, and how long it took.
func (p *Progress) doneText(e executor.Event) string {
	changes := p.plan.Steps[p.index[e.Step]-1].Changes
	made, verified := alterations(changes), 0
	for _, c := range changes {
		if !actions.Alters(c.Kind) && c.Kind != actions.FileKeep {
			verified++
		}
	}
	text := ""
	switch {
	case made > 0:
		text = plural(made, "change")
	case verified > 0:
		text = "verified"
	default:
		text = "nothing to do"
	}
	return "done, " + text + p.style.paint(dim, " in "+elapsed(e.Elapsed))
}

// draw writes the live line: the caller holds the lock.
func (p *Progress) draw() {
	if !p.live || p.suspended || len(p.order) == 0 {
		return
	}
	p.drawn = time.Now()
	made, step := p.made, p.order[0]
	for _, u := range p.under {
		made += max(u.made, u.partial)
	}
	total := p.plan.Summary.Changes
	text := fmt.Sprintf("%s %s %d/%d  %s", p.wheel(), p.bar(made, total), made, total, Visible(step))
	if n := len(p.order) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	text += "  " + p.under[step].subject
	clock := "  " + time.Since(p.begun).Round(time.Second).String()
	width := p.style.Width
	if width == 0 {
		width = 80
	}
	p.print("\r\x1b[K" + p.style.shorten(text, width-1-columns(clock)) + clock)
	p.shown = true
}

// clear takes the live line away.
func (p *Progress) clear() {
	if p.shown {
		p.print("\r\x1b[K")
		p.shown = false
	}
}

func (p *Progress) print(text string) {
	if _, err := io.WriteString(p.out, text); err != nil && p.err == nil {
		p.err = errors.Join(p.err, fmt.Errorf("show progress: %w", err))
	}
}

func (p *Progress) wheel() string {
	frames := []rune(p.style.glyph("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", `|/-\`))
	return string(frames[p.spinner%len(frames)])
}

// bar draws how much is made.
func (p *Progress) bar(made, total int) string {
	const cells = 20
	full := cells
	if total > 0 {
		full = min(cells, made*cells/total)
	}
	return strings.Repeat(p.style.glyph("█", "#"), full) + strings.Repeat(p.style.glyph("░", "."), cells-full)
}

// shorten cuts a line that must not wrap, and marks that it was cut.
func (s Style) shorten(text string, room int) string {
	if columns(text) <= room {
		return text
	}
	dots := s.glyph("…", "...")
	left := max(0, room-columns(dots))
	for i, r := range text {
		if left -= runeColumns(r); left < 0 {
			return text[:i] + dots
		}
	}
	return text
}
