//go:build js && wasm

// Command wasm is yizheng/scanner/offline for a browser. It sets one global
// object, yizheng, whose functions take and give strings, but for part, which
// is a Uint8Array: JSON in, JSON out, so that what a page is given is what a
// program is given by the server.
//
//	open(bundle, region, highest)  "" or why the bundle was refused
//	update(published)              "" or why the documents were refused
//	add(uri, token)                "" or the reason code
//	take(answer)                   {"regions":[…],"whole":[…]} of an answer of POST /status/lists, "" where it is none
//	have(region)                   {address: sequence} of the lists held, to ask with
//	tokens(region)                 […] the lists held, to keep
//	closing(digest, part)          "" or the reason code, of a part of a closing list
//	wanted(regions, all)           […] digests of parts of closing lists to fetch ahead
//	bundle()                       the trust bundle to keep
//	state()                        what is held
//	verify(text, now)              {"result":…,"view":…,"wanted":…}; now in milliseconds since 1970
//	say(result)                    the same for a result that the server found
package main

import (
	"encoding/json"
	"syscall/js"
	"time"

	"yizheng/license"
	"yizheng/scanner/offline"
	"yizheng/verifier"
)

func main() {
	var session *offline.Session
	functions := map[string]func(args []js.Value) string{
		"open": func(args []js.Value) string {
			var highest map[string]uint64
			if err := json.Unmarshal([]byte(args[2].String()), &highest); err != nil {
				return err.Error()
			}
			opened, err := offline.Open([]byte(args[0].String()), license.Region(args[1].String()), highest)
			if err != nil {
				return err.Error()
			}
			session = opened
			return ""
		},
		"update": func(args []js.Value) string { return said(session.Update([]byte(args[0].String()))) },
		"add": func(args []js.Value) string {
			return string(session.Add(args[0].String(), []byte(args[1].String())))
		},
		"take": func(args []js.Value) string {
			changes, err := session.Take([]byte(args[0].String()))
			if err != nil {
				return ""
			}
			return written(changes)
		},
		"have":   func(args []js.Value) string { return written(session.Have(license.Region(args[0].String()))) },
		"tokens": func(args []js.Value) string { return written(session.Tokens(license.Region(args[0].String()))) },
		"closing": func(args []js.Value) string {
			part := make([]byte, args[1].Length())
			js.CopyBytesToGo(part, args[1])
			return string(session.AddClosing(args[0].String(), part))
		},
		"wanted": func(args []js.Value) string {
			var regions []license.Region
			if err := json.Unmarshal([]byte(args[0].String()), &regions); err != nil {
				return "[]"
			}
			return written(session.Wanted(regions, args[1].Bool()))
		},
		"bundle": func([]js.Value) string {
			b, err := session.Bundle()
			if err != nil {
				return ""
			}
			return string(b)
		},
		"state": func([]js.Value) string { return written(session.State()) },
		"verify": func(args []js.Value) string {
			return written(session.Verify(args[0].String(), time.UnixMilli(int64(args[1].Float()))))
		},
		"say": func(args []js.Value) string {
			var r verifier.Result
			if err := json.Unmarshal([]byte(args[0].String()), &r); err != nil {
				return ""
			}
			return written(offline.Say(r))
		},
	}
	exported := js.Global().Get("Object").New()
	for name, f := range functions {
		exported.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			if session == nil && name != "open" {
				return ""
			}
			return f(args)
		}))
	}
	js.Global().Set("yizheng", exported)
	select {}
}

func said(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// written is v as JSON: none of what is written here can fail to be.
func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
