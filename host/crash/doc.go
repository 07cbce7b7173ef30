// Package crash is a POSIX file system in memory that forgets, when its power
// is cut, what was not made durable. With it a test sees what a program leaves
// behind wherever it is interrupted, and whether it can recover from that.
//
// A Disk keeps two states apart: what programs see, and what is durable. In
// between lies a log of effects. A sync makes some of them durable:
//
//   - File.Sync the bytes, mode, owner and time of that file, not its name.
//     fsync(2): "Calling fsync() does not necessarily ensure that the entry in
//     the directory containing the file has also reached disk."
//   - SyncDir the names in that directory and its own mode, owner and time;
//     not its own name, nor the bytes of the files in it.
//   - SyncAll everything, as syncfs(2).
//
// After a cut any subset of the other effects may have persisted, in whatever
// order they were made: POSIX promises no order, and real file systems differ
// (Pillai and others, "All File Systems Are Not Created Equal", OSDI 2014).
// What is assumed nevertheless:
//
//   - One change of names (create, remove, rename, exchange) persists whole or
//     not at all, also across two directories: rename(2) and the journals
//     of ext4, XFS and Btrfs have it so. The time of the directory goes with it.
//   - A file never gets or loses names that nobody gave or took: moving it a
//     second time needs the first, moving it into a new directory needs that
//     directory's name, and removing a directory needs what was moved out of it.
//   - A name that persists without its file's bytes leads to a file with the
//     mode and owner of its creation that is empty, holds a part of the bytes,
//     or as many zeros or other bytes. What a rewrite was to change may also
//     still be there.
//   - What was durable and is not overwritten stays.
//
// The clock stands still, so that the states of many crashes can be compared.
// Rights are not enforced: the user is root.
package crash
