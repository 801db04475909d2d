// Writes what Go's readers expect of a source: json.Marshal of the data of a Secret.
//
//	go run marshal.go < source.json > marshalled.json
package main

import (
	"encoding/json"
	"os"
)

func main() {
	var data map[string][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&data); err != nil {
		panic(err)
	}
	marshalled, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(marshalled)
}
