package credential

import (
	"time"

	"yizheng/license"
)

// vocabulary is what the names of a license's members mean to a reader of
// JSON-LD. It stands within the credential, so that nothing has to be fetched.
const vocabulary = "urn:yizheng:industry-license#"

// verifiable is a credential by the VC Data Model 2.0, with the registered
// claims iss, iat and status beside it (VC-JOSE-COSE).
type verifiable struct {
	Context   []any             `json:"@context"`
	ID        string            `json:"id"`
	Type      []string          `json:"type"`
	Issuer    verifiableIssuer  `json:"issuer"`
	ValidFrom string            `json:"validFrom"`
	Subject   verifiableSubject `json:"credentialSubject"`
	IssuerURL string            `json:"iss"`
	IssuedAt  int64             `json:"iat"`
	Status    reference         `json:"status"`
}

type verifiableIssuer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type verifiableSubject struct {
	subject
	Holder  license.Holder `json:"holder"`
	Permits []permit       `json:"permits"`
}

func (e *Exporter) verifiable(l license.License, at time.Time) verifiable {
	return verifiable{
		Context:   []any{"https://www.w3.org/ns/credentials/v2", map[string]string{"@vocab": vocabulary}},
		ID:        e.c.Issuer + "/v1/licenses/" + l.Identifier.String(),
		Type:      []string{"VerifiableCredential", "IntegratedIndustryLicense"},
		Issuer:    verifiableIssuer{ID: e.c.Issuer, Name: l.Issuer},
		ValidFrom: l.IssueDate.String() + "T00:00:00+08:00",
		Subject:   verifiableSubject{subjectOf(l), l.Holder, e.permits(l)},
		IssuerURL: e.c.Issuer,
		IssuedAt:  at.Unix(),
		Status:    e.reference(l.StatusIndex),
	}
}
