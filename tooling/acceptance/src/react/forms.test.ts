import { createClient, type RosterClient } from "@roster/client";
import { forTanStackForm, formFaults, showInHookForm } from "@roster/client/react";
import { useForm as useTanStackForm } from "@tanstack/react-form";
import { useForm as useHookForm } from "react-hook-form";
import { beforeAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { renderHook, until } from "./render.ts";

/** Faults at the fields of forms, with the real libraries against a real server. */

const { server } = useServer();
let client: RosterClient;
beforeAll(() => void (client = createClient({ url: server.url, token: server.token })));

const wrong = { name: "Acme", email: "nobody", emails: ["a@x.example", "?"], addressCountry: "Atlantis" };
const names = ["addressCountry", "email", "emails.1"];
const refusedCreate = () => client.customer.create.mutate(wrong).catch((error: unknown) => error);

it("the faults of a create and of an update are named by the fields of the form", async () => {
  const { fields, form } = formFaults(await refusedCreate());
  expect(Object.keys(fields).toSorted()).toEqual(names);
  expect(form).toBeUndefined();
  const { id } = await client.customer.create.mutate({ name: "Acme" });
  const update = { where: { id }, patch: wrong, add: { groupTags: ["unknown"] } };
  const refused = formFaults(await client.customer.update.mutate(update).catch((error: unknown) => error));
  expect(Object.keys(refused.fields).toSorted()).toEqual([...names, "groupTags.0"].toSorted());
});

it("a field may have the name of a member of every object", async () => {
  const odd = { ["constructor"]: 1, ["toString"]: 2 };
  const error: unknown = await client.customer.create
    .mutate(odd as object)
    .catch((thrown: unknown) => thrown);
  const { fields } = formFaults(error);
  expect(fields).toEqual({
    constructor: expect.stringMatching(/^is not a known field/) as string,
    toString: expect.stringMatching(/^is not a known field/) as string,
  });
});

it("faults that belong to no field belong to the form", async () => {
  const where = { id: "00000000-0000-7000-8000-000000000000" };
  const error: unknown = await client.customer.update
    .mutate({ where, patch: {} })
    .catch((thrown: unknown) => thrown);
  expect(formFaults(error)).toEqual({ fields: {}, form: expect.any(String) as string });
  expect(formFaults(new Error("something else"))).toEqual({ fields: {}, form: undefined });
  expect(forTanStackForm(undefined)).toBeUndefined();
});

it("react-hook-form shows them", async () => {
  const page = await renderHook(client, () => {
    const form = useHookForm({ defaultValues: wrong });
    const { errors } = form.formState;
    return { form, errors };
  });
  try {
    showInHookForm(await refusedCreate(), page.current.form.setError);
    await until(() => expect(page.current.errors.email?.message).toMatch(/email/));
    expect(page.current.errors.addressCountry?.type).toBe("server");
    expect(page.current.errors.emails?.[1]?.message).toMatch(/email/);
  } finally {
    page.unmount();
  }
});

it("TanStack Form shows them", async () => {
  const page = await renderHook(client, () =>
    useTanStackForm({
      defaultValues: wrong,
      validators: {
        onSubmitAsync: ({ value }) =>
          client.customer.create.mutate(value).then(
            () => undefined,
            (error: unknown) => forTanStackForm(error),
          ),
      },
    }),
  );
  try {
    await page.current.handleSubmit();
    const errorsOf = (name: "email" | "addressCountry" | "emails[1]") =>
      page.current.getFieldMeta(name)?.errors;
    await until(() => expect(errorsOf("email")).toEqual([expect.stringMatching(/email/)]));
    expect(errorsOf("addressCountry")).toHaveLength(1);
    expect(errorsOf("emails[1]")).toHaveLength(1);
  } finally {
    page.unmount();
  }
});
