import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useEffect } from "react";
import { messages } from "../messages.ts";
import { IconButton } from "./button.tsx";
import { takeToasts, toasts, type Told } from "./toast.ts";

const manager = Toast.createToastManager();

function show({ title, description, undo }: Told): void {
  const id = manager.add({
    title,
    description,
    timeout: undo ? 10_000 : 4_000,
    ...(undo && {
      actionProps: {
        children: messages.record.undo,
        onClick: () => {
          manager.close(id);
          undo();
        },
      },
    }),
  });
}

/** Shows the messages of `toast`. */
export default function Toasts() {
  useEffect(() => {
    const showAll = () => takeToasts().forEach(show);
    showAll();
    return toasts.subscribe(showAll);
  }, []);
  return (
    <Toast.Provider toastManager={manager} limit={1}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-4 top-14 z-[60] grid gap-2 outline-none md:inset-x-auto md:bottom-[4.75rem] md:left-2 md:top-auto md:w-48">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((one) => (
    <Toast.Root
      key={one.id}
      toast={one}
      className="rounded-lg border data-[limited]:hidden border-line bg-surface shadow-pop transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0"
    >
      <Toast.Content className="flex flex-wrap items-center gap-x-2 px-3 py-2 text-sm">
        <div className="min-w-0 flex-1">
          {/* No heading: the page has its own. */}
          <Toast.Title render={<p />} className="said font-medium" />
          <Toast.Description className="said text-muted" />
        </div>
        <Toast.Action className="rounded-md px-2 py-1 font-medium text-accent-text hover:bg-hover" />
        <Toast.Close
          render={
            <IconButton label={messages.dialog.close}>
              <X size={14} aria-hidden />
            </IconButton>
          }
        />
      </Toast.Content>
    </Toast.Root>
  ));
}
