package reach

import (
	"net/http"
	"net/url"
	"time"
)

// Through is Client with a proxy that the environment of the test does not name.
func Through(timeout time.Duration, r Ranges, proxy string) *http.Client {
	client := Client(timeout, r)
	o := client.Transport.(*outward)
	at, err := url.Parse(proxy)
	o.proxy = http.ProxyURL(at)
	o.proxied.Proxy = o.proxy
	if err != nil {
		panic(err)
	}
	return client
}
