package crash_test

import (
	"testing"
	"time"

	"quiesce/host/crash"
	"quiesce/host/hosttest"
)

var noon = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)

// TestSuite shows that a disk is a host's file system like every other.
func TestSuite(t *testing.T) {
	t.Parallel()
	hosttest.Run(t, func(_ *testing.T, f hosttest.Fixture) hosttest.World {
		files := []crash.File{{Name: "srv/app", Dir: true, Mode: 0o755}}
		for _, v := range f.Files {
			files = append(files, crash.File{
				Name: "srv/app/" + v.Name, Dir: v.Dir, Target: v.Target, Data: v.Data, Mode: v.Mode, Modified: v.Modified,
			})
		}
		return hosttest.World{Host: crash.New(noon, files...).Host(), Dir: "/srv/app", Lacks: []string{
			hosttest.Services, hosttest.Processes, hosttest.Connections, hosttest.Monitors, hosttest.Commands, hosttest.Network,
			hosttest.Digest, hosttest.Holders, hosttest.FixedHolders, hosttest.Space, hosttest.Delay, hosttest.Attributes,
		}}
	})
}
