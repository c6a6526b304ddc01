import { useEffect } from "react";
import { messages } from "../messages.ts";

/** Names the page in the browser's tab while it is shown. @param title undefined for a page that has no name */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return undefined;
    const before = document.title;
    document.title = messages.title(title);
    return () => {
      document.title = before;
    };
  }, [title]);
}
