package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"yizheng/license"
)

// settings is what stands in config.json of a data directory. A flag or an
// environment variable comes before it.
type settings struct {
	// Region is the district that issues.
	Region license.Region `json:"region"`
	// URL is where the public reaches this deployment. Codes begin with it,
	// and status lists lie below it.
	URL string `json:"url"`
	// Offices is a file that names the district's own offices, from the data
	// directory. Where it is absent the built-in names count, which will do for
	// a demonstration only.
	Offices string `json:"offices,omitempty"`
	// Demonstration marks everything that comes out of this directory, and
	// allows --at in place of the clock.
	Demonstration bool `json:"demonstration,omitempty"`
	// Database is where the register is, if not in a SQLite file here.
	Database *databaseSettings `json:"database,omitempty"`
	// Library is the city e-license library to file with; nothing is delivered
	// where it is absent, and the outbox waits.
	Library *librarySettings `json:"library,omitempty"`
	// Seal is where the seal's key and certificate come from; where it is
	// absent, from the key ring and the certificate that init made.
	Seal *sealSettings `json:"seal,omitempty"`
	// Timestamp is the authority that stamps each seal; none where it is absent.
	Timestamp *timestampSettings `json:"timestamp,omitempty"`
	// Fonts are font files of the operator's own, asked in order for characters
	// that the program's fonts lack. Paths are from the data directory.
	Fonts []string `json:"fonts,omitempty"`
	// Login is whose tokens are accepted beside those of the local key, and
	// where people log in to the desk.
	Login *loginSettings `json:"login,omitempty"`
	// HolderLogin is where businesses log in to show their licenses; by links
	// alone where it is absent.
	HolderLogin *holderLoginSettings `json:"holderLogin,omitempty"`
	// Redis is where the nodes that serve this directory share what they have
	// in common; each is alone where it is absent.
	Redis *redisSettings `json:"redis,omitempty"`
	// Trust is how this node keeps its trust documents fresh; where it is absent
	// somebody else puts new ones beside it.
	Trust *trustSettings `json:"trust,omitempty"`
	// Notify are addresses of other deployments, https://host, that are told at
	// once when a status list of ours has changed. They need no account here and
	// fetch the list by themselves.
	Notify []string `json:"notify,omitempty"`
	// Reach are ranges of addresses, such as 10.20.0.0/16, in which other
	// issuers' lists and offices may lie; none but the Internet's where absent.
	Reach []string `json:"reach,omitempty"`
	// Proxies are the addresses, and ranges such as 10.0.0.0/8, of the proxies in
	// front: what they say in X-Forwarded-For of a client's address is believed;
	// nobody's word where absent.
	Proxies []string `json:"proxies,omitempty"`
	// Rate is how often one client may verify; the usual one where absent.
	Rate *rateSettings `json:"rate,omitempty"`
	// Tracing is where traces go; none are made where it is absent.
	Tracing *tracingSettings `json:"tracing,omitempty"`
	// Restored is when the register last came back from a backup; written by
	// restore. Versions of licenses of before are numbered further on.
	Restored time.Time `json:"restored,omitzero"`
}

type librarySettings struct {
	URL       string `json:"url"`
	TokenFile string `json:"tokenFile"` // a file that holds the bearer token, from the data directory; the token itself never stands here
	// PerSecond is how many filings a node sends in a second at most; 100
	// where absent.
	PerSecond float64 `json:"perSecond,omitempty"`
}

// mostPerSecond bounds a rate.
const mostPerSecond = 100_000

// check refuses a library that would let everybody file, unless nobody but
// this machine reaches it.
func (s *librarySettings) check() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("library: %q is no address of the form https://host", s.URL)
	case s.TokenFile == "" && !isLoopback(u.Hostname()):
		return errors.New("library needs tokenFile, a file with its bearer token (--library-token-file); only one on this machine may do without")
	case s.PerSecond < 0 || s.PerSecond > mostPerSecond:
		return fmt.Errorf("library: perSecond is between 0 and %d", mostPerSecond)
	}
	return nil
}

const settingsFile = "config.json"

// batchesFolder is where files of many rows lie while they are worked on. The
// register has all of them.
const batchesFolder = "batches"

// loadSettings reads dir/config.json. It refuses unknown members, trailing
// text and impossible values, so that a slip of the pen is not a silent
// default.
func loadSettings(dir string) (settings, error) {
	path := filepath.Join(dir, settingsFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{}, &failure{exit: exitUsage, file: dir, reason: "not_a_data_directory",
			err: errors.New("this is no yizheng data directory; make one with: yizheng init --data " + dir)}
	}
	if err != nil {
		return settings{}, usage("data_directory_unreadable", err)
	}
	var s settings
	err = decodeSettings(path, raw, &s)
	return s, err
}

// decodeSettings reads the one JSON object of a configuration into s.
func decodeSettings(path string, raw []byte, s interface{ check() error }) error {
	if err := strictly(path, raw, s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return usage("configuration", fmt.Errorf("reading %s: %w", path, err))
	}
	return nil
}

// strictly reads the one JSON object of a file, and no member that is unknown.
func strictly(path string, raw []byte, s any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return usage("configuration", fmt.Errorf("reading %s: %w", path, err))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return usage("configuration", fmt.Errorf("reading %s: text after the end", path))
	}
	return nil
}

func (s settings) check() error {
	if _, err := license.ParseRegion(string(s.Region)); err != nil {
		return err
	}
	if err := checkURL(s.URL, s.Demonstration); err != nil {
		return err
	}
	if err := s.checkDatabase(); err != nil {
		return err
	}
	if s.Library != nil {
		if err := s.Library.check(); err != nil {
			return err
		}
	}
	if s.Seal != nil {
		if err := s.Seal.check(); err != nil {
			return err
		}
	}
	if s.Timestamp != nil {
		if err := s.Timestamp.check(); err != nil {
			return err
		}
	}
	if err := s.Trust.check(); err != nil {
		return err
	}
	if err := checkNotify(s.Notify); err != nil {
		return err
	}
	if _, err := reachOf(s.Reach, s.URL); err != nil {
		return err
	}
	if _, err := proxiesOf(s.Proxies); err != nil {
		return err
	}
	if s.Redis != nil {
		if err := s.Redis.check(); err != nil {
			return err
		}
	}
	if s.Tracing != nil {
		if err := s.Tracing.check(); err != nil {
			return err
		}
	}
	if s.HolderLogin != nil {
		if err := s.HolderLogin.check(); err != nil {
			return err
		}
	}
	if s.Login != nil {
		return s.Login.check()
	}
	return nil
}

// checkURL accepts an https address with a host and no query. A demonstration
// may use http on this machine, where no certificate can be had.
func checkURL(address string, demonstration bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q is not an address of the form https://host", address)
	case u.Host != strings.ToLower(u.Host):
		return fmt.Errorf("%q: write the host in lower case", address)
	case len(address) > 100:
		return fmt.Errorf("the address is longer than 100 characters, and every code would carry it")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && demonstration && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return fmt.Errorf("%q: http is for a demonstration on this machine only (--demonstration)", address)
	}
	return fmt.Errorf("%q must begin with https://", address)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// codePrefix is what stands before the digits of a code.
func (s settings) codePrefix() string {
	return strings.TrimSuffix(strings.TrimSuffix(s.URL, "/"), "/v") + "/v/"
}

// statusBase is the address below which the status lists lie.
func (s settings) statusBase() string {
	return strings.TrimSuffix(s.codePrefix(), "v/") + "status/"
}

// disputesURL is where disputes about this district's licenses are sent.
func (s settings) disputesURL() string { return strings.TrimSuffix(s.codePrefix(), "v/") + "disputes" }

func (s settings) bytes() []byte {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	return append(raw, '\n')
}
