package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

var errDiffer = errors.New("the two sides have different records")

// dispute has an inspector in Jiaxing contest the license of Changning, and the
// office there answer.
func (d *drill) dispute(ctx context.Context) (string, error) {
	changning, jiaxing := d.issuers[0], d.issuers[3]
	token, err := d.yizheng(ctx, "token", "--data", d.data(jiaxing), "--authority", jiaxing.market, "--subject", "王检查员", "--scope", "verification:write,dispute:write,dispute:read")
	if err != nil {
		return "", err
	}
	token = strings.TrimSpace(token)
	var check struct{ Verification struct{ ID string } }
	if err := jiaxing.post(ctx, "/v1/verifications", token, "check", map[string]string{"text": d.shops[changning].text, "purpose": "日常检查 inspection"}, &check); err != nil {
		return "", err
	}
	var filed contested
	err = jiaxing.post(ctx, "/v1/disputes", token, "dispute", map[string]string{"check": check.Verification.ID, "reason": "premises_differ",
		"text": "现场门牌与证上经营场所不符。", "name": "王检查员", "telephone": "0573-00000000"}, &filed)
	if err != nil {
		return "", err
	}
	id := filed.Statement.ID
	d.say("   嘉兴 %s 提出异议 files a dispute: %s", jiaxing.market, id)
	began := time.Now()
	var here contested
	if err := until(ctx, 30*time.Second, func() (bool, error) {
		out, err := d.yizheng(ctx, "dispute", "list", "--data", d.data(changning), "--direction", "received", "--json")
		return strings.Contains(out, id), err
	}); err != nil {
		return "", err
	}
	d.say("   长宁 %.1f 秒后收到 received after %.1f s", time.Since(began).Seconds(), time.Since(began).Seconds())
	if _, err := d.yizheng(ctx, "dispute", "answer", "--data", d.data(changning), id, "--result", "upheld", "--text", "经查属实。", "--act", "已责令限期办理变更"); err != nil {
		return "", err
	}
	if err := until(ctx, 30*time.Second, func() (bool, error) {
		here, err = d.contested(ctx, jiaxing, id)
		return here.State == "answered", err
	}); err != nil {
		return "", err
	}
	there, err := d.contested(ctx, changning, id)
	if err != nil {
		return "", err
	}
	if here.SignedAnswer != there.SignedAnswer || here.SignedStatement != there.SignedStatement {
		return "", errDiffer
	}
	d.say("   嘉兴得知答复 learns the answer: %s「%s」%s", here.Answer.Result, here.Answer.Text, here.Answer.Act)
	return "异议与答复双方各存一份，字节相同 the dispute and its answer are on record on both sides, byte for byte", nil
}

// contested is a dispute as the program shows it.
type contested struct {
	State                         string
	Statement                     struct{ ID string }
	Answer                        struct{ Result, Text, Act string }
	SignedStatement, SignedAnswer string
}

func (d *drill) contested(ctx context.Context, m *member, id string) (k contested, _ error) {
	out, err := d.yizheng(ctx, "dispute", "show", "--data", d.data(m), "--json", id)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(out), &k)
}
