package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"yizheng/seal"
)

func (c *console) sealCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "seal", Short: "show the digital seal (电子印章) and try it"}
	cmd.AddCommand(c.sealShowCommand())
	return cmd
}

// sealReport is what seal show prints.
type sealReport struct {
	Certificate sealView   `json:"certificate"`
	Issuer      string     `json:"issuer"`
	Key         string     `json:"key"`
	Chain       []sealView `json:"chain,omitempty"`
	Timestamps  string     `json:"timestamps,omitempty"` // address of the authority
	Revocation  bool       `json:"revocation"`
	Listed      bool       `json:"listed"` // on the trust list, with the authority where there is one
	Problem     string     `json:"problem,omitempty"`
	Trial       *sealTrial `json:"trial,omitempty"`
}

// sealTrial is a seal made over nothing, and dropped.
type sealTrial struct {
	Bytes        int       `json:"bytes"`
	Space        int       `json:"space"`
	Milliseconds float64   `json:"milliseconds"`
	Timestamp    time.Time `json:"timestamp,omitzero"`
}

func (c *console) sealShowCommand() *cobra.Command {
	var o desk
	var try bool
	var out string
	cmd := &cobra.Command{
		Use:   "show --data D",
		Short: "show the certificate of the seal that config.json names, and whether the trust list names it",
		Long: "show opens the seal as serve does, and says all the same what it found where serve would refuse it.\n" +
			"--out writes the certificate for the machine that has the trust root (yizheng trust seal --add);\n" +
			"--try makes a seal over nothing, with the timestamp and the revocation data that are configured.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.opened(cmd.Context(), c, func(d *deployment) error {
				config, err := d.press.seal.configure()
				if err != nil {
					return err
				}
				report := d.reportSeal(config)
				if try && report.Problem == "" {
					if report.Trial, err = trySeal(cmd.Context(), config); err != nil {
						return err
					}
				}
				if out != "" {
					text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: config.Identity.Certificate.Raw})
					if err := writeFile(out, text, 0o644); err != nil {
						return usage("out_unwritable", err)
					}
				}
				c.showSeal(report)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().BoolVar(&try, "try", false, "make a seal over nothing and say how long it took")
	cmd.Flags().StringVar(&out, "out", "", "write the certificate there, in PEM")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (d *deployment) reportSeal(c seal.Config) sealReport {
	certificate := c.Identity.Certificate
	r := sealReport{
		Certificate: viewCertificates([][]byte{certificate.Raw})[0], Issuer: certificate.Issuer.String(),
		Key: fmt.Sprint(certificate.PublicKeyAlgorithm), Revocation: c.Revocation != nil,
	}
	for _, above := range c.Identity.Chain {
		r.Chain = append(r.Chain, viewCertificates([][]byte{above.Raw})...)
	}
	if d.settings.Timestamp != nil {
		r.Timestamps = d.settings.Timestamp.URL
	}
	if _, err := seal.New(c); err != nil {
		r.Problem = err.Error()
	}
	if err := d.checkSealTrusted(c); err == nil {
		r.Listed = true
	} else if r.Problem == "" {
		r.Problem = err.Error()
	}
	return r
}

// trySeal makes two seals: the first asks the authorities what the others
// remember.
func trySeal(ctx context.Context, c seal.Config) (*sealTrial, error) {
	sealer, err := seal.New(c)
	if err != nil {
		return nil, err
	}
	var trial sealTrial
	for range 2 {
		began := time.Now()
		prepared, err := sealer.Prepare(ctx)
		if err != nil {
			return nil, err
		}
		made, err := prepared.Seal(ctx, nil)
		if err != nil {
			return nil, err
		}
		trial = sealTrial{len(made.CMS), prepared.Space(), float64(time.Since(began).Microseconds()) / 1000, made.Timestamp}
	}
	return &trial, nil
}

func (c *console) showSeal(r sealReport) {
	if c.json {
		printJSON(c.stdout, r)
		return
	}
	showField(c.stdout, words{"印章", "seal"}, printable(r.Certificate.Subject))
	showField(c.stdout, words{"签发者", "issued by"}, printable(r.Issuer))
	showField(c.stdout, words{"期限", "term"}, r.Certificate.From.In(beijing()).Format("2006-01-02")+" – "+r.Certificate.Until.In(beijing()).Format("2006-01-02"))
	showField(c.stdout, words{"指纹", "SHA-256"}, r.Certificate.SHA256)
	showField(c.stdout, words{"密钥", "key"}, r.Key)
	for _, above := range r.Chain {
		showField(c.stdout, words{"证书链", "chain"}, printable(above.Subject))
	}
	if r.Timestamps != "" {
		showField(c.stdout, words{"时间戳", "timestamps"}, r.Timestamps)
	}
	if r.Trial != nil {
		showField(c.stdout, words{"试盖", "trial"}, fmt.Sprintf("%d bytes in a room of %d, %.1f ms", r.Trial.Bytes, r.Trial.Space, r.Trial.Milliseconds))
	}
	listed := words{"已列入信任清单", "on the trust list"}
	if !r.Listed {
		listed = words{"未列入信任清单", "not on the trust list"}
	}
	showField(c.stdout, words{"信任", "trust"}, listed.String())
	if r.Problem != "" {
		c.note("%s", r.Problem)
	}
}

// certificateIn gives the one certificate of a file that is to be a seal's:
// the first, as those above it follow.
func certificateIn(path string) (*x509.Certificate, error) {
	all, err := readCertificates(path)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}
