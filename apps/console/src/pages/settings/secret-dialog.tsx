import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { work } from "../../work-messages.ts";

const words = work.settings.tokens;

/** Shows a secret this once. It closes by its button alone, so that it is not lost by a slip. */
export function SecretDialog({
  title,
  text,
  secret,
  onClose,
}: {
  title: string;
  text: string;
  secret: string;
  onClose(): void;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <Dialog
      title={title}
      description={text}
      actions={
        <>
          <Button onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
            {copied ? words.copied : words.copy}
          </Button>
          <Button look="primary" onClick={onClose}>
            {work.close}
          </Button>
        </>
      }
    >
      <output className="block select-all break-all rounded-md bg-sunken p-3 font-mono text-sm">
        {secret}
      </output>
    </Dialog>
  );
}
