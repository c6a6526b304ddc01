import { openRoster } from "../roster.js";
import { createCustomer, saveCustomer } from "./actions.js";
import { Form } from "./form.js";

// The records change, so the page is made at each request.
export const dynamic = "force-dynamic";

export default async function Customers() {
  const { client } = await openRoster();
  const { items } = await client.customer.list.query({ limit: 50 });
  return (
    <main>
      <h1>Customers</h1>
      {items.map(({ id, version, name, email }) => (
        <Form key={id} action={saveCustomer.bind(null, id, version)} values={{ name, email }} button="Save" />
      ))}
      <h2>A new one</h2>
      <Form action={createCustomer} values={{ name: null, email: null }} button="Create" />
    </main>
  );
}
