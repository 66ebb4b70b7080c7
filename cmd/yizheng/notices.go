package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yizheng/notice"
	"yizheng/signature"
	"yizheng/status"
)

// checkNotify looks at the addresses of deployments that are to be told of
// changed lists: https, and http for this machine only.
func checkNotify(addresses []string) error {
	for _, address := range addresses {
		if err := checkURL(address, true); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	return nil
}

// noticeWithin bounds the sending of one notice.
const noticeWithin = 3 * time.Second

// newSender tells the deployments at the addresses of changed lists; nil where
// there are none.
func newSender(addresses, ranges []string, signer signature.Signer, clock func() time.Time, log *slog.Logger) (*notice.Sender, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	own := addresses[0]
	var to []string
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && isLoopback(u.Hostname()) {
			own = address // the operator himself has named this machine
		}
		to = append(to, strings.TrimSuffix(address, "/")+"/v1/notices")
	}
	client, err := outward(noticeWithin, ranges, own)
	if err != nil {
		return nil, err
	}
	return notice.NewSender(notice.Config{Addresses: to, Client: client, Signer: signer, Clock: clock, Log: log}), nil
}

// tell sends word of a list that is newer than what others may have, unless
// another node of the deployment does. What is there when the node begins is
// old news.
func (n *node) tell(ctx context.Context, number uint32, sequence uint64) {
	if n.sender == nil || n.told[number] >= sequence {
		return
	}
	n.told[number] = sequence
	if !n.begun {
		return
	}
	address := status.Address(n.d.settings.statusBase(), number)
	if _, mine := n.shared.Turn(ctx, "notice:"+address+" "+strconv.FormatUint(sequence, 10), noticeWithin); mine {
		n.sender.Put(address, sequence)
	}
}

// noticed implements api.Config's Noticed: it brings in what an issuer says to
// be new, if an older one is held. What is not held is asked for when somebody
// wants it: to fetch it on the issuer's word would let him fill our memory. It
// does not wait.
func (c *checker) noticed(ctx context.Context, token string) error {
	view := c.view.Load()
	said, err := notice.Read(token, view.bundle.StatusKey)
	if err != nil {
		return err
	}
	for _, list := range said.Lists {
		if held := view.lists.Sequence(list.URI); held == 0 || held >= list.Sequence {
			continue
		}
		region, foreign := c.foreign(list.URI)
		if !foreign {
			continue
		}
		end, mine := c.renewing.Try(region)
		if !mine {
			return nil // enough is being fetched; the rest is asked for when it is wanted
		}
		go func() {
			defer end()
			c.renew(context.WithoutCancel(ctx), list)
		}()
	}
	return nil
}

// renew fetches a list until it has the sequence that its issuer speaks of:
// another node of the issuer's may have it a moment later than the one that
// told us.
func (c *checker) renew(ctx context.Context, list notice.List) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	for wait := 50 * time.Millisecond; ctx.Err() == nil; wait *= 2 {
		if err := c.mirror.Renew(ctx, list.URI); err != nil {
			c.log.Debug("fetching a list that is said to be new", "address", list.URI, "error", err)
			return
		}
		if c.view.Load().lists.Sequence(list.URI) >= list.Sequence {
			return
		}
		pause(ctx, wait)
	}
}

// renewAtOnce is how many lists of an issuer are fetched at a time because of
// its notices.
const renewAtOnce = 16
