// Package local is the machine that Quiesce runs on, as a host: its files, its
// commands, its network and its clock. Services, processes, connections and
// monitors of a real machine it does not know yet and says so with
// errors.ErrUnsupported.
//
// Every tree is held by an os.Root: no name and no symbolic link leads out of
// its directory, whoever swaps what for what meanwhile. (On Linux openat2(2)
// with RESOLVE_BENEATH stands before it, as a short cut.) What os.Root lacks
// (exchanging two names, making them durable, asking who has a file open) is
// done on directory handles that were opened through it, and so shares its
// confinement. A mount below a tree's directory belongs to the tree.
//
// On Linux a tree is also a host.Exchanger, Placer, Syncer, Importer, Digester,
// HolderLister, SpaceTeller, Accessor, Attributor and RenamingTeller. Elsewhere it imports and digests, and answers
// errors.ErrUnsupported to the rest.
//
// Errors name the absolute path, keep the system's error number visible to
// errors.Is, and wrap the sentinels of package host beside it.
package local
