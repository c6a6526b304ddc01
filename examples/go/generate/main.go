// Generate makes roster/generated.go from the OpenAPI document of a Roster, with the standard library alone:
// a type for each schema, and a method of Client for each operation that answers with JSON.
//
//	go run ./generate http://127.0.0.1:4000
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"net/http"
	"os"
	"regexp"
	"sort"
	"strings"
)

type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Text       string             `json:"description"`
	AnyOf      []*schema          `json:"anyOf"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

type content map[string]struct {
	Schema *schema `json:"schema"`
}

type operation struct {
	ID         string `json:"operationId"`
	Summary    string `json:"summary"`
	Text       string `json:"description"`
	Parameters []struct {
		Name     string  `json:"name"`
		In       string  `json:"in"`
		Required bool    `json:"required"`
		Schema   *schema `json:"schema"`
		Text     string  `json:"description"`
	} `json:"parameters"`
	RequestBody *struct {
		Content content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content content `json:"content"`
	} `json:"responses"`
}

type document struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

// generator writes declarations.
type generator struct {
	out bytes.Buffer
	// pending are types that are used and not yet declared, because they have no name in the document.
	pending []named
}

type named struct {
	name   string
	schema *schema
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: go run ./generate URL"))
	}
	answer, err := http.Get(strings.TrimRight(os.Args[1], "/") + "/openapi.json")
	if err != nil {
		fail(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		fail(fmt.Errorf("%s has no OpenAPI document: %s", os.Args[1], answer.Status))
	}
	var doc document
	if err := json.NewDecoder(answer.Body).Decode(&doc); err != nil {
		fail(err)
	}
	source, err := format.Source(generate(&doc))
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile("roster/generated.go", source, 0o666); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "generate:", err)
	os.Exit(1)
}

func generate(doc *document) []byte {
	g := &generator{}
	for _, name := range sorted(doc.Components.Schemas) {
		g.pending = append(g.pending, named{goName(name), doc.Components.Schemas[name]})
		g.declare()
	}
	for _, path := range sorted(doc.Paths) {
		for _, method := range sorted(doc.Paths[path]) {
			if op := doc.Paths[path][method]; op.ID != "" {
				g.method(path, strings.ToUpper(method), op)
				g.declare()
			}
		}
	}
	head := "// Code generated from the OpenAPI document by go run ./generate. DO NOT EDIT.\n\npackage roster\n\n" +
		"import (\n\"context\"\n\"net/http\"\n\"net/url\"\n"
	if bytes.Contains(g.out.Bytes(), []byte("time.Time")) {
		head += "\"time\"\n"
	}
	return append([]byte(head+")\n"), g.out.Bytes()...)
}

// declare writes the pending types, and those that they need in turn.
func (g *generator) declare() {
	for len(g.pending) > 0 {
		next := g.pending[0]
		g.pending = g.pending[1:]
		g.comment(next.schema.Text)
		if len(next.schema.Properties) == 0 {
			fmt.Fprintf(&g.out, "type %s %s\n\n", next.name, g.typeOf(next.name, next.schema))
			continue
		}
		required := map[string]bool{}
		for _, property := range next.schema.Required {
			required[property] = true
		}
		fmt.Fprintf(&g.out, "type %s struct {\n", next.name)
		for _, property := range sorted(next.schema.Properties) {
			of := next.schema.Properties[property]
			g.comment(of.Text)
			field := goName(property)
			if required[property] {
				fmt.Fprintf(&g.out, "%s %s `json:\"%s\"`\n", field, g.typeOf(next.name+field, of), property)
			} else {
				value, _ := withoutNull(of)
				fmt.Fprintf(&g.out, "%s Optional[%s] `json:\"%s,omitempty\"`\n",
					field, g.typeOf(next.name+field, value), property)
			}
		}
		g.out.WriteString("}\n\n")
	}
}

// typeOf is the Go type of a schema. An object with properties gets the name that is given.
func (g *generator) typeOf(name string, s *schema) string {
	if s.Ref != "" {
		return goName(s.Ref[strings.LastIndex(s.Ref, "/")+1:])
	}
	if value, nullable := withoutNull(s); nullable {
		of := g.typeOf(name, value)
		// The zero values of these are null in JSON already.
		if of == "any" || strings.HasPrefix(of, "[]") || strings.HasPrefix(of, "map[") {
			return of
		}
		return "*" + of
	}
	switch s.Type {
	case "string":
		if s.Format == "date-time" {
			return "time.Time"
		}
		return "string"
	case "integer":
		return "int64"
	case "number":
		return "float64"
	case "boolean":
		return "bool"
	case "array":
		if s.Items == nil {
			return "[]any"
		}
		return "[]" + g.typeOf(name+"Item", s.Items)
	case "object":
		if len(s.Properties) > 0 {
			g.pending = append(g.pending, named{name, s})
			return name
		}
		var values schema
		if json.Unmarshal(s.Additional, &values) == nil {
			return "map[string]" + g.typeOf(name+"Value", &values)
		}
		return "map[string]any"
	}
	return "any"
}

// withoutNull is the other choice of a schema that is one thing or null.
func withoutNull(s *schema) (*schema, bool) {
	if len(s.AnyOf) == 2 && s.AnyOf[1].Type == "null" {
		return s.AnyOf[0], true
	}
	return s, false
}

func (g *generator) method(path, method string, op *operation) {
	name := goName(op.ID)
	answer := successOf(op)
	var result *schema
	if media := mediaOf(answer); media != "" {
		result = answer[media].Schema
	} else if len(answer) > 0 {
		return
	}
	var arguments, set, fields strings.Builder
	target := fmt.Sprintf("%q", path)
	for _, parameter := range op.Parameters {
		if parameter.In == "path" {
			argument := strings.ToLower(goName(parameter.Name)[:1]) + goName(parameter.Name)[1:]
			fmt.Fprintf(&arguments, ", %s %s", argument, g.typeOf(name, parameter.Schema))
			target = strings.Replace(target, "{"+parameter.Name+"}", `" + url.PathEscape(text(`+argument+`)) + "`, 1)
			continue
		}
		field := goName(parameter.Name)
		fmt.Fprintf(&fields, "%s%s Optional[%s]\n", commentOf(parameter.Text), field, g.typeOf(name+field, parameter.Schema))
		fmt.Fprintf(&set, "set%s(r, %q, params.%s)\n", goName(parameter.In), parameter.Name, field)
	}
	target = strings.TrimSuffix(target, ` + ""`)
	body := ""
	if op.RequestBody != nil {
		media := mediaOf(op.RequestBody.Content)
		if media == "" {
			return
		}
		fmt.Fprintf(&arguments, ", body %s", g.typeOf(name+"Body", op.RequestBody.Content[media].Schema))
		body = fmt.Sprintf(", media: %q, body: body", media)
	}
	if fields.Len() > 0 {
		fmt.Fprintf(&arguments, ", params %sParams", name)
	}
	returns, call := "error", "return c.do(ctx, r, nil)\n"
	if result != nil {
		returns = fmt.Sprintf("(result %s, err error)", g.typeOf(name+"Result", result))
		call = "err = c.do(ctx, r, &result)\nreturn result, err\n"
	}

	g.comment(name + ": " + op.Summary + ". " + op.Text)
	fmt.Fprintf(&g.out, "func (c *Client) %s(ctx context.Context%s) %s {\n", name, arguments.String(), returns)
	fmt.Fprintf(&g.out, "r := &request{method: %q, path: %s%s, query: url.Values{}, header: http.Header{}}\n",
		method, target, body)
	fmt.Fprintf(&g.out, "%s%s}\n\n", set.String(), call)
	if fields.Len() > 0 {
		fmt.Fprintf(&g.out, "// %sParams are the parameters of %s, all of them optional.\ntype %sParams struct {\n%s}\n\n",
			name, name, name, fields.String())
	}
}

// successOf is the content of the first answer that is no refusal.
func successOf(op *operation) content {
	for _, status := range sorted(op.Responses) {
		if strings.HasPrefix(status, "2") {
			return op.Responses[status].Content
		}
	}
	return nil
}

// mediaOf is the media type of JSON in a content, or empty.
func mediaOf(c content) string {
	for _, media := range sorted(c) {
		if regexp.MustCompile(`^application/(.*\+)?json$`).MatchString(media) {
			return media
		}
	}
	return ""
}

func (g *generator) comment(text string) { g.out.WriteString(commentOf(text)) }

func commentOf(text string) string {
	if text == "" {
		return ""
	}
	return "// " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n// ") + "\n"
}

// goName makes an exported name: If-Match becomes IfMatch.
func goName(name string) string {
	var made strings.Builder
	for _, word := range regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(name, -1) {
		made.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return made.String()
}

func sorted[V any](of map[string]V) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
