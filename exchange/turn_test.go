package exchange_test

import (
	"context"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

func TestTurn(t *testing.T) {
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	a, b := node(t, server.Address(), nil), node(t, server.Address(), nil)
	there(t, a, b)
	end, mine := a.Turn(ctx, "sign", time.Minute)
	if !mine {
		t.Fatal("nobody else has a turn")
	}
	if _, mine := b.Turn(ctx, "sign", time.Minute); mine {
		t.Error("two have a turn")
	}
	if _, mine := b.Turn(ctx, "publish", time.Minute); !mine {
		t.Error("another thing is taken as well")
	}
	end()
	if _, mine := b.Turn(ctx, "sign", 30*time.Millisecond); !mine {
		t.Error("the turn has not ended")
	}
	// b's turn ends by itself; what ends a's old one does not end the next.
	eventually(t, "the turn ends by itself", func() bool { _, mine := a.Turn(ctx, "sign", time.Minute); return mine })
	end()
	if _, mine := b.Turn(ctx, "sign", time.Minute); mine {
		t.Error("a turn was ended by one that had ended before")
	}
}
