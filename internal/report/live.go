package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

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
