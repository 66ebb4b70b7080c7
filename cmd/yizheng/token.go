package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/api/access"
	"yizheng/license"
)

func (c *console) tokenCommand() *cobra.Command {
	var data, authority, subject string
	var scopes []string
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "token --data D --scope SCOPE[,SCOPE…]",
		Short: "make a bearer token for the API with the data directory's own key",
		Long: "token makes a bearer token for development, tests and machines that no identity provider knows.\n" +
			"Scopes: " + strings.Join(scopeNames(), ", ") + ".\n" +
			"--authority is the full name of the department that the token acts for; with license:write and no\n" +
			"--authority it acts for the issuing office.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(data)
			if err != nil {
				return err
			}
			t := access.Token{Issuer: localTokens, Audience: s.audience(), Subject: subject, Authority: authority, Lifetime: ttl}
			if t.Scopes, err = parseScopes(scopes); err != nil {
				return err
			}
			if t.Authority == "" && slices.Contains(t.Scopes, access.LicenseWrite) {
				if t.Authority, err = s.officeName(data, c.now()); err != nil {
					return err
				}
			}
			key, err := access.LoadKey(filepath.Join(accessDir(data), "token.key"))
			if err != nil {
				return usage("access_key", fmt.Errorf("loading the key of tokens: %w", err))
			}
			token, err := access.Issue(key, t, c.now(), rand.Reader)
			if err != nil {
				return usage("token", fmt.Errorf("making a token: %w", err))
			}
			fmt.Fprintln(c.stdout, token)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "data directory, made by init")
	f.StringSliceVar(&scopes, "scope", nil, "what the token allows; may be given more than once")
	f.StringVar(&authority, "authority", "", "full name of the department that the token acts for")
	f.StringVar(&subject, "subject", "command line", "who acts, for the audit trail")
	f.DurationVar(&ttl, "ttl", time.Hour, "how long the token holds, at most 12h")
	_ = cmd.MarkFlagRequired("data")  // the flags are defined above
	_ = cmd.MarkFlagRequired("scope") //
	return cmd
}

func scopeNames() (names []string) {
	for _, s := range access.Scopes() {
		names = append(names, string(s))
	}
	return names
}

// parseScopes refuses scopes that do not exist: the server would pass over
// them, and the token would allow less than was asked for.
func parseScopes(names []string) (scopes []access.Scope, err error) {
	for _, name := range names {
		for _, field := range strings.Fields(name) {
			if !slices.Contains(access.Scopes(), access.Scope(field)) {
				return nil, usage("scope", fmt.Errorf("there is no scope %q; there are %s", field, strings.Join(scopeNames(), ", ")))
			}
			scopes = append(scopes, access.Scope(field))
		}
	}
	if len(scopes) == 0 {
		return nil, usage("scope", errors.New("a token without a scope allows nothing"))
	}
	return scopes, nil
}

// officeName is the office that issues for the data directory dir.
func (s settings) officeName(dir string, now time.Time) (string, error) {
	set, err := s.catalogues(dir)
	if err != nil {
		return "", err
	}
	today, err := set.On(license.DateOf(now))
	if err != nil {
		return "", usage("region", err)
	}
	return today.Issuer.Name, nil
}
