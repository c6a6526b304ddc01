import { useParams } from "@tanstack/react-router";
import { RecordPage } from "../../records/record/record-page.tsx";

export default function UserPage() {
  const { id } = useParams({ from: "/users/$id" });
  return <RecordPage key={id} name="user" id={id} />;
}
