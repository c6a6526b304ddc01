import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { useState } from "react";
import { messages } from "../messages.ts";
import { kindNames, kinds, nameOf } from "../records/kind.ts";
import { Keys } from "../ui/keys.tsx";
import { itemClass } from "../ui/pop.ts";
import { useAllCommands, type Command as Offered } from "./commands.ts";
import { usePages } from "./nav.ts";
import { may, useSession } from "./session.ts";
import { themes, useTheme } from "./theme.ts";

/** Goes to pages and records, and runs what the shown page offers. */
export default function Palette({ onClose, onKeys }: { onClose(): void; onKeys(): void }) {
  const session = useSession();
  const navigate = useNavigate();
  const [, setTheme] = useTheme();
  const [typed, setTyped] = useState("");
  const words = messages.shell;

  const pages = usePages(session).map(({ to, label }): Offered => ({
    id: to,
    label,
    section: words.navigation,
    run: () => void navigate({ to }),
  }));
  const appearance = themes.map((theme): Offered => ({
    id: `theme-${theme}`,
    label: `${words.theme.title}: ${words.theme[theme]}`,
    section: words.theme.title,
    run: () => setTheme(theme),
  }));
  const first = [...useAllCommands(), ...pages];
  const rest = [
    ...appearance,
    { id: "keys", label: messages.keys.help, section: messages.keys.title, keys: "?", run: onKeys },
  ];
  const letters = typed.trim();
  const isMeant = ({ label }: Offered) => label.toLowerCase().includes(letters.toLowerCase());
  const offered = [...first.filter(isMeant), ...useRecords(letters), ...rest.filter(isMeant)];
  const sections = [...new Set(offered.map(({ section }) => section))];
  const choose = ({ run }: Offered) => {
    onClose();
    run();
  };

  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Popup
          aria-label={words.palette}
          className="fixed left-1/2 top-[12vh] z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-surface shadow-pop"
        >
          <Command label={words.palette} shouldFilter={false} loop>
            <Command.Input
              autoFocus
              value={typed}
              onValueChange={setTyped}
              placeholder={words.palette}
              className="w-full border-b border-line bg-transparent px-4 py-3 text-lg outline-none"
            />
            <Command.List className="max-h-[50vh] overflow-y-auto p-2">
              <Command.Empty className="px-2 py-6 text-center text-sm text-muted">
                {messages.list.nothing}
              </Command.Empty>
              {sections.map((section) => (
                <Command.Group
                  key={section}
                  heading={section}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint"
                >
                  {offered
                    .filter((one) => one.section === section)
                    .map((one) => (
                      <Command.Item
                        key={one.id}
                        value={one.id}
                        onSelect={() => choose(one)}
                        className={`${itemClass} said data-[disabled=false]:opacity-100 data-[selected=true]:bg-hover`}
                      >
                        <span className="flex-1">{one.label}</span>
                        {one.keys !== undefined && <Keys>{one.keys}</Keys>}
                      </Command.Item>
                    ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The records that a search finds, as entries to go to. */
function useRecords(letters: string): Offered[] {
  const session = useSession();
  const navigate = useNavigate();
  const { data = [] } = useQuery({
    queryKey: ["palette", letters],
    enabled: /[\p{L}\p{N}]/u.test(letters),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const readable = kindNames.filter((name) => may(session, kinds[name].scopes.read));
      const pages = await Promise.all(
        readable.map((name) => kinds[name].list({ search: letters, limit: 6 }, signal)),
      );
      return pages.flatMap(({ items }, index) => {
        const name = readable[index] as (typeof readable)[number];
        return items.map((record) => ({ name, id: record.id, label: nameOf(name, record) }));
      });
    },
  });
  return letters === ""
    ? []
    : data.map(({ name, id, label }) => ({
        id,
        label,
        section: messages.nouns[name].title,
        run: () => void navigate({ to: `${kinds[name].path}/$id`, params: { id } }),
      }));
}
