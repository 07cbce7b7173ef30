package host

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
)

// The attributes in which Linux keeps ACLs: that of a file, and the one that
// what is made in a directory gets.
const (
	AccessACL  = "system.posix_acl_access"
	DefaultACL = "system.posix_acl_default"
)

// Capabilities is the attribute of a program that says which capabilities it
// gets. A change of owner takes it away.
const Capabilities = "security.capability"

// The form of an ACL, linux/posix_acl_xattr.h: a version, and entries of tag,
// permissions and id, all in little endian.
const (
	aclHeader, aclEntry, aclVersion = 4, 8, 2

	aclOwner, aclGroup, aclMask, aclOther = 0x01, 0x04, 0x10, 0x20
)

var errBadACL = errors.New("it is no ACL of Linux")

// ACLWithMode returns the ACL as chmod(2) leaves it: owner and others get what
// mode gives them, and its group bits are the most that anybody else gets. The
// entries of named users and groups stay.
func ACLWithMode(acl []byte, mode fs.FileMode) ([]byte, error) {
	at, err := aclTags(acl)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(acl)
	set := func(i int, bits fs.FileMode) { binary.LittleEndian.PutUint16(out[i+2:], uint16(bits&7)) }
	set(at[aclOwner], mode>>6)
	set(at[classOf(at)], mode>>3)
	set(at[aclOther], mode)
	return out, nil
}

// ModeOfACL returns the permissions that a file with this ACL shows.
func ModeOfACL(acl []byte) (fs.FileMode, error) {
	at, err := aclTags(acl)
	if err != nil {
		return 0, err
	}
	bits := func(i int) fs.FileMode { return fs.FileMode(binary.LittleEndian.Uint16(acl[i+2:]) & 7) }
	return bits(at[aclOwner])<<6 | bits(at[classOf(at)])<<3 | bits(at[aclOther]), nil
}

// classOf returns the tag that the group bits of a mode stand for.
func classOf(at map[uint16]int) uint16 {
	if _, ok := at[aclMask]; ok {
		return aclMask
	}
	return aclGroup
}

// aclTags returns where the entries are of which there is one each.
func aclTags(acl []byte) (map[uint16]int, error) {
	if len(acl) < aclHeader || (len(acl)-aclHeader)%aclEntry != 0 || binary.LittleEndian.Uint32(acl) != aclVersion {
		return nil, errBadACL
	}
	at := map[uint16]int{}
	for i := aclHeader; i < len(acl); i += aclEntry {
		at[binary.LittleEndian.Uint16(acl[i:])] = i
	}
	for _, tag := range []uint16{aclOwner, aclGroup, aclOther} {
		if _, ok := at[tag]; !ok {
			return nil, errBadACL
		}
	}
	return at, nil
}
