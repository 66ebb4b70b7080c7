// Package examples holds applications for licenses, as files and within the
// program: what the demonstration issues, and what a reader can try commands
// on. The businesses, people and numbers in them are made up. Start with Read.
package examples

import (
	"embed"
	"fmt"

	"yizheng/catalog"
)

//go:embed *.json
var files embed.FS

// The files, by what they show.
const (
	Restaurant       = "restaurant-3-permits.json"        // 310105
	Bookstore        = "bookstore-cafe-5-permits.json"    // 310105
	ConvenienceStore = "convenience-store-8-permits.json" // 310105
	Gym              = "gym-rare-characters.json"         // 310105
	JinganCafe       = "jingan-cafe-3-permits.json"       // 310106
	JiaxingBookstore = "jiaxing-bookstore-3-permits.json" // 330402
	ShenzhenCafe     = "shenzhen-cafe-2-permits.json"     // 440305
)

// Raw gives the file of that name as it is; the error wraps fs.ErrNotExist for
// a name that is none of the constants.
func Raw(name string) ([]byte, error) {
	raw, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading example: %w", err)
	}
	return raw, nil
}

// Read gives the application in the file of that name. The error wraps
// fs.ErrNotExist for a name that is none of the constants, and license.Faults
// for a file that is no application.
func Read(name string) (catalog.Application, error) {
	raw, err := Raw(name)
	if err != nil {
		return catalog.Application{}, err
	}
	app, err := catalog.ParseApplication(raw)
	if err != nil {
		return catalog.Application{}, fmt.Errorf("reading example %s: %w", name, err)
	}
	return app, nil
}
