package issuer

import "yizheng/license"

// Actor is who asks. The zero Actor may do nothing, so that a caller that
// forgets to say who asks is refused.
type Actor struct {
	name      string
	authority string
	operator  bool
}

// Operator is the district service office at its own desk: it issues,
// changes and withdraws licenses, and enters acts on permits on behalf of any
// department. Name is for the audit trail.
func Operator(name string) Actor { return Actor{name: name, operator: true} }

// Department is an approval department: it acts on the permits that it
// granted and on nothing else. Authority is its full name, as permits state
// it.
func Department(name, authority string) Actor { return Actor{name: name, authority: authority} }

// String names the actor for the audit trail.
func (a Actor) String() string {
	switch {
	case a.operator:
		return "operator " + a.name
	case a.authority != "":
		return "department " + a.authority + " (" + a.name + ")"
	}
	return "nobody"
}

// mayIssue refuses all but the service office.
func (a Actor) mayIssue() error {
	if a.operator {
		return nil
	}
	return license.Faults{fault("", "not_the_issuer",
		"only the district service office issues, changes and withdraws licenses",
		"只有区政务服务办公室可以制发、变更和撤回行业综合许可证")}
}

// mayActOn refuses all but the department that granted a permit, and the
// service office that enters the act for it.
func (a Actor) mayActOn(authority string) error {
	if a.operator || a.authority != "" && a.authority == authority {
		return nil
	}
	return license.Faults{fault("authority", "not_the_authority",
		"only "+authority+", which granted the permit, may act on it",
		"谁审批、谁负责：只有作出许可的"+authority+"可以对该许可作出处理")}
}

// fault makes a fault without a file.
func fault(field, reason, message, messageZH string) license.Fault {
	return license.Fault{Field: field, Reason: reason, Message: message, MessageZH: messageZH}
}
