// Package roster calls a Roster. This file sends requests; generated.go, which `go run ./generate` makes from
// the OpenAPI document, has a type for each schema and a method for each operation.
package roster

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client calls the Roster at an address, with an API token. It can be used by several goroutines at once.
type Client struct {
	URL   string
	Token string
	// HTTP sends the requests; http.DefaultClient if nil.
	HTTP *http.Client
}

// Error is a refusal: its status, and what Roster says about it, with all faults at once.
type Error struct {
	Status  int
	Problem Problem
}

func (e *Error) Error() string {
	if e.Problem.Detail != "" {
		return e.Problem.Detail
	}
	return http.StatusText(e.Status)
}

// Optional is a value that may be absent, which is its zero value. Null and Value make the other two kinds:
// in an update, an absent field is kept, null clears it, and a value sets it.
type Optional[T any] map[bool]T

// Value makes an Optional with a value.
func Value[T any](value T) Optional[T] { return Optional[T]{true: value} }

// Null makes an Optional that is null.
func Null[T any]() Optional[T] {
	var none T
	return Optional[T]{false: none}
}

// Get returns the value, and whether there is one: false if it is absent or null.
func (o Optional[T]) Get() (T, bool) {
	value, ok := o[true]
	return value, ok
}

func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if value, ok := o.Get(); ok {
		return json.Marshal(value)
	}
	return []byte("null"), nil
}

func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	*o = Value(value)
	return nil
}

// request is what a generated method collects.
type request struct {
	method, path, media string
	query               url.Values
	header              http.Header
	body                any
}

// text writes a parameter: lists with commas, everything else as in JSON without quotes.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []string:
		return strings.Join(value, ",")
	default:
		// Numbers, booleans and instants, of which none fails.
		data, _ := json.Marshal(value)
		return strings.Trim(string(data), `"`)
	}
}

func setQuery[T any](r *request, name string, value Optional[T]) {
	if value, ok := value.Get(); ok {
		r.query.Set(name, text(value))
	}
}

func setHeader[T any](r *request, name string, value Optional[T]) {
	if value, ok := value.Get(); ok {
		r.header.Set(name, text(value))
	}
}

// do sends a request and reads its answer into result, if there is one. A refusal is an *Error.
func (c *Client) do(ctx context.Context, r *request, result any) error {
	var body io.Reader
	if r.body != nil {
		data, err := json.Marshal(r.body)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
		r.header.Set("Content-Type", r.media)
	}
	target := strings.TrimRight(c.URL, "/") + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return err
	}
	sent.Header = r.header
	sent.Header.Set("Authorization", "Bearer "+c.Token)
	sent.Header.Set("Accept", "application/json, application/scim+json, application/problem+json")
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(sent)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		refusal := &Error{Status: answer.StatusCode}
		// A proxy may have answered, with something else than JSON: then the status says it all.
		_ = json.Unmarshal(data, &refusal.Problem)
		return refusal
	}
	if result == nil || len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, result)
}
