package sealtest

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// stamp answers a timestamp request by openssl ts.
func (w *World) stamp(rw http.ResponseWriter, r *http.Request) {
	w.Stamps.Add(1)
	answer := w.run(rw, r, "application/timestamp-reply", func(in, out string) []string {
		return []string{"ts", "-reply", "-config", w.path("tsa.cnf"), "-section", "default", "-queryfile", in, "-inkey", w.path("tsa.key"),
			"-signer", w.path("tsa.pem"), "-chain", w.path("ca.pem"), "-out", out}
	})
	if answer != nil && w.Tamper != nil {
		answer = w.Tamper(answer)
	}
	rw.Write(answer)
}

// respond answers a request for the status of a certificate by openssl ocsp.
func (w *World) respond(rw http.ResponseWriter, r *http.Request) {
	w.Statuses.Add(1)
	by := "responder"
	if w.Direct {
		by = "ca"
	}
	rw.Write(w.run(rw, r, "application/ocsp-response", func(in, out string) []string {
		return []string{"ocsp", "-index", w.path("index.txt"), "-CA", w.path("ca.pem"), "-rsigner", w.path(by + ".pem"), "-rkey", w.path(by + ".key"),
			"-reqin", in, "-respout", out, "-ndays", "7"}
	}))
}

// list answers with the list of the root or of the intermediate authority.
func (w *World) list(rw http.ResponseWriter, r *http.Request) {
	w.Statuses.Add(1)
	name, index := "ca", "index.txt"
	if r.URL.Query().Get("of") == "root" {
		name, index = "root", "none.txt"
	}
	w.file(name+".cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase="+w.path(index)+"\ndefault_md=sha256\ndefault_crl_days=7\ncrlnumber="+w.path("crlnumber")+"\n")
	rw.Write(w.run(rw, r, "application/pkix-crl", func(in, out string) []string {
		pem := out + ".pem"
		if text, err := OpenSSL(w.dir, "ca", "-gencrl", "-config", w.path(name+".cnf"), "-cert", w.path(name+".pem"), "-keyfile", w.path(name+".key"), "-out", pem); err != nil {
			w.t.Error(text)
		}
		return []string{"crl", "-in", pem, "-outform", "DER", "-out", out}
	}))
}

// run gives what a command makes of the request's body, or answers that the
// service is away.
func (w *World) run(rw http.ResponseWriter, r *http.Request, media string, args func(in, out string) []string) []byte {
	if w.Away.Load() {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	dir, err := os.MkdirTemp(w.dir, "request")
	if err != nil {
		w.t.Error(err)
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil // the client went away
	}
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, body, 0o600); err != nil {
		w.t.Error(err)
		return nil
	}
	if text, err := OpenSSL(w.dir, args(in, out)...); err != nil {
		w.t.Error(text, err)
		return nil
	}
	answer, err := os.ReadFile(out)
	if err != nil {
		w.t.Error(err)
	}
	rw.Header().Set("Content-Type", media)
	return answer
}
