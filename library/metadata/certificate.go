package metadata

import (
	"yizheng/license"
)

// Certificate is the metadata of one version of a license. The members ZZ…
// and CZ… are elements of GB/T 36903; those that this type of license adds on
// its face begin with KZ_, as in that standard. Days are YYYY-MM-DD.
type Certificate struct {
	ZZMC       string `json:"ZZMC"`       // name of the license type
	ZZLXDM     string `json:"ZZLXDM"`     // code of the license type, 21 characters
	ZZBH       string `json:"ZZBH"`       // license number
	ZZBS       string `json:"ZZBS"`       // e-license identifier, GB/T 36904
	ZZBFJG     string `json:"ZZBFJG"`     // issuer
	ZZBFJGDM   string `json:"ZZBFJGDM"`   // issuer's credit code
	ZZBFRQ     string `json:"ZZBFRQ"`     // day of issue of this version
	CZZT       string `json:"CZZT"`       // holder
	CZZTDM     string `json:"CZZTDM"`     // holder's code
	CZZTDMLX   string `json:"CZZTDMLX"`   // kind of the holder's code
	CZZTDMLXDM string `json:"CZZTDMLXDM"` // code of that kind: 001 credit code
	ZZYXQQSRQ  string `json:"ZZYXQQSRQ"`  // the first day on which any of its permits is in force
	ZZYXQJZRQ  string `json:"ZZYXQJZRQ"`  // the last such day; empty where a permit has no term

	CertificateAreaCode string `json:"certificateAreaCode"` // GB/T 2260
	TrustLevel          string `json:"trust_level"`         // A: issued by the organ itself
	State               string `json:"state"`               // ISSUED
	Operation           string `json:"operation"`           // 01 new, 02 renewal, 09 change
	Predecessor         string `json:"predecessor,omitempty"`
	Demonstration       bool   `json:"demonstration,omitempty"`

	Version   int      `json:"KZ_BBH"`  // version
	Industry  string   `json:"KZ_HYLB"` // 行业类别
	Catalogue string   `json:"KZ_MLBB"` // version of the catalogue (目录版本)
	Head      string   `json:"KZ_FDDBR"`
	Premises  string   `json:"KZ_JYCS"`
	Permits   []Permit `json:"KZ_XKSX"` // 许可事项
}

// Permit is the metadata of one permit beneath the license.
type Permit struct {
	Matter     string `json:"KZ_SXMC"`            // 许可事项
	Number     string `json:"KZ_XKZBH"`           // 许可证编号
	Authority  string `json:"KZ_SSJG"`            // 实施机关
	Scope      string `json:"KZ_XKFW"`            // 许可范围
	Conditions string `json:"KZ_XKTJ,omitempty"`  // 许可条件
	Premises   string `json:"KZ_JYCS,omitempty"`  // where the permit states its own
	Commitment bool   `json:"KZ_GZCN,omitempty"`  // 告知承诺
	ValidFrom  string `json:"KZ_YXQQS"`           // first day in force
	ValidUntil string `json:"KZ_YXQJZ,omitempty"` // last day in force; absent without a term
	State      string `json:"KZ_ZT"`              // see [StateCode]
}

// The codes of what was done, by the national dictionary of certificates.
const (
	OperationNew          = "01"
	OperationRenewal      = "02"
	OperationSuspension   = "03"
	OperationCancellation = "05"
	OperationReinstate    = "06"
	OperationChange       = "09"
)

// TypeName is the name of the license type.
const TypeName = "行业综合许可证"

// StateCode gives the code of a state by the national dictionary of
// certificates: 01 valid, 02 suspended, 03 withdrawn, 04 cancelled, 05
// lapsed, 07 revoked, and 99 for one that the dictionary does not have.
func StateCode(s license.State) string {
	switch s {
	case license.Valid:
		return "01"
	case license.Suspended:
		return "02"
	case license.Withdrawn:
		return "03"
	case license.Cancelled:
		return "04"
	case license.Expired:
		return "05"
	case license.Revoked:
		return "07"
	}
	return "99"
}

// NewCertificate composes the metadata of l, whose permits have the given
// states, one for each. The predecessor is the identifier of the version
// before, empty for the first; operation is one of the Operation codes.
func NewCertificate(l license.License, states []license.State, issuerCode, predecessor, operation string) Certificate {
	c := Certificate{
		ZZMC: TypeName, ZZLXDM: l.Identifier.Type, ZZBH: l.Number, ZZBS: l.Identifier.String(),
		ZZBFJG: l.Issuer, ZZBFJGDM: issuerCode, ZZBFRQ: l.IssueDate.String(),
		CZZT: l.Holder.Name, CZZTDM: string(l.Holder.CreditCode), CZZTDMLX: "统一社会信用代码", CZZTDMLXDM: "001",
		CertificateAreaCode: string(l.Region), TrustLevel: "A", State: "ISSUED",
		Operation: operation, Predecessor: predecessor, Demonstration: l.Demonstration,
		Version: l.Identifier.Version, Industry: l.Industry, Catalogue: l.Catalogue,
		Head: l.Holder.Representative, Premises: l.Holder.Premises,
	}
	var from, until license.Date
	forever := false
	for i, p := range l.Permits {
		state := license.Valid
		if i < len(states) {
			state = states[i]
		}
		c.Permits = append(c.Permits, Permit{
			Matter: p.Matter, Number: p.Number, Authority: p.Authority, Scope: p.Scope,
			Conditions: p.Conditions, Premises: p.Premises, Commitment: p.Commitment,
			ValidFrom: p.ValidFrom.String(), ValidUntil: p.ValidUntil.String(), State: StateCode(state),
		})
		if from.IsZero() || p.ValidFrom < from {
			from = p.ValidFrom
		}
		until = max(until, p.ValidUntil)
		forever = forever || p.ValidUntil.IsZero()
	}
	c.ZZYXQQSRQ = from.String()
	if !forever {
		c.ZZYXQJZRQ = until.String()
	}
	return c
}
