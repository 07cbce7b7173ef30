package file_test

import (
	"testing"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/file"
	"quiesce/host/local"
	"quiesce/host/memory"
)

const windowsServer = `
name: EXCH01
os: windows
files:
  - {path: 'C:\exchsrvr\BIN\Store.exe', version: 5.5.1960.4, open-by: [{process: store.exe, pid: 412}]}
  - {path: 'C:\exchsrvr\BIN\dsamain.exe', version: 5.5.2653.0}
  - {path: 'C:\exchsrvr\readme.txt', content: old}
  - {path: 'C:\exchsrvr\temp\a\b.tmp', content: b}
processes: [{pid: 412, name: store.exe}]
`

const linuxServer = `
name: web1
files:
  - {path: /srv/app/bin/store.exe, content: old, mode: "04664", owner: "12:34",
     attributes: {user.origin: vendor, security.capability: 0s/wA=, system.posix_acl_access: 0sAgAAAAEABgD/////AgAGAOgDAAAEAAQA/////xAABgD/////IAAEAP////8=}}
  - {path: /srv/app/bin/dsamain.exe, content: kept, modified: 2001-01-01T00:00:00Z}
  - {path: /srv/app/current, symlink: bin/dsamain.exe}
  - {path: /srv/app/temp/a/b.tmp, content: b}
`

func TestSuite(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, pack: t.TempDir()}
	b.write(b.pack, "bin/store.exe", string(memory.PE("5.5.2650.24", 10)), 0o644, late)
	b.write(b.pack, "bin/dsamain.exe", string(memory.PE("5.5.2650.24", 10)), 0o644, late)
	b.write(b.pack, "readme.txt", "new", 0o644, late)
	b.write(b.pack, "docs/a/b.txt", "deep", 0o644, late)
	b.mkdir(b.pack, "empty")
	step := func(to, inUse, overwrite string) actiontest.Step {
		return actiontest.Step{Action: "apply-with-overwrite-policy", With: map[string]any{
			"source": b.pack, "to": to, "in-use": inUse, "overwrite": overwrite, "remove": []any{"temp"},
		}}
	}
	sources := local.New(&local.Digests{}).Files
	actiontest.Run(
		t, []actions.Family{file.Family()},
		actiontest.Case{Name: "renaming aside on Windows", Host: windowsServer, Sources: sources, Step: step(`C:\exchsrvr`, "rename", "if-newer")},
		actiontest.Case{Name: "at the next start of Windows", Host: windowsServer, Sources: sources, Step: step(`C:\exchsrvr`, "on-reboot", "if-different")},
		actiontest.Case{Name: "exchanging names on Linux", Host: linuxServer, Sources: sources, Step: step("/srv/app", "rename", "if-newer")},
		actiontest.Case{Name: "nothing to do", Host: linuxServer, Sources: sources, Step: step("/srv/app/bin", "rename", "never")},
	)
}
