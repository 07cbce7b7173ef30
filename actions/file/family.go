package file

import (
	"quiesce/actions"
	"quiesce/runbooks"
)

// Family returns the verb and the operator of files.
func Family() actions.Family {
	return actions.Family{
		Verbs:     []actions.Verb{{Spec: spec(), New: newAction}},
		Operators: []actions.Operator{operator{}},
	}
}

func spec() runbooks.ActionSpec {
	paths := runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.Path}}
	return runbooks.ActionSpec{
		Name:   "apply-with-overwrite-policy",
		Doc:    "Puts the files of a pack on the host, file by file by rule, as one transaction.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: parameters()},
		Outputs: []runbooks.Field{
			{Name: "created", Doc: "Paths of the files, folders and links that are new.", Type: paths},
			{Name: "replaced", Doc: "Paths of the files that are replaced.", Type: paths},
			{Name: "removed", Doc: "Paths of the files and folders that are removed.", Type: paths},
			{Name: "kept", Doc: "Paths of the files of the pack that the host keeps as they are.", Type: paths},
			{Name: "changed", Doc: "Whether anything is created, replaced or removed.", Type: runbooks.Type{Kind: runbooks.Bool}},
		},
	}
}

func parameters() []runbooks.Field {
	globs := runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.String, NonEmpty: true}}
	return []runbooks.Field{
		{Name: "source", Doc: "Folder of the pack, on the machine that runs Quiesce.",
			Type: runbooks.Type{Kind: runbooks.Path, NonEmpty: true}, Required: true},
		{Name: "to", Doc: "Existing directory of the host, absolute, that the pack goes to.",
			Type: runbooks.Type{Kind: runbooks.Path, NonEmpty: true}, Required: true},
		{Name: "overwrite", Doc: "Which existing files give way to those of the pack: one policy, or rules of which the first that matches decides.",
			Type: overwriteType(), Default: string(ifNewer)},
		{Name: "unversioned", Doc: "What decides between two files of which neither has a version.",
			Type: enum(byDate, keepUnversioned, replaceUnversioned, known, refuseUnversioned), Default: byDate},
		{Name: "in-use", Doc: "What is done about a file that somebody has open.",
			Type: enum(inUseRename, inUseWait, inUseFail, inUseReboot), Default: inUseRename},
		{Name: "remove", Doc: "Globs, below to, of what is removed unless the pack brings it.",
			Type: globs, Default: []any{}},
		{Name: "owner", Doc: "Owner and group of the files that are put on the host, as uid:gid.",
			Type: runbooks.Type{Kind: runbooks.String}},
		{Name: "mode", Doc: "Permissions of the files that are put on the host, in octal and quoted.",
			Type: runbooks.Type{Kind: runbooks.String}},
		{Name: "attributes", Doc: "Whether a replaced file keeps its ACL, extended attributes, capabilities and label.",
			Type: enum(attributesKeep, attributesDrop), Default: attributesKeep},
		{Name: "hard-links", Doc: "What is done about a file that has other names, hard links: break leaves them the old file.",
			Type: enum(hardLinksRefuse, hardLinksBreak), Default: hardLinksRefuse},
	}
}

func overwriteType() runbooks.Type {
	globs := runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &runbooks.Type{Kind: runbooks.String, NonEmpty: true}}
	rule := runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
		{Name: "paths", Doc: "Globs of names in the pack, with ** for any folders.", Type: globs, Required: true},
		{Name: "policy", Doc: "The policy of what they match.", Type: enum(policies...), Required: true},
	}}
	return runbooks.Type{Kind: runbooks.OneOf, OneOf: []runbooks.Type{
		enum(policies...),
		{Kind: runbooks.Object, Fields: []runbooks.Field{
			{Name: "default", Doc: "The policy of what no rule matches.", Type: enum(policies...), Default: string(ifNewer)},
			{Name: "rules", Doc: "Rules, tried in order.", Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &rule}},
		}},
	}}
}

func enum(values ...string) runbooks.Type {
	return runbooks.Type{Kind: runbooks.String, Enum: values}
}
