package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"yizheng/license"
	"yizheng/templates/pages"
)

// libraryPort is how far the reference library's port is from the first.
const libraryPort = 9

// demo is a federation of two trust roots, four districts that issue, and a
// reference library, all in one process, each with a directory of its own.
type demo struct {
	c       *console
	dir     string
	host    string // as in the printed addresses
	bind    string // to listen on
	port    int
	secure  *tls.Config  // nil without --tls
	client  *http.Client // between the districts
	log     *slog.Logger
	nodes   map[license.Region]*node
	group   *errgroup.Group
	closing []func() error
	tour    atomic.Pointer[pages.TourPage] // of the first district; nil until everything was played
}

// demoRegions are the districts, in the order of their ports.
func demoRegions() []license.Region { return []license.Region{"310105", "310106", "330402", "440305"} }

func (c *console) demoCommand() *cobra.Command {
	var dir, listen string
	var secure, once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "bring everything up on this machine: four districts, licenses, a reference library",
		Long: "demo makes two trust roots, two districts of Shanghai, one of Zhejiang and one outside the Delta, issues\n" +
			"example licenses, files them with a reference library and prints what to open. All of it is marked as\n" +
			"a demonstration. It runs until it is interrupted; the next run goes on with the same directory.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.demo(cmd.Context(), dir, listen, secure, once) },
	}
	cmd.Flags().StringVar(&dir, "data", "./demo", "directory of the demonstration, made when it is missing")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address of the first district; the others and the library take the ports that follow")
	cmd.Flags().BoolVar(&secure, "tls", false, "https with a certificate of its own, for phones on the same network: cameras need https")
	cmd.Flags().BoolVar(&once, "once", false, "end when everything is up and filed")
	return cmd
}

func (c *console) demo(ctx context.Context, dir, listen string, secure, once bool) (err error) {
	bind, portText, err := net.SplitHostPort(listen)
	port, portErr := strconv.Atoi(portText)
	if err = errors.Join(err, portErr); err != nil || port < 1 || port+libraryPort > 65535 {
		return usage("listen", fmt.Errorf("--listen %q is not an address such as 127.0.0.1:8080", listen))
	}
	// Paths in a district's settings are from its own directory, those here from
	// where the program starts.
	if dir, err = filepath.Abs(dir); err != nil {
		return usage("data_directory", err)
	}
	m := &demo{
		c: c, dir: dir, host: "localhost", bind: bind, port: port, log: c.logger(slog.LevelWarn),
		nodes: make(map[license.Region]*node), client: &http.Client{Timeout: fetchWithin},
	}
	defer func() {
		for i := len(m.closing) - 1; i >= 0; i-- {
			err = errors.Join(err, m.closing[i]())
		}
	}()
	if secure {
		if err := m.makeSecure(); err != nil {
			return err
		}
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	m.group, running = errgroup.WithContext(running)
	// Whatever happens, everything that was started ends before what it uses
	// is closed.
	defer func() {
		stop()
		err = errors.Join(err, m.group.Wait())
	}()
	if err := m.up(running); err != nil {
		return err
	}
	shown, err := m.play(running)
	if err != nil {
		return err
	}
	tour, err := m.tourOf(shown)
	if err != nil {
		return err
	}
	m.tour.Store(tour)
	m.print(shown)
	if once {
		return nil
	}
	<-running.Done()
	return nil
}

// up makes what is missing and starts everything.
func (m *demo) up(running context.Context) error {
	if err := os.MkdirAll(filepath.Join(m.dir, "licenses"), 0o755); err != nil {
		return usage("data_directory", fmt.Errorf("making the demonstration's directory: %w", err))
	}
	if err := m.makeDistricts(running); err != nil {
		return err
	}
	filing, err := m.startLibrary(running)
	if err != nil {
		return err
	}
	for i, region := range demoRegions() {
		target := filing
		if !region.Under("31") {
			target = nil // it is Shanghai's library
		}
		if err := m.startDistrict(running, region, i, target); err != nil {
			return err
		}
	}
	return nil
}

func (m *demo) districtDir(region license.Region) string { return filepath.Join(m.dir, string(region)) }

func (m *demo) address(offset int) string {
	scheme := "http"
	if m.secure != nil {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(m.host, strconv.Itoa(m.port+offset))
}

func (m *demo) startLibrary(running context.Context) (*librarySettings, error) {
	dir := filepath.Join(m.dir, "library")
	token := filepath.Join(dir, "token")
	if err := makeToken(token); err != nil {
		return nil, err
	}
	receiver, err := openReceiver(running, dir, token, m.c.now, m.log)
	if err != nil {
		return nil, err
	}
	m.closing = append(m.closing, receiver.Close)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(m.port+libraryPort))
	s, err := open(address, receiver, nil, m.log)
	if err != nil {
		return nil, err
	}
	m.group.Go(func() error { return s.run(running) })
	return &librarySettings{URL: "http://" + address + "/", TokenFile: token}, nil
}

// makeToken makes the token of the reference library, once.
func makeToken(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the library's directory: %w", err)
	}
	var secret [16]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return fmt.Errorf("drawing the library's token: %w", err)
	}
	return writeFile(path, []byte(hex.EncodeToString(secret[:])+"\n"), 0o600)
}

func (m *demo) startDistrict(running context.Context, region license.Region, offset int, filing *librarySettings) error {
	d, err := openDeployment(running, m.districtDir(region), postgresSettings{}, m.c.now, m.log, nil)
	if err != nil {
		return err
	}
	m.closing = append(m.closing, d.Close)
	alone, err := openExchange(nil, nil, "", region, m.log)
	if err != nil {
		return err
	}
	today, err := d.catalogue.On(license.DateOf(d.clock()))
	if err != nil {
		return fmt.Errorf("reading the catalogue: %w", err)
	}
	holders, err := demoHolders(region)
	if err != nil {
		return err
	}
	o := nodeOptions{library: filing, client: m.client, shared: alone, accounts: demoAccounts(today), holders: holders}
	if offset == 0 {
		o.tour = m.tour.Load
	}
	n, err := newNode(running, d, o)
	if err != nil {
		return err
	}
	s, err := open(net.JoinHostPort(m.bind, strconv.Itoa(m.port+offset)), n.handler, m.secure, m.log)
	if err != nil {
		return err
	}
	m.nodes[region] = n
	m.group.Go(func() error { return n.run(running) })
	m.group.Go(func() error { return s.run(running) })
	return nil
}
