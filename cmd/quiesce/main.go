// Command quiesce runs declarative runbooks that patch a server and can always
// go back.
package main

import (
	"os"

	"quiesce/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args)) }
