package main

import (
	"slices"
	"testing"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// TestStranger: who checks what was just issued passes what says exactly what
// was wanted by a published key, and nothing else.
func TestStranger(t *testing.T) {
	now := verifiertest.Now()
	world := mustMake(verifiertest.New())(t)
	bundle := mustMake(trust.Load(mustMake(world.Bundle("310105", 1, now))(t)))(t)
	s := mustMake(newStranger(bundle, verifiertest.Now))(t)
	issuer := world.Issuer("310105")
	issued := mustMake(issuer.License("restaurant-3-permits"))(t)
	text := mustMake(issuer.Issue(issued))(t).Text("https://zheng.example/v/")
	if err := s.Check(text, *issued); err != nil {
		t.Errorf("what is right: %v", err)
	}
	for about, change := range map[string]func(*license.License){
		"identifier":           func(l *license.License) { l.Identifier.Version++ },
		"holder":               func(l *license.License) { l.Holder.Name += "二" },
		"scope of a permit":    func(l *license.License) { l.Permits[2].Scope += "、小吃" },
		"last day of a permit": func(l *license.License) { l.Permits[0].ValidUntil++ },
		"a permit less":        func(l *license.License) { l.Permits = l.Permits[:2] },
		"place of its status":  func(l *license.License) { l.StatusIndex++ },
	} {
		want := *issued
		want.Permits = slices.Clone(issued.Permits)
		change(&want)
		if s.Check(text, want) == nil {
			t.Errorf("%s: a code that says something else passes", about)
		}
	}
	key := mustMake(verifiertest.NewKey(signature.ES256, "published nowhere"))(t)
	other := mustMake(verifiertest.Seal(issued, issuer.Dictionary, key))(t).Text("https://zheng.example/v/")
	if s.Check(other, *issued) == nil {
		t.Error("a code by a key that is published nowhere passes")
	}
}
