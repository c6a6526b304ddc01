import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { Button } from "../../ui/button.tsx";
import { Checkbox, Field, Input, Select } from "../../ui/field.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "./use-change.ts";

const words = work.settings;

/** The name of the tenant, and the rules for all its records. */
export function TenantSettings() {
  const { data, error, refetch } = useQuery(trpc.tenant.get.queryOptions());
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-48 w-full" />;
  return <TenantForm key={data.version} tenant={data} />;
}

function TenantForm({ tenant }: { tenant: Awaited<ReturnType<typeof client.tenant.get.query>> }) {
  const isAdmin = useMay("admin");
  const [name, setName] = useState(tenant.name);
  const [country, setCountry] = useState(tenant.defaultCountry ?? "");
  const [versions, setVersions] = useState(tenant.requireVersions);
  const countries = useQuery(trpc.country.list.queryOptions());
  const saving = useChange(() =>
    client.tenant.update.mutate({
      expectedVersion: tenant.version,
      patch: { name, defaultCountry: country === "" ? null : country, requireVersions: versions },
    }),
  );
  return (
    <form
      className="grid max-w-md gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate(undefined);
      }}
    >
      <Field id="tenant-name" label={words.tenantName}>
        <Input
          id="tenant-name"
          value={name}
          required
          disabled={!isAdmin}
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      <Field id="tenant-country" label={words.defaultCountry}>
        <Select
          id="tenant-country"
          value={country}
          disabled={!isAdmin}
          onChange={({ target }) => setCountry(target.value)}
        >
          <option value="">{words.noCountry}</option>
          {country !== "" && !countries.data && <option value={country}>{country}</option>}
          {countries.data?.items.map(({ alpha2, name: of }) => (
            <option key={alpha2} value={alpha2}>
              {of}
            </option>
          ))}
        </Select>
      </Field>
      <div className="grid gap-1">
        <label className="flex items-center gap-2 text-sm font-medium">
          <Checkbox
            checked={versions}
            disabled={!isAdmin}
            onChange={({ target }) => setVersions(target.checked)}
          />
          {words.requireVersions}
        </label>
        <p className="text-xs text-faint">{words.requireVersionsHint}</p>
      </div>
      {isAdmin && (
        <Button type="submit" look="primary" className="justify-self-start" disabled={saving.isPending}>
          {work.save}
        </Button>
      )}
    </form>
  );
}
