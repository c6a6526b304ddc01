import { TextButton } from "./button.tsx";

/** An infinite query, as far as its pages are counted. */
interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** Loads the next page of a list, where there is one. */
export function NextPage({ pages, label }: { pages: Pages; label: string }) {
  if (!pages.hasNextPage) return null;
  return (
    <TextButton
      className="justify-self-start"
      disabled={pages.isFetchingNextPage}
      onClick={() => void pages.fetchNextPage()}
    >
      {label}
    </TextButton>
  );
}
