import type { Session } from "@roster/domain";
import { useState } from "react";
import { messages } from "../messages.ts";
import { draftKeys, dropDrafts } from "../records/drafts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Menu } from "../ui/menu.tsx";
import { signOut } from "./session.ts";
import { themes, useTheme, type Theme } from "./theme.ts";

/** The menu of the account: the name of the signed-in actor, the appearance, and signing out. */
export function AccountMenu({ session }: { session: Session }) {
  const [theme, setTheme] = useTheme();
  const [asking, setAsking] = useState(false);
  const drafts = draftKeys().length;
  const leave = () => {
    dropDrafts();
    void signOut();
  };
  return (
    <div className="border-t border-line p-2">
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`${messages.shell.account}: ${session.actor.name}`}
            className="flex w-full items-center gap-2 rounded-md p-2 text-left hover:bg-hover"
          >
            <Avatar name={session.actor.name} />
            <span className="min-w-0 flex-1">
              <span className="said block truncate text-sm font-medium">{session.actor.name}</span>
              <span className="said block truncate text-xs text-faint">{session.tenant.name}</span>
            </span>
          </button>
        }
        entries={[
          {
            label: messages.shell.theme.title,
            value: theme,
            options: themes.map((value) => ({ value, label: messages.shell.theme[value] })),
            onChange: (value) => setTheme(value as Theme),
          },
          { label: messages.signIn.out, onSelect: () => (drafts > 0 ? setAsking(true) : leave()) },
        ]}
      />
      {asking && (
        <Dialog
          title={messages.signIn.dropTitle}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{messages.dialog.cancel}</Button>
              <Button look="danger" onClick={leave}>
                {messages.signIn.out}
              </Button>
            </>
          }
        >
          <p className="text-sm">{messages.signIn.dropDrafts(drafts)}</p>
        </Dialog>
      )}
    </div>
  );
}
