package pages

import (
	_ "embed"
	"io"

	"yizheng/templates/answer"
	"yizheng/templates/look"
)

//go:embed tour.css
var tourStyle string

// tours is the tour's page with its own style, which no other page carries.
var tours = look.Must(look.New(files, look.Core()+look.Small(tourStyle), nil))

// TourPolicy is [Policy] for the page of [Tour].
func TourPolicy() string { return tours.Policy() }

// Tour writes the page that guides through a demonstration.
func Tour(w io.Writer, t TourPage) error { return tours.Write(w, "tour", t) }

// TourPage is what a demonstration has to show.
type TourPage struct {
	Here      string // the organ whose deployment this is
	Places    []TourPlace
	Scenes    []TourScene
	Districts []TourPlace
}

// TourPlace is somewhere to go.
type TourPlace struct {
	Title, Says answer.Text
	Address     string
}

// TourScene is a code to scan, and what is to be expected of it.
type TourScene struct {
	Title, Says answer.Text
	Address     string
	Outcome     answer.Text
	Class, Icon string // of the outcome's badge
	Code
}
