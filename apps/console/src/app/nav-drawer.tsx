import { Dialog as Base } from "@base-ui/react/dialog";
import { messages } from "../messages.ts";
import { Navigation } from "./navigation.tsx";

/** The navigation of a phone, over the page. */
export default function NavDrawer({ onClose, onPalette }: { onClose(): void; onPalette(): void }) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Popup
          aria-label={messages.shell.menu}
          className="fixed inset-y-0 left-0 z-50 flex w-64 flex-col bg-page shadow-pop outline-none"
        >
          <Navigation onPalette={onPalette} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
