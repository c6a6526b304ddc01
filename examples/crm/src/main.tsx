import { createClient } from "@roster/client";
import { RosterProvider } from "@roster/client/react";
import { QueryClient } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";

/** A real app has a sign-in of its own, and a server that keeps the token. */
const token = () => (sessionStorage["token"] ??= prompt("A token of Roster") ?? "") as string;

createRoot(document.getElementById("app")!).render(
  <RosterProvider client={createClient({ url: location.origin, token })} queryClient={new QueryClient()}>
    <App />
  </RosterProvider>,
);
