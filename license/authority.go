package license

// Authority is an organ that grants permits (实施机关) or issues integrated
// licenses. Its region is stated, never read off the digits of its credit
// code.
type Authority struct {
	Name          string     `json:"name"`
	Code          CreditCode `json:"code"`
	Region        Region     `json:"region"`
	Address       string     `json:"address,omitempty"`
	Telephone     string     `json:"telephone,omitempty"`
	Remedies      []Remedy   `json:"remedies,omitempty"`
	Demonstration bool       `json:"demonstration,omitempty"` // code, address or telephone are made up
}

// The kinds of remedy.
const (
	Reconsideration = "reconsideration" // 行政复议
	Litigation      = "litigation"      // 行政诉讼
)

// Remedy is a way to contest what an authority decided (救济方式). The
// integrated license changes none: each permit keeps those against the
// authority that granted it.
type Remedy struct {
	Kind      string `json:"kind"`  // [Reconsideration] or [Litigation]
	Organ     string `json:"organ"` // the organ or court to turn to
	Term      string `json:"term"`  // until when, in Chinese
	TermEN    string `json:"termEN"`
	Basis     string `json:"basis"` // the provision that gives the term
	Address   string `json:"address,omitempty"`
	Telephone string `json:"telephone,omitempty"`
}
