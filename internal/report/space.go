package report

import (
	"fmt"
	"strings"

	"quiesce/executor"
	"quiesce/executor/plan"
)

// PlannedSpace is what a plan needs, where nobody asks the host what is free.
func PlannedSpace(p *plan.Plan) []executor.Volume {
	var volumes []executor.Volume
	for _, s := range p.Space {
		volumes = append(volumes, executor.Volume{Path: s.Path, Needed: s.Bytes, Unknown: true})
	}
	return volumes
}

// spaceText says what is needed on a file system, and what is free there.
func spaceText(v executor.Volume) string {
	var needs []string
	if v.Needed > 0 {
		needs = append(needs, Bytes(v.Needed)+" needed")
	}
	if v.Records > 0 {
		needs = append(needs, "about "+Bytes(v.Records)+" for the records of the run")
	}
	text := v.Path + ": " + strings.Join(needs, ", ")
	if !v.Unknown {
		text += ", " + freeText(v) + " free now"
	}
	return text
}

func freeText(v executor.Volume) string { return Bytes(int64(min(v.Free, 1<<62))) }

// Lacks says of a file system that it lacks space, or "".
func Lacks(v executor.Volume) string {
	if v.Missing() == 0 {
		return ""
	}
	return fmt.Sprintf("not enough space on the file system of %s: %s needed, %s free, %s missing",
		v.Path, Bytes(v.Needed+v.Records), freeText(v), Bytes(v.Missing()))
}

// space shows what a plan needs on each file system.
func (p *page) space(volumes []executor.Volume) {
	name := "space"
	for _, v := range volumes {
		text := Visible(spaceText(v))
		if v.Missing() > 0 {
			text = p.paint(yellow, text)
		}
		p.field(name, text)
		name = ""
	}
}
