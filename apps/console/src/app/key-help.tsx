import { messages } from "../messages.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Keys } from "../ui/keys.tsx";

const { keys } = messages;
const rows: [string, string][] = [
  ["⌘K", keys.palette],
  ["/", keys.search],
  ["j", keys.next],
  ["k", keys.previous],
  ["Home", keys.first],
  ["End", keys.last],
  ["e", keys.edit],
  ["Enter", keys.save],
  ["Esc", keys.close],
  ["u", keys.undo],
  ["?", keys.help],
];

/** The keys that work on every page. */
export default function KeyHelp({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={keys.title} onClose={onClose}>
      <dl className="grid gap-2">
        {rows.map(([key, does]) => (
          <div key={key} className="flex items-center justify-between gap-4">
            <dt>{does}</dt>
            <dd>
              <Keys>{key}</Keys>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
