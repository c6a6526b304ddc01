// A program that calls a Roster with the client in roster/.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"

	"example/hello/roster"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return errors.New("usage: ROSTER_TOKEN=… go run . URL")
	}
	client := &roster.Client{URL: os.Args[1], Token: os.Getenv("ROSTER_TOKEN")}

	acme, err := client.CreateCustomer(ctx, roster.CustomerCreate{
		ProvidedId: roster.Value("acme"),
		Name:       roster.Value("Acme"),
		Job:        roster.Value("maker"),
		Properties: roster.Value(map[string]any{"plan": "free"}),
	}, roster.CreateCustomerParams{})
	if err != nil {
		return err
	}
	// What is absent is kept, null clears, and a value sets.
	changed, err := client.UpdateCustomer(ctx, acme.Id, roster.CustomerPatch{
		Job:        roster.Null[string](),
		Properties: roster.Value(map[string]any{"plan": "pro"}),
	}, roster.UpdateCustomerParams{Reason: roster.Value("plan change")})
	if err != nil {
		return err
	}
	fmt.Println(changed.Version, *changed.Name, changed.Job == nil, changed.Properties)

	_, err = client.UpdateCustomer(ctx, "acme", roster.CustomerPatch{
		Email:  roster.Value("nobody"),
		Gender: roster.Value("?"),
	}, roster.UpdateCustomerParams{By: roster.Value("providedId")})
	var refusal *roster.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf("a wrong address was taken: %w", err)
	}
	faults, _ := refusal.Problem.Errors.Get()
	var pointers []string
	for _, fault := range faults {
		pointer, _ := fault.Pointer.Get()
		pointers = append(pointers, pointer)
	}
	sort.Strings(pointers)
	fmt.Println(refusal.Status, refusal.Problem.Code, pointers)

	page, err := client.ListCustomers(ctx, roster.ListCustomersParams{
		Ids:          roster.Value([]string{acme.Id}),
		ChangedSince: roster.Value(acme.CreatedAt),
		Limit:        roster.Value[int64](10),
	})
	if err != nil {
		return err
	}
	for _, customer := range page.Items {
		fmt.Println(customer.Number, *customer.Name)
	}

	history, err := client.ListCustomerHistory(ctx, acme.Id, roster.ListCustomerHistoryParams{})
	if err != nil {
		return err
	}
	for _, entry := range history.Items {
		if entry.Reason == nil {
			fmt.Println(entry.Version, entry.Action)
		} else {
			fmt.Println(entry.Version, entry.Action, *entry.Reason)
		}
	}
	return nil
}
