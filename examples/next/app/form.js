"use client";

import { useActionState } from "react";

/** A form of one customer. It works without scripts, too. */
export function Form({ action, values, button }) {
  const [{ typed = values, errors }, submit, isPending] = useActionState(action, { errors: {} });
  return (
    <form action={submit}>
      {Object.keys(values).map((field) => (
        <label key={field}>
          {field} <input name={field} defaultValue={typed[field] ?? ""} />{" "}
          {errors[field] && <strong role="alert">{errors[field]}</strong>}
        </label>
      ))}
      <button disabled={isPending}>{button}</button>
      {errors.form && <strong role="alert">{errors.form}</strong>}
    </form>
  );
}
