package metadata

import (
	"time"

	"yizheng/license"
)

// StatusChange is the metadata of a change of state: of one permit where
// Number is given, else of the license.
type StatusChange struct {
	ZZBS      string    `json:"ZZBS"`                // the version that was current
	Matter    string    `json:"KZ_SXMC,omitempty"`   // 许可事项
	Number    string    `json:"KZ_XKZBH,omitempty"`  // 许可证编号
	Authority string    `json:"KZ_SSJG,omitempty"`   // 实施机关
	From      string    `json:"from"`                // see [StateCode]
	To        string    `json:"to"`                  // see [StateCode]
	Operation string    `json:"operation,omitempty"` // where the dictionary has a code for it
	Reason    string    `json:"reason,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	At        time.Time `json:"at"`
}

// OperationOf gives the dictionary's code of the operation that leads to
// state, and the empty string where it has none.
func OperationOf(state license.State) string {
	switch state {
	case license.Valid:
		return OperationReinstate
	case license.Suspended:
		return OperationSuspension
	case license.Cancelled:
		return OperationCancellation
	}
	return ""
}

// SealedDocument is the metadata of a version's sealed document.
type SealedDocument struct {
	ZZBS      string    `json:"ZZBS"`
	Form      string    `json:"form,omitempty"` // empty for the original (正本)
	MediaType string    `json:"mediaType"`
	SHA256    string    `json:"sha256"` // lower-case hexadecimal
	Size      int       `json:"size"`   // octets
	Template  string    `json:"template"`
	Font      string    `json:"font"`
	ZZQZR     string    `json:"ZZQZR"` // signer
	ZZQZSJ    time.Time `json:"ZZQZSJ"`
	ZZQZMC    string    `json:"ZZQZMC"` // name of the seal
}

// Check is the metadata of a verification record: every use of a license
// states its purpose.
type Check struct {
	ID           string    `json:"id"`
	ZZBS         string    `json:"ZZBS"`
	Outcome      string    `json:"outcome"`
	At           time.Time `json:"at"`
	Region       string    `json:"region"`
	Place        string    `json:"place"`
	Purpose      string    `json:"purpose"`
	Organisation string    `json:"organisation"`
	Operator     string    `json:"operator"`
	Matter       string    `json:"matter,omitempty"`
	Method       string    `json:"method,omitempty"`
}

// NewCheck composes the metadata of a verification record.
func NewCheck(v license.Verification) Check {
	return Check{
		ID: v.ID, ZZBS: v.License.String(), Outcome: v.Outcome, At: v.At.UTC().Truncate(time.Second),
		Region: string(v.Region), Place: v.Place, Purpose: v.Purpose, Organisation: v.Organisation,
		Operator: v.Operator, Matter: v.Matter, Method: v.Method,
	}
}
