import { showInHookForm, useRecord, useRecords, useRecordUpdate } from "@roster/client/react";
import { useState } from "react";
import { useForm } from "react-hook-form";

export function App() {
  const [search, setSearch] = useState("");
  const [selected, select] = useState<string>();
  return (
    <main style={{ display: "flex", gap: "2rem", fontFamily: "sans-serif" }}>
      <section>
        <input
          type="search"
          aria-label="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Customers search={search} select={select} />
      </section>
      {selected !== undefined && <Customer key={selected} id={selected} />}
    </main>
  );
}

function Customers({ search, select }: { search: string; select: (id: string) => void }) {
  const { records, hasMore, loadMore, query } = useRecords("customer", {
    limit: 20,
    ...(search.trim() !== "" && { search }),
  });
  if (query.error) return <p role="alert">{String(query.error)}</p>;
  if (!records) return <p>Loading…</p>;
  return (
    <>
      <ul>
        {records.map(({ id, name }) => (
          <li key={id}>
            <button onClick={() => select(id)}>{name ?? "without a name"}</button>
          </li>
        ))}
      </ul>
      {hasMore && <button onClick={loadMore}>More</button>}
    </>
  );
}

/** The values that the form edits. */
interface Fields {
  name: string;
  email: string;
  phone: string;
}

function Customer({ id }: { id: string }) {
  const { record, query } = useRecord("customer", { id });
  const { updateAsync, isPending, conflict, overwrite } = useRecordUpdate("customer", { id });
  const values: Fields = {
    name: record?.name ?? "",
    email: record?.email ?? "",
    phone: record?.phone ?? "",
  };
  const { register, handleSubmit, setError, formState } = useForm<Fields>({
    // While someone types, what others change shows in the fields that are not being edited.
    values,
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, dirtyFields } = formState;
  if (query.error) return <p role="alert">{String(query.error)}</p>;
  if (!record) return <p>Loading…</p>;

  const save = handleSubmit(async (typed) => {
    const names = Object.keys(dirtyFields) as (keyof Fields)[];
    const patch = Object.fromEntries(names.map((name) => [name, typed[name] || null]));
    try {
      await updateAsync({ patch });
    } catch (error) {
      showInHookForm(error, setError);
    }
  });
  return (
    <form onSubmit={(event) => void save(event)}>
      <h1>{record.name}</h1>
      {(["name", "email", "phone"] as const).map((name) => (
        <p key={name}>
          <label>
            {name} <input {...register(name)} />
          </label>
          {errors[name] && <strong role="alert">{errors[name].message}</strong>}
        </p>
      ))}
      <button>Save</button> {isPending && "saving…"}
      {conflict && (
        <p role="alert">
          Someone else changed {conflict.changedSince.map(({ path }) => path).join(", ")}.{" "}
          <button type="button" onClick={overwrite}>
            Keep mine
          </button>
        </p>
      )}
      <p>version {record.version}</p>
    </form>
  );
}
