import { work } from "../../work-messages.ts";

/** Why a file cannot be imported as it is. */
export function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <div role="alert" className="rounded-lg border border-line bg-removed-soft px-4 py-3 text-sm">
      <p className="font-medium">{work.importing.problems}</p>
      <ul className="mt-1 grid gap-0.5 text-muted">
        {problems.map((problem) => (
          <li key={problem} className="said">
            {problem}
          </li>
        ))}
      </ul>
    </div>
  );
}
